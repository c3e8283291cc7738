//! The app under bench/floor, which does the least that the same runtime can do.

use std::process::Command;

use tasker_tests::{App, Settings, paths};

/// Builds the app and starts it.
pub(crate) fn start() -> App {
    let root = paths::root();
    let build = r#"source scripts/toolchain && toolchain_find &&
        cargo build --quiet --release "${WASM_ARGS[@]}" --package tasker-bench-floor"#;
    let status = Command::new("bash")
        .args(["-c", build])
        // Where the manifest expects it.
        .env("CARGO_TARGET_DIR", root.join("target"))
        .current_dir(&root)
        .status()
        .expect("bash runs");
    assert!(status.success(), "bench/floor does not build");
    App::start(&Settings::default().manifest(root.join("bench/floor/spin.toml")))
}
