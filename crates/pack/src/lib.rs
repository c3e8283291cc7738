//! Packs a task file: its source, and the sources of every module that it requires, directly or
//! through others.

mod deep;
mod error;
mod files;
mod folder;
mod packer;
mod place;
mod scan;
#[cfg(test)]
mod tests;
mod typescript;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Component, Path, PathBuf};

pub use error::{At, Error};
pub use folder::{Found, tasks_in};
pub use place::Place;

use files::Files;
use packer::{Packer, scan_file};

/// The file that marks the folder of an app's state.
pub const LOCK_FILE: &str = "tasker.lock";

/// A task that is ready to be published.
#[derive(Debug)]
pub struct Package {
    /// Its name: from `@task`, else the file's.
    pub name: String,
    /// The source of the task file.
    pub code: String,
    /// The sources of its modules by path, relative to the task file's folder.
    pub modules: BTreeMap<String, String>,
    /// What may go wrong when it runs.
    pub warnings: Vec<String>,
}

/// Packs a task file. Modules are taken from below `root` only; without one, from below the task file's folder.
///
/// # Errors
/// If a source cannot be read or is not JavaScript, and if a module that it needs cannot be
/// packed. An optional one (its `require` stands in a `try` with a `catch`) only gives a warning.
pub fn pack(file: &Path, root: Option<&Path>) -> Result<Package, Error> {
    let file_name = file
        .file_name()
        .and_then(|name| name.to_str())
        .ok_or_else(|| Error::NotAFile {
            file: file.to_owned(),
        })?;
    let folder = file.parent().unwrap_or(Path::new("")).to_owned();
    let root = match root {
        Some(root) => canonical(root)?,
        None => canonical(&folder)?,
    };

    let mut packer = Packer::new(Files { folder, root });
    packer.files.check_inside(file, file)?;
    let (mut code, types) = packer.read(file)?;
    let scan = scan_file(file_name, file, &code)?;
    if let Some(types) = types
        && let Some(comments) = typescript::comments(file_name, types, &packer.files)
    {
        code = format!("{code}\n{comments}");
    }
    packer.follow(file_name, file, scan)?;
    Ok(Package {
        name: task_name(&code).unwrap_or_else(|| stem(file)),
        code,
        modules: packer.modules,
        warnings: packer.warnings,
    })
}

/// The name that a task file's JSDoc gives.
fn task_name(code: &str) -> Option<String> {
    tasker_jsdoc::parse(code).name
}

fn stem(file: &Path) -> String {
    file.file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

/// Whether a file's name says that it is TypeScript.
fn is_typescript(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str());
    extension.is_some_and(typescript::is_typescript)
}

fn canonical(path: &Path) -> Result<PathBuf, Error> {
    let path = if path.as_os_str().is_empty() {
        Path::new(".")
    } else {
        path
    };
    fs::canonicalize(path).map_err(|source| Error::Unreadable {
        file: path.to_owned(),
        source,
    })
}

/// A path without `.` and inner `..`, for people.
fn tidy(path: &Path) -> PathBuf {
    let mut tidy = PathBuf::new();
    for component in path.components() {
        match (component, tidy.components().next_back()) {
            (Component::CurDir, _) => {}
            (Component::ParentDir, Some(Component::Normal(_))) => {
                tidy.pop();
            }
            (component, _) => tidy.push(component),
        }
    }
    tidy
}
