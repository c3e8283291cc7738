//! What can go wrong with a command, and the exit code that says so.

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use serde_json::json;
use tasker_api::Problem;
#[cfg(feature = "up")]
use tasker_store::postgres::Trouble;

use crate::pack;

/// How a command that could do its work ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// What was asked for happened.
    Done,
    /// It did not; the command has said why.
    Failed,
    /// The time to wait was up.
    TimedOut,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        match exit {
            Exit::Done => Self::SUCCESS,
            Exit::Failed => Self::from(1),
            Exit::TimedOut => Self::from(4),
        }
    }
}

/// Why a command could not do its work.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The command line asks for something that makes no sense.
    #[error("{0}")]
    Usage(String),
    /// No answer.
    #[error("cannot reach {url}: {reason}")]
    Unreachable { url: String, reason: String },
    /// The server said no.
    #[error("{problem}")]
    Refused { problem: Box<Problem> },
    /// An answer that is not one of Tasker's.
    #[error("{url} gave an answer that is not Tasker's: {reason}")]
    Strange { url: String, reason: String },
    /// A task file cannot be packed.
    #[error(transparent)]
    Pack(#[from] pack::Error),
    /// A file of the command's own.
    #[error("{}: {reason}", path.display())]
    File { path: PathBuf, reason: String },
    /// The app could not be started.
    #[cfg(feature = "up")]
    #[error(transparent)]
    Runtime(#[from] tasker_runtime::Error),
    /// The app's database cannot be used as it is set up.
    #[cfg(feature = "up")]
    #[error("{trouble}{}{reason}", if reason.is_empty() { "" } else { ": " })]
    Database { trouble: Trouble, reason: String },
    /// Standard input or output.
    #[error(transparent)]
    Stdio(#[from] io::Error),
}

impl Error {
    /// A failure with a file.
    pub(crate) fn file(path: impl Into<PathBuf>, reason: impl ToString) -> Self {
        Self::File {
            path: path.into(),
            reason: reason.to_string(),
        }
    }

    /// Whether the reader of our output has gone (`tasker runs | head`): no failure of ours.
    pub(crate) fn is_closed_pipe(&self) -> bool {
        matches!(self, Self::Stdio(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }

    /// Whether nothing at all can be done with this server.
    pub(crate) fn is_connection(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::Strange { .. } => true,
            Self::Refused { problem } => matches!(problem.status, 401 | 403),
            _ => false,
        }
    }

    /// The exit code.
    pub(crate) fn exit_code(&self) -> ExitCode {
        match self {
            Self::Usage(_) => ExitCode::from(2),
            error if error.is_connection() => ExitCode::from(3),
            _ => ExitCode::FAILURE,
        }
    }

    /// What to do about it, if the message alone does not say.
    pub(crate) fn hint(&self) -> Option<String> {
        match self {
            #[cfg(feature = "up")]
            Self::Database { trouble, .. } => Some(trouble.advice().to_owned()),
            Self::Unreachable { .. } => Some(
                "start the app with `tasker up`, or say where it is with --url or TASKER_URL"
                    .to_owned(),
            ),
            Self::Strange { .. } => {
                Some("check the address: --url, TASKER_URL or the file of `tasker up`".to_owned())
            }
            Self::Refused { problem } => match problem.code.as_str() {
                "unauthorized" => Some(
                    "give the app's token in TASKER_TOKEN; `tasker up` keeps the one that it made \
                     in its state folder, and commands below that folder find it"
                        .to_owned(),
                ),
                "task_not_found" => Some("`tasker list` shows what is published".to_owned()),
                "run_not_found" => Some("`tasker runs` shows the runs".to_owned()),
                _ => None,
            },
            _ => None,
        }
    }

    /// The code to match on: the server's, or a word of our own.
    pub(crate) fn code(&self) -> &str {
        match self {
            Self::Usage(_) => "usage",
            Self::Unreachable { .. } => "unreachable",
            Self::Strange { .. } => "strange_answer",
            Self::Refused { problem } => &problem.code,
            Self::Pack(_) => "task_invalid",
            #[cfg(feature = "up")]
            Self::Runtime(_) | Self::Database { .. } => "start_failed",
            Self::File { .. } | Self::Stdio(_) => "io",
        }
    }

    /// The error as `--json` prints it.
    pub(crate) fn to_json(&self) -> serde_json::Value {
        let mut error = json!({ "code": self.code(), "message": self.to_string() });
        if let Self::Refused { problem } = self {
            error["message"] = json!(problem.detail);
            error["status"] = json!(problem.status);
            if !problem.errors.is_empty() {
                error["errors"] = json!(problem.errors);
            }
        }
        error
    }
}
