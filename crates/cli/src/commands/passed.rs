//! What in a folder is not published, and why.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Serialize;
use tasker_pack::Found;

use crate::Error;

/// Something in a folder that is passed over.
#[derive(Debug, Serialize)]
pub(crate) struct Passed {
    /// The file, or folder.
    pub(crate) file: PathBuf,
    /// Why.
    pub(crate) reason: &'static str,
}

/// What in a folder is passed over, by name: all that is neither among the tasks nor hidden.
///
/// # Errors
/// If the folder cannot be read.
pub(crate) fn over(folder: &Path, found: &Found) -> Result<Vec<Passed>, Error> {
    let failed = |error| Error::file(folder, error);
    let mut passed = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let file = entry.map_err(failed)?.path();
        let is_hidden = file
            .file_name()
            .is_none_or(|name| name.as_encoded_bytes().starts_with(b"."));
        if is_hidden || found.tasks.contains(&file) {
            continue;
        }
        let reason = match found.skipped.contains(&file) {
            true => "it exports no task function and does not say @task; tasks may require it",
            false => of_kind(&file),
        };
        passed.push(Passed { file, reason });
    }
    passed.sort_by(|one, other| one.file.cmp(&other.file));
    Ok(passed)
}

/// Why no task is looked for in it.
fn of_kind(file: &Path) -> &'static str {
    if file.file_name().is_some_and(|name| name == "node_modules") {
        return "it holds packages, which tasks may import";
    }
    if file.is_dir() {
        return "it is a folder; name it to publish what is in it";
    }
    if !file.exists() {
        return "it is a link to nothing";
    }
    let extension = file.extension().and_then(|extension| extension.to_str());
    match extension {
        Some("ts" | "mts" | "cts") => "it only declares types",
        Some("tsx" | "jsx") => "it is to be compiled to JavaScript first",
        Some("json") => "it is data; tasks may require it",
        _ => "it is no file of JavaScript or TypeScript",
    }
}
