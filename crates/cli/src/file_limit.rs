//! The limit that a process may have on the size of its files (`ulimit -f`, `LimitFSIZE=`).

use std::io;

/// The signal of a write beyond the limit: the same number on every system that the runtime compiles for.
#[cfg(unix)]
const SIGXFSZ: i32 = 25;

/// Makes a write beyond the limit an error of that write, as on a full disk, instead of the end of the process.
#[cfg(unix)]
pub(crate) fn survive() -> io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};

    // Once there is somebody to tell, the process continues, even when nobody listens any more.
    signal(SignalKind::from_raw(SIGXFSZ)).map(drop)
}

#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "as on the other systems")]
pub(crate) fn survive() -> io::Result<()> {
    Ok(())
}
