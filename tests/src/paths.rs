//! Where things are in the repository.

use std::path::{Path, PathBuf};

/// The repository's root.
#[must_use]
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("this package has a folder above it")
        .to_owned()
}

/// The `tasker` program: `TASKER_BIN`, else as `scripts/build` leaves it.
///
/// # Panics
/// If it has not been built.
#[must_use]
pub fn program() -> PathBuf {
    let program = match std::env::var_os("TASKER_BIN") {
        Some(program) => PathBuf::from(program),
        None => root().join("target/release/tasker"),
    };
    assert!(
        program.is_file(),
        "{} is missing: run scripts/build",
        program.display()
    );
    program
}

/// The page that lists the app's settings.
#[must_use]
pub fn settings() -> PathBuf {
    root().join("docs/settings.md")
}

/// The app's manifest.
#[must_use]
pub fn manifest() -> PathBuf {
    root().join("spin.toml")
}

/// What that manifest lacks: the app's own timer.
#[must_use]
pub fn timer() -> PathBuf {
    root().join("components/sweeper/trigger.toml")
}

/// The manifest with the app's own timer.
#[must_use]
pub fn manifest_with_timer() -> PathBuf {
    root().join("spin-cron.toml")
}
