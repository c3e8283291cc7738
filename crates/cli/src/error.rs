//! What can go wrong with a command, and the exit code that says so.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tasker_api::Problem;
use tasker_domain::RunId;
#[cfg(feature = "up")]
use tasker_store::postgres::Trouble;

use crate::config::Target;
use crate::exit::Exit;

/// Why a command could not do its work.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The command line asks for something that makes no sense.
    #[error("{0}")]
    Usage(String),
    /// The command line asks for a run that is not there.
    #[error("{0}")]
    NoRun(String),
    /// No answer.
    #[error("cannot reach {}: {reason}", target.url)]
    Unreachable {
        target: Arc<Target>,
        reason: String,
        /// Whether it may pass.
        passing: bool,
    },
    /// The server said no.
    #[error("{}", refusal(problem, target))]
    Refused {
        target: Arc<Target>,
        problem: Box<Problem>,
        /// When it may say yes.
        retry_after: Option<Duration>,
    },
    /// An answer that is not one of Tasker's.
    #[error("{} gave an answer that is not Tasker's: {reason}", target.url)]
    Strange {
        target: Arc<Target>,
        reason: String,
        /// Whether it may pass: something in front of the app has answered.
        passing: bool,
    },
    /// A run was submitted, and how it ended cannot be told.
    #[error("{source}")]
    Lost { run: RunId, source: Box<Self> },
    /// A task file cannot be packed.
    #[error(transparent)]
    Pack(#[from] tasker_pack::Error),
    /// A file of the command's own.
    #[error("{}: {reason}", path.display())]
    File { path: PathBuf, reason: String },
    /// The app could not be started.
    #[cfg(feature = "up")]
    #[error(transparent)]
    Runtime(#[from] tasker_runtime::Error),
    /// Another process has the state folder.
    #[cfg(feature = "up")]
    #[error("{0}")]
    Held(String),
    /// The app's database cannot be used as it is set up.
    #[cfg(feature = "up")]
    #[error("{trouble}{}{reason}", if reason.is_empty() { "" } else { ": " })]
    Database { trouble: Trouble, reason: String },
    /// Standard input or output.
    #[error(transparent)]
    Stdio(#[from] io::Error),
}

/// What the server said. Of the token, more can be said here: which one it was.
fn refusal(problem: &Problem, target: &Target) -> String {
    match (problem.code.as_str(), &target.token) {
        ("unauthorized", None) => {
            format!(
                "{} wants a token, and there is none (unauthorized)",
                target.url
            )
        }
        ("unauthorized", Some(token)) => format!(
            "{} does not take the token of {}: it is another one's, has expired or was revoked (unauthorized)",
            target.url, token.from
        ),
        _ => problem.to_string(),
    }
}

impl Error {
    /// A failure with a file.
    pub(crate) fn file(path: impl Into<PathBuf>, reason: impl ToString) -> Self {
        Self::File {
            path: path.into(),
            reason: reason.to_string(),
        }
    }

    /// Whether the reader of our output has gone (`tasker runs | head`), which is not a failure.
    pub(crate) fn is_closed_pipe(&self) -> bool {
        matches!(self, Self::Stdio(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }

    /// Whether nothing at all can be done with this server.
    pub(crate) fn is_connection(&self) -> bool {
        matches!(self.exit(), Exit::Unknown | Exit::Token)
    }

    /// Whether the same request may be answered in a while: nothing is wrong with it.
    pub(crate) fn is_passing(&self) -> bool {
        match self {
            Self::Unreachable { passing, .. } | Self::Strange { passing, .. } => *passing,
            Self::Refused { problem, .. } => {
                is_passing_status(problem.status) && Exit::of(problem) == Exit::Unknown
            }
            _ => false,
        }
    }

    /// When the server asks to be asked again.
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Refused { retry_after, .. } => *retry_after,
            _ => None,
        }
    }

    /// How the process ends.
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::Usage(_) | Self::File { .. } | Self::Stdio(_) => Exit::Wrong,
            Self::NoRun(_) => Exit::Missing,
            Self::Unreachable { .. } | Self::Strange { .. } => Exit::Unknown,
            Self::Refused { problem, .. } => Exit::of(problem),
            Self::Lost { source, .. } => source.exit(),
            Self::Pack(_) => Exit::Failed,
            #[cfg(feature = "up")]
            Self::Runtime(_) | Self::Database { .. } => Exit::Failed,
            #[cfg(feature = "up")]
            Self::Held(_) => Exit::Conflict,
        }
    }

    /// What to do about it, if the message alone does not say.
    pub(crate) fn hints(&self) -> Vec<String> {
        match self {
            #[cfg(feature = "up")]
            Self::Database { trouble, .. } => vec![trouble.advice().to_owned()],
            Self::Unreachable { target, .. } => vec![
                target.describe(),
                "start the app with `tasker up`, or say where it is with --url or TASKER_URL"
                    .to_owned(),
            ],
            Self::Strange { target, .. } => vec![
                target.describe(),
                "check the address: --url, TASKER_URL or the file of `tasker up`".to_owned(),
            ],
            Self::Refused {
                problem, target, ..
            } => match problem.code.as_str() {
                "unauthorized" => vec![
                    target.describe(),
                    "give an API key in TASKER_TOKEN; `tasker up` keeps the one that it made \
                     in its state folder, and commands below that folder find it"
                        .to_owned(),
                ],
                "forbidden" => vec!["`tasker auth whoami` shows what the key is for".to_owned()],
                "api_key_not_found" => vec!["`tasker auth list` shows the keys".to_owned()],
                "task_not_found" => vec!["`tasker list` shows what is published".to_owned()],
                "run_not_found" => vec!["`tasker runs` shows the runs".to_owned()],
                "key_not_found" => {
                    vec!["`tasker keys list` shows the namespaces and their keys".to_owned()]
                }
                "schedule_not_found" => {
                    vec!["`tasker schedules list` shows the schedules".to_owned()]
                }
                "secret_hidden" => vec![
                    "tasks refer to it as { $secret: \"namespace/key\" }; `tasker keys set --secret` \
                     replaces it"
                        .to_owned(),
                ],
                _ => vec![],
            },
            Self::Lost { run, source } => {
                let mut hints = vec![format!(
                    "how run {run} ends is not known; it goes on if the app does: `tasker show {run}`"
                )];
                hints.extend(source.hints());
                hints
            }
            _ => vec![],
        }
    }

    /// The code to match on: the server's, or a word of our own.
    pub(crate) fn code(&self) -> &str {
        match self {
            Self::Usage(_) => "usage",
            Self::NoRun(_) => "run_not_found",
            Self::Unreachable { .. } => "unreachable",
            Self::Strange { .. } => "strange_answer",
            Self::Refused { problem, .. } => &problem.code,
            Self::Lost { source, .. } => source.code(),
            Self::Pack(_) => "task_invalid",
            #[cfg(feature = "up")]
            Self::Runtime(_) | Self::Database { .. } => "start_failed",
            #[cfg(feature = "up")]
            Self::Held(_) => "state_folder_in_use",
            Self::File { .. } | Self::Stdio(_) => "io",
        }
    }

    /// The server's answer, if there was one that says no.
    pub(crate) fn problem(&self) -> Option<&Problem> {
        match self {
            Self::Refused { problem, .. } => Some(problem),
            Self::Lost { source, .. } => source.problem(),
            _ => None,
        }
    }

    /// The error as `--json` prints it.
    pub(crate) fn to_json(&self) -> serde_json::Value {
        let mut error = json!({ "code": self.code(), "message": self.to_string() });
        if let Some(problem) = self.problem() {
            if !problem.is(tasker_domain::ErrorCode::Unauthorized) {
                error["message"] = json!(problem.detail);
            }
            error["status"] = json!(problem.status);
            if !problem.errors.is_empty() {
                error["errors"] = json!(problem.errors);
            }
        }
        if let Self::Lost { run, .. } = self {
            error["taskRunId"] = json!(run);
        }
        error
    }
}

/// Whether an answer of this status says nothing about the request itself.
pub(crate) fn is_passing_status(status: u16) -> bool {
    matches!(status, 408 | 425 | 429 | 500 | 502 | 503 | 504)
}
