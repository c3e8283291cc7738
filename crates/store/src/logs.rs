//! What tasks log, and how far they say that their run is.

use tasker_domain::{LogBound, LogLine, Progress};

/// Lines that a frame has logged since its last commit. Lines that are stored already are skipped by their
/// index, and where indexes are missing, so are the numbers of those lines in the log of the run. Of a log that
/// has become longer than its bound the lines between the first and the newest ones are removed by the same commit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewLog {
    /// The lines, in their order.
    pub lines: Vec<LogLine>,
    /// How much of the run's log is kept.
    pub bound: LogBound,
    /// How far the frame says that the run is; kept if nothing newer is.
    pub progress: Option<Progress>,
}

impl NewLog {
    /// Whether there is nothing to store.
    pub(crate) fn is_empty(&self) -> bool {
        self.lines.is_empty() && self.progress.is_none()
    }
}

impl From<Vec<LogLine>> for NewLog {
    fn from(lines: Vec<LogLine>) -> Self {
        Self {
            lines,
            ..Self::default()
        }
    }
}
