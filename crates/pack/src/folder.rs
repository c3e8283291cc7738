//! Finds the task files of a folder.

use std::fs;
use std::path::{Path, PathBuf};

use crate::{Error, is_typescript, scan, task_name, typescript};

/// What a folder holds.
#[derive(Debug, Default)]
pub struct Found {
    /// The task files, by name.
    pub tasks: Vec<PathBuf>,
    /// Sources that are not tasks: they neither export a task function nor say `@task`.
    pub skipped: Vec<PathBuf>,
}

/// Looks through the files of JavaScript and TypeScript directly in a folder. One that cannot be read
/// or parsed counts as a task, so that publishing it says what is wrong.
///
/// # Errors
/// If the folder cannot be read.
pub fn tasks_in(folder: &Path) -> Result<Found, Error> {
    let unreadable = |source| Error::Unreadable {
        file: folder.to_owned(),
        source,
    };
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if is_source(&path) && path.is_file() {
            files.push(path);
        }
    }
    files.sort();

    let (tasks, skipped) = files.into_iter().partition(|file| is_task(file));
    Ok(Found { tasks, skipped })
}

/// Whether a file's name says that there is code in it, and not only types.
fn is_source(file: &Path) -> bool {
    let name = file.to_string_lossy();
    let only_types = [".d.ts", ".d.mts", ".d.cts"]
        .iter()
        .any(|ending| name.ends_with(ending));
    let extension = file.extension().and_then(|extension| extension.to_str());
    !only_types && (matches!(extension, Some("js" | "mjs" | "cjs")) || is_typescript(file))
}

fn is_task(file: &Path) -> bool {
    let Ok(code) = fs::read_to_string(file) else {
        return true;
    };
    if task_name(&code).is_some() {
        return true;
    }
    let code = match is_typescript(file) {
        true => typescript::erase(&code).map(|erased| erased.code),
        false => Ok(code),
    };
    let is_module = file
        .extension()
        .is_some_and(|extension| extension == "mjs" || extension == "mts");
    code.and_then(|code| scan::scan(&code, is_module))
        .map_or(true, |scan| scan.exports_task)
}
