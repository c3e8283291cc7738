//! Finding the file that a module's name leads to.

use std::path::{Path, PathBuf};

use tasker_domain::module;

/// The first key that is a file, and that file. `folder` is the task file's.
pub(crate) fn find(folder: &Path, key: &str) -> Option<(String, PathBuf)> {
    module::candidates(key).find_map(|key| {
        let path = folder.join(&key);
        path.is_file().then_some((key, path))
    })
}
