//! What tasks log, and how much of it is kept: of a log that is too long the first and the newest lines.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::words::words;

words! {
    /// The level of one log line.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(rename_all = "lowercase")]
    pub enum LogLevel {
        /// `console.debug`
        Debug = "debug",
        /// `console.log`, `console.info`, `tools.log`
        Info = "info",
        /// `console.warn`
        Warn = "warn",
        /// `console.error`
        Error = "error",
    }
}

/// One line that a task logged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogLine {
    /// Position among all lines of its frame, from 0; the same in a replay.
    pub index: u32,
    /// Virtual time of the line, milliseconds since the Unix epoch.
    pub at: i64,
    /// Severity.
    pub level: LogLevel,
    /// The text, cut to the line limit.
    pub message: String,
}

/// How much of a log is kept: half of it for its beginning, half for its end. The oldest of the newest lines may
/// reach over the bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogBound {
    /// Lines; at least 2.
    pub lines: u32,
    /// Bytes of all messages together.
    pub bytes: u32,
}

impl Default for LogBound {
    fn default() -> Self {
        Self {
            lines: 10_000,
            bytes: 2 << 20,
        }
    }
}

impl LogBound {
    /// How many of the first lines are kept.
    #[must_use]
    pub fn first(self) -> u32 {
        self.lines.div_ceil(2)
    }

    /// How many of the newest lines are kept.
    #[must_use]
    pub fn newest(self) -> u32 {
        self.lines / 2
    }

    /// Bytes of the first lines, and of the newest ones.
    #[must_use]
    pub fn half_bytes(self) -> u32 {
        self.bytes / 2
    }
}

/// Lines on their way to the store, within a bound however many there are. Whatever the store keeps of a log is
/// among them.
#[derive(Debug, Default)]
pub struct LogBuffer {
    bound: LogBound,
    first: Vec<LogLine>,
    first_bytes: usize,
    newest: VecDeque<LogLine>,
    newest_bytes: usize,
}

impl LogBuffer {
    /// An empty one.
    #[must_use]
    pub fn new(bound: LogBound) -> Self {
        Self {
            bound,
            ..Self::default()
        }
    }

    /// Whether no line is in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.first.is_empty() && self.newest.is_empty()
    }

    /// Adds a line, for which an older one may have to go.
    pub fn push(&mut self, line: LogLine) {
        let (bytes, half) = (line.message.len(), self.bound.half_bytes() as usize);
        let has_room = self.first.len() < self.bound.first() as usize;
        if self.newest.is_empty() && has_room && self.first_bytes + bytes <= half {
            self.first_bytes += bytes;
            self.first.push(line);
            return;
        }
        self.newest_bytes += bytes;
        self.newest.push_back(line);
        while self.newest.len() > 1
            && let Some(oldest) = self.newest.front().map(|line| line.message.len())
            && (self.newest.len() > self.bound.newest() as usize
                || self.newest_bytes - oldest >= half)
        {
            self.newest_bytes -= oldest;
            self.newest.pop_front();
        }
    }

    /// Takes the lines, in their order. Where some are missing, their indexes tell.
    #[must_use]
    pub fn take(&mut self) -> Vec<LogLine> {
        let Self { first, newest, .. } = std::mem::replace(self, Self::new(self.bound));
        let mut lines = first;
        lines.extend(newest);
        lines
    }
}

impl Extend<LogLine> for LogBuffer {
    fn extend<I: IntoIterator<Item = LogLine>>(&mut self, lines: I) {
        lines.into_iter().for_each(|line| self.push(line));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(bound: LogBound, sizes: impl IntoIterator<Item = usize>) -> Vec<u32> {
        let mut buffer = LogBuffer::new(bound);
        buffer.extend(sizes.into_iter().enumerate().map(|(index, size)| LogLine {
            index: index as u32,
            at: 0,
            level: LogLevel::Info,
            message: "x".repeat(size),
        }));
        let lines = buffer.take();
        assert!(buffer.is_empty());
        lines.into_iter().map(|line| line.index).collect()
    }

    #[test]
    fn the_first_and_the_newest_lines_are_kept() {
        let bound = |lines, bytes| LogBound { lines, bytes };
        assert_eq!(kept(bound(5, 1_000), [1; 5]), [0, 1, 2, 3, 4]);
        assert_eq!(kept(bound(5, 1_000), [1; 9]), [0, 1, 2, 7, 8]);
        assert_eq!(kept(bound(5, 1_000), []), [0_u32; 0]);
        // The bytes count as well: what comes after a line that was too long for the beginning is no beginning.
        assert_eq!(kept(bound(100, 20), [4, 4, 4, 4, 4, 4, 4]), [0, 1, 4, 5, 6]);
        assert_eq!(kept(bound(100, 20), [4, 9, 1, 1, 1]), [0, 1, 2, 3, 4]);
        assert_eq!(kept(bound(100, 20), [4, 9, 1, 10]), [0, 3]);
        // The last line is kept, however long.
        assert_eq!(kept(bound(2, 20), [30, 40, 50]), [2]);
    }
}
