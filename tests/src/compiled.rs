//! Compiled components, shared by all apps that the tests start: each has a state folder of its
//! own, and compiling the components takes longer than most tests.

use std::fs;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use crate::paths;

/// Gives a new state folder the components that earlier apps have compiled.
pub(crate) fn lend(state: &Path) {
    // Without them the app compiles by itself.
    let _ = copy(&shared(), &of(state));
}

/// Keeps what the app in this state folder has compiled.
pub(crate) fn keep(state: &Path) {
    let _ = copy(&of(state), &shared());
}

fn shared() -> PathBuf {
    paths::root().join("target/tests/compiled")
}

/// Where the embedded runtime keeps them.
fn of(state: &Path) -> PathBuf {
    state.join("cache")
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry
            .path()
            .extension()
            .is_some_and(|extension| extension == "cwasm")
            && !target.exists()
        {
            fs::hard_link(entry.path(), target)?;
        }
    }
    Ok(())
}
