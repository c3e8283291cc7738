//! Finds the task files of a folder.

use std::fs;
use std::path::{Path, PathBuf};

use super::{Error, scan, task_name};

/// What a folder holds.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// The task files, by name.
    pub(crate) tasks: Vec<PathBuf>,
    /// Sources that are not tasks: they neither export a task function nor say `@task`.
    pub(crate) skipped: Vec<PathBuf>,
}

/// Looks through the `.js`, `.mjs` and `.cjs` files directly in a folder. One that cannot be read
/// or parsed counts as a task, so that publishing it says what is wrong.
///
/// # Errors
/// If the folder cannot be read.
pub(crate) fn tasks_in(folder: &Path) -> Result<Found, Error> {
    let unreadable = |source| Error::Unreadable {
        file: folder.to_owned(),
        source,
    };
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let extension = path.extension().and_then(|extension| extension.to_str());
        if matches!(extension, Some("js" | "mjs" | "cjs")) && path.is_file() {
            files.push(path);
        }
    }
    files.sort();

    let (tasks, skipped) = files.into_iter().partition(|file| is_task(file));
    Ok(Found { tasks, skipped })
}

fn is_task(file: &Path) -> bool {
    let Ok(code) = fs::read_to_string(file) else {
        return true;
    };
    let is_module = file.extension().is_some_and(|extension| extension == "mjs");
    task_name(&code).is_some()
        || scan::scan(&code, is_module).map_or(true, |scan| scan.exports_task)
}
