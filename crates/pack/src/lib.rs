//! Packs a task file: its source, and the sources of every module that it requires, directly or
//! through others.

mod deep;
mod error;
mod files;
mod folder;
mod names;
mod npm;
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
use names::{NOTHING, is_of_package};
use packer::{Packer, Source, scan_file};

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

impl Package {
    /// How many bytes all of its sources have.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.code.len() + self.modules.values().map(String::len).sum::<usize>()
    }

    /// What is packed with the task file, for people: its own modules, and each package with its size.
    #[must_use]
    pub fn summary(&self) -> Vec<String> {
        let (of_packages, own): (Vec<_>, Vec<_>) =
            self.modules.iter().partition(|(key, _)| is_of_package(key));
        let of_packages = of_packages.into_iter().filter(|(key, _)| *key != NOTHING);
        let mut packages: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
        for (key, source) in of_packages {
            let (modules, bytes) = packages.entry(package_of(key)).or_default();
            *modules += 1;
            *bytes += source.len();
        }
        let own = own.into_iter().map(|(key, _)| key.clone());
        let packages = packages.into_iter().map(|(name, (modules, bytes))| {
            let many = if modules == 1 { "module" } else { "modules" };
            format!("{name} ({modules} {many}, {})", readable(bytes))
        });
        own.chain(packages).collect()
    }
}

/// The package that a module is of.
fn package_of(key: &str) -> &str {
    let within = key
        .rsplit_once("node_modules/")
        .map_or(key, |(_, within)| within);
    let names = if within.starts_with('@') { 2 } else { 1 };
    let mut ends = within.match_indices('/').map(|(end, _)| end);
    ends.nth(names - 1).map_or(within, |end| &within[..end])
}

/// A size for people.
#[must_use]
pub fn readable(bytes: usize) -> String {
    match bytes {
        0..1024 => format!("{bytes} bytes"),
        1024..1_048_576 => format!("{} KiB", bytes.div_ceil(1024)),
        _ => format!("{:.1} MiB", bytes as f64 / 1_048_576.0),
    }
}

/// Packs a task file. Its own modules are taken from below `root` only; without one, from below the task file's folder. Packages are
/// taken from `node_modules` folders, up to that of the project.
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

    let mut packer = Packer::new(Files::new(folder, root)?);
    packer.files.check_inside(file, file)?;
    let (code, types) = packer.read(file)?;
    let scan = scan_file(file_name, file, &code)?;
    let mut code = packer.follow(Source {
        key: file_name.to_owned(),
        path: file.to_owned(),
        code,
        scan,
    })?;
    if let Some(types) = types
        && let Some(comments) = typescript::comments(file_name, types, &packer.files)
    {
        code = format!("{code}\n{comments}");
    }
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
