//! The exit codes: one table for the help, the documentation and the code.

use std::process::ExitCode;

use tasker_api::Problem;
use tasker_domain::ErrorCode;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Exit {
    /// What was asked for happened.
    Done = 0,
    /// It did not; the command has said why.
    Failed = 1,
    /// What was asked for makes no sense.
    Wrong = 2,
    /// There was no answer to learn anything from.
    Unknown = 3,
    /// The time to wait was up.
    TimedOut = 4,
    /// The token is missing or wrong.
    Token = 5,
    /// There is no such thing.
    Missing = 6,
    /// It cannot be done as things are.
    Conflict = 7,
    /// It is never done.
    Forbidden = 8,
    /// Ctrl-C.
    #[cfg_attr(not(unix), expect(dead_code))]
    Interrupted = 130,
}

impl Exit {
    const ALL: [(Self, &'static str); 10] = [
        (
            Self::Done,
            "what was asked for happened; with --wait: the run completed",
        ),
        (
            Self::Failed,
            "it did not: the run that was waited for failed or was cancelled, a file could not be \
             published, one of several runs could not be changed, the doctor found a fault",
        ),
        (
            Self::Wrong,
            "what was asked is wrong: the command line, a file that it names, JSON, an input that \
             does not fit",
        ),
        (
            Self::Unknown,
            "not known: the app cannot be reached, or fails, or cannot answer at the moment; a run \
             that was waited for may go on",
        ),
        (
            Self::TimedOut,
            "the time to wait (--timeout) is up and the run goes on",
        ),
        (
            Self::Token,
            "the key or token is missing, wrong, expired or revoked",
        ),
        (Self::Missing, "there is no such run, task, key or schedule"),
        (
            Self::Conflict,
            "it cannot be done as things are: the run has ended, is paused, goes on still",
        ),
        (
            Self::Forbidden,
            "it is not allowed: the key lacks the role or is not for this task; a secret is shown to nobody",
        ),
        (
            Self::Interrupted,
            "interrupted by Ctrl-C; a run that was waited for goes on",
        ),
    ];

    /// The code itself.
    pub(crate) fn code(self) -> u8 {
        self as u8
    }

    /// What a refusal of the server means.
    pub(crate) fn of(problem: &Problem) -> Self {
        if problem.is(ErrorCode::DecryptionFailed) {
            // The fault is known: it is this value, not the app.
            return Self::Failed;
        }
        if problem.is(ErrorCode::RouteNotFound) || problem.is(ErrorCode::MethodNotAllowed) {
            // An app that does not have the call is another version than this program.
            return Self::Unknown;
        }
        match problem.status {
            401 => Self::Token,
            403 => Self::Forbidden,
            404 => Self::Missing,
            409 | 410 => Self::Conflict,
            408 | 425 | 429 => Self::Unknown,
            400..500 => Self::Wrong,
            _ => Self::Unknown,
        }
    }

    /// The table for the help.
    pub(crate) fn help() -> String {
        let rows = Self::ALL.map(|(exit, meaning)| {
            let lines = wrapped(meaning, 80).join("\n       ");
            format!("  {:<4} {lines}", exit.code())
        });
        format!("Exit codes:\n{}", rows.join("\n"))
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split(' ') {
        if !line.is_empty() && line.len() + 1 + word.len() > width {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines.push(line);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table of docs/cli.md is this one, and names each code that the server answers with once, at what
    /// it means.
    #[test]
    fn the_documentation_has_this_table() {
        let docs = include_str!("../../../docs/cli.md");
        let row = |exit: Exit| {
            let begin = format!("| {} | ", exit.code());
            let row = docs.lines().find(|line| line.starts_with(&begin));
            row.unwrap_or_else(|| panic!("docs/cli.md has no row {begin}"))
        };
        for (exit, meaning) in Exit::ALL {
            let documented = row(exit).replace('`', "");
            assert!(documented.contains(meaning), "{documented}\n{meaning}");
        }
        for code in ErrorCode::ALL {
            let problem = Problem::new(*code, "");
            let is_answer = code.http_status() != 0
                || matches!(
                    code,
                    ErrorCode::DecryptionFailed | ErrorCode::ServiceUnavailable
                );
            for (exit, _) in Exit::ALL {
                assert_eq!(
                    row(exit).contains(&format!("[`{code}`](errors/{code}.md)")),
                    is_answer && exit == Exit::of(&problem),
                    "{code} at {}",
                    exit.code()
                );
            }
        }
    }

    #[test]
    fn an_answer_of_a_later_version_has_a_meaning_too() {
        let of = |status| {
            let problem = Problem::new(ErrorCode::BadRequest, "");
            Exit::of(&Problem {
                status,
                code: "of_the_future".to_owned(),
                ..problem
            })
        };
        let all = [400, 401, 403, 404, 409, 410, 422, 429, 500, 503].map(of);
        assert_eq!(all.map(Exit::code), [2, 5, 8, 6, 7, 7, 2, 3, 3, 3]);
        assert!(Exit::help().lines().all(|line| line.len() <= 90));
    }
}
