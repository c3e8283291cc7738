//! Lines of the components' own log. Nothing that a task or an upstream keeps secret may be put into a message.

use std::fmt::Display;

use tasker_domain::{Path, RunId};

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Something that went wrong and that the app repairs by itself.
    Warn,
    /// Something that went wrong.
    Error,
}

/// A line, which [`crate::World::log`] writes.
#[derive(Debug, Clone)]
#[must_use = "a line is written by `World::log`"]
pub struct Line {
    /// How bad it is.
    pub level: Level,
    /// What there is to say.
    pub message: String,
    /// The run, if it is not that of the whole request.
    pub run: Option<RunId>,
    /// A call, or a frame, of the run.
    pub call: Option<Path>,
}

/// Something that went wrong and that the app repairs by itself.
pub fn warn(message: impl Display) -> Line {
    Line::new(Level::Warn, message)
}

/// Something that went wrong.
pub fn error(message: impl Display) -> Line {
    Line::new(Level::Error, message)
}

impl Line {
    fn new(level: Level, message: impl Display) -> Self {
        Self {
            level,
            message: message.to_string(),
            run: None,
            call: None,
        }
    }

    /// About this call, or frame, of this run.
    pub fn of(mut self, run: RunId, call: &Path) -> Self {
        self.run = Some(run);
        self.call = Some(call.clone());
        self
    }
}
