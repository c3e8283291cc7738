//! The components' own log: a line of JSON on standard error for each thing worth telling an
//! operator. Nothing that a task or an upstream keeps secret may be put into a message.

use std::cell::RefCell;
use std::fmt::Display;
use std::io::Write;

use serde::Serialize;
use tasker_domain::RunId;
use tasker_domain::trace::TraceParent;

use crate::time;

/// A message is cut to this length: it may quote what came from outside.
const MESSAGE_CHARS: usize = 2_000;

/// What all lines of this request have in common.
#[derive(Debug, Clone, Default)]
struct Scope {
    component: String,
    run: Option<RunId>,
    trace: Option<TraceParent>,
}

thread_local! {
    // An instance serves one request.
    static SCOPE: RefCell<Scope> = RefCell::default();
}

/// Says which component speaks.
pub fn component(name: impl Into<String>) {
    SCOPE.with_borrow_mut(|scope| scope.component = name.into());
}

/// Says which run, and which trace, this request is about.
pub fn about(run: RunId, trace: Option<TraceParent>) {
    SCOPE.with_borrow_mut(|scope| {
        scope.run = Some(run);
        scope.trace = trace;
    });
}

/// The trace that this request is about.
#[must_use]
pub fn trace() -> Option<TraceParent> {
    SCOPE.with_borrow(|scope| scope.trace)
}

/// How bad it is.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "lowercase")]
enum Level {
    Warn,
    Error,
}

/// A line that is being made. It is written by [`Line::write`].
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[must_use = "a line is written by `write`"]
pub struct Line {
    ts: String,
    level: Level,
    component: String,
    msg: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    run_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    call: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    trace: Option<String>,
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
        let mut msg = message.to_string();
        if let Some((cut, _)) = msg.char_indices().nth(MESSAGE_CHARS) {
            msg.truncate(cut);
        }
        let scope = SCOPE.with_borrow(Scope::clone);
        Self {
            ts: time::rfc3339(time::now_ms()),
            level,
            component: scope.component,
            msg,
            run_id: scope.run.map(|run| run.to_string()),
            call: None,
            trace: scope.trace.map(TraceParent::trace_id),
        }
    }

    /// About this run, if it is not that of the whole request.
    pub fn run(mut self, run: impl Display) -> Self {
        self.run_id = Some(run.to_string());
        self
    }

    /// About this call, or frame, of the run: its path.
    pub fn call(mut self, path: impl Display) -> Self {
        self.call = Some(path.to_string());
        self
    }

    /// Writes the line. One that cannot be written, as on a full disk, is lost, and nothing else.
    pub fn write(self) {
        let mut line = serde_json::to_string(&self).unwrap_or(self.msg);
        line.push('\n');
        // `eprintln!` would panic.
        _ = std::io::stderr().write_all(line.as_bytes());
    }
}
