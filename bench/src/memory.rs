//! Memory of the app's process.

use tasker_tests::App;

/// Resident memory in KiB, of files mapped in not counted: it would grow with the page cache.
pub(crate) fn resident(app: &App) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", app.pid())).unwrap_or_default();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("RssAnon:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok())
        .unwrap_or(f64::NAN)
}
