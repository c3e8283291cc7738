//! Memory of processes.

use std::fs;

use tasker_tests::App;

/// Resident memory of the app in KiB, of files mapped in not counted: it would grow with the page cache.
pub(crate) fn resident(app: &App) -> f64 {
    said(app.pid(), "RssAnon:")
}

/// Resident memory of a process in KiB as people see it: with the files that are mapped in.
pub(crate) fn resident_with_files(process: u32) -> f64 {
    said(process, "VmRSS:")
}

/// What the system says of a process in KiB.
fn said(process: u32, of: &str) -> f64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(of));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok())
        .unwrap_or(f64::NAN)
}
