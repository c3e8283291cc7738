//! Runs of their own that tasks start, and what tasks ask of them and of their own run.
//!
//! That a run was started by another is said by its idempotency key alone, which nobody else may give. It is the same for
//! every attempt of the call that starts it, so that the call makes one run.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::tag::{self, TAG_MAX};
use crate::{Call, ErrorCode, ErrorValue, Json, Path, RunId, event};

/// What the idempotency keys of such runs begin with, and the ids of events that tasks send.
pub const KEY_PREFIX: &str = "task:";

/// Largest data of an event that a task sends, as JSON.
const SIGNAL_MAX_BYTES: usize = 256 << 10;

/// What a task asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// `tools.tasks.start(name, input, options)`
    Start {
        /// The task.
        name: String,
        /// Its input, if one was given.
        input: Option<Json>,
        /// What else is said about the run: an object.
        options: Option<Json>,
    },
    /// `tools.tag(…names)`: tags for the run itself.
    Tag(Vec<String>),
    /// `tools.runs.get(id)`
    Get(RunId),
    /// `tools.runs.wait(id)`
    Wait(RunId),
    /// `tools.runs.cancel(id, { reason })`
    Cancel(RunId, Option<String>),
    /// `tools.runs.signal(id, event, data)`
    Signal(RunId, String, Json),
}

/// The options of a cancellation.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Cancel {
    #[serde(default)]
    reason: Option<String>,
}

impl Call {
    /// Whether it is about runs: its own one, or runs of their own.
    #[must_use]
    pub fn is_about_runs(&self) -> bool {
        match (self.service.as_str(), self.method.as_slice()) {
            ("tag", []) => true,
            ("tasks", [method]) => method == "start",
            ("runs", [method]) => matches!(method.as_str(), "get" | "wait" | "cancel" | "signal"),
            _ => false,
        }
    }

    /// What it asks of runs, if it does.
    ///
    /// # Errors
    /// [`ErrorCode::InvalidArguments`] if its arguments cannot be used.
    #[must_use]
    pub fn asked_of_runs(&self) -> Option<Result<Asked, ErrorValue>> {
        if !self.is_about_runs() {
            return None;
        }
        let options = self.options();
        let asked = match options.retry.is_some() || options.idempotency_key.is_some() {
            true => Err("of the options of `tools.with` it takes `timeoutMs` alone".to_owned()),
            false => self.read(),
        };
        Some(asked.map_err(|reason| {
            let message = format!("tools.{}: {reason}", self.label());
            ErrorValue {
                name: "TypeError".to_owned(),
                ..ErrorValue::new(ErrorCode::InvalidArguments, message)
            }
        }))
    }

    fn read(&self) -> Result<Asked, String> {
        let args: Vec<&RawValue> =
            serde_json::from_str(&self.args).map_err(|error| error.to_string())?;
        if self.service == "tag" {
            let tags: Vec<String> = serde_json::from_str(&self.args).unwrap_or_default();
            let are_tags = !tags.is_empty() && tags.iter().all(|tag| tag::is_tag(tag));
            return match are_tags {
                true => Ok(Asked::Tag(tags)),
                false => Err(format!(
                    "it takes tags: 1 to {TAG_MAX} letters, digits and `-_.:/@=` each"
                )),
            };
        }
        let given = |at: usize| {
            args.get(at)
                .map(|arg| arg.get())
                .filter(|arg| *arg != "null")
        };
        let text = |at: usize| given(at).and_then(|arg| serde_json::from_str::<String>(arg).ok());
        if self.method == ["start"] {
            return Ok(Asked::Start {
                name: text(0).ok_or("it takes the name of a task, its input and options")?,
                input: args.get(1).map(|input| input.get().to_owned()),
                options: given(2).map(str::to_owned),
            });
        }
        let id = text(0).and_then(|id| id.parse::<RunId>().ok());
        let run = id.ok_or("the first argument is the id of a run")?;
        match self.method[0].as_str() {
            "get" => Ok(Asked::Get(run)),
            "wait" => Ok(Asked::Wait(run)),
            "cancel" => {
                let options: Cancel = match given(1) {
                    Some(options) => serde_json::from_str(options).map_err(|error| {
                        format!("the second argument is `{{ reason }}`: {error}")
                    })?,
                    None => Cancel::default(),
                };
                Ok(Asked::Cancel(run, options.reason))
            }
            _ => {
                let name = text(1).filter(|name| event::is_name(name));
                let name = name.ok_or("the second argument is the name of an event")?;
                let data = args.get(2).map_or("null", |data| data.get());
                if data.len() > SIGNAL_MAX_BYTES {
                    return Err(format!(
                        "the data may have {SIGNAL_MAX_BYTES} bytes at most"
                    ));
                }
                Ok(Asked::Signal(run, name, data.to_owned()))
            }
        }
    }
}

/// The key of what the call at `path` makes.
#[must_use]
pub fn key(run: RunId, path: &Path) -> String {
    format!("{KEY_PREFIX}{run}:{path}")
}

/// The run that has started the one with this idempotency key, if a task did.
#[must_use]
pub fn starter(key: &str) -> Option<RunId> {
    let (run, _) = key.strip_prefix(KEY_PREFIX)?.split_once(':')?;
    run.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(service: &str, method: &str, args: &str) -> Option<Result<Asked, String>> {
        let call = Call {
            number: 1,
            service: service.to_owned(),
            method: vec![method.to_owned()],
            args: args.to_owned(),
            options: None,
        };
        let asked = call.asked_of_runs()?;
        Some(asked.map_err(|error| {
            assert!(error.is(ErrorCode::InvalidArguments));
            error.message
        }))
    }

    #[test]
    fn tags_are_read() {
        let call = |args: &str| Call {
            number: 1,
            service: "tag".to_owned(),
            method: Vec::new(),
            args: args.to_owned(),
            options: None,
        };
        let asked = call(r#"["a","b=1"]"#).asked_of_runs();
        let tags = ["a", "b=1"].map(str::to_owned).to_vec();
        assert_eq!(asked, Some(Ok(Asked::Tag(tags))));
        for args in ["[]", "[7]", r#"["a b"]"#, r#"[["a"]]"#] {
            let refused = call(args).asked_of_runs().unwrap().unwrap_err();
            assert!(refused.is(ErrorCode::InvalidArguments));
            assert!(
                refused.message.starts_with("tools.tag: it takes tags"),
                "{refused:?}"
            );
        }
    }

    #[test]
    fn what_tasks_ask_of_runs_is_read() {
        let run = RunId::new(7, [1; 10]);
        let start = |input: Option<&str>, options: Option<&str>| Asked::Start {
            name: "report".to_owned(),
            input: input.map(str::to_owned),
            options: options.map(str::to_owned),
        };
        for (method, args, expected) in [
            ("start", r#"["report"]"#.to_owned(), start(None, None)),
            (
                "start",
                r#"["report",null,{"priority":1}]"#.to_owned(),
                start(Some("null"), Some(r#"{"priority":1}"#)),
            ),
            ("get", format!(r#"["{run}"]"#), Asked::Get(run)),
            ("wait", format!(r#"["{run}"]"#), Asked::Wait(run)),
            ("cancel", format!(r#"["{run}"]"#), Asked::Cancel(run, None)),
            (
                "cancel",
                format!(r#"["{run}",{{"reason":"late"}}]"#),
                Asked::Cancel(run, Some("late".to_owned())),
            ),
            (
                "signal",
                format!(r#"["{run}","go",{{"a":1}}]"#),
                Asked::Signal(run, "go".to_owned(), r#"{"a":1}"#.to_owned()),
            ),
            (
                "signal",
                format!(r#"["{run}","go"]"#),
                Asked::Signal(run, "go".to_owned(), "null".to_owned()),
            ),
        ] {
            let service = if method == "start" { "tasks" } else { "runs" };
            assert_eq!(asked(service, method, &args), Some(Ok(expected)), "{args}");
        }
        for (service, method, args) in [
            ("tasks", "start", "[]".to_owned()),
            ("tasks", "start", "[7]".to_owned()),
            ("runs", "get", "[]".to_owned()),
            ("runs", "get", r#"["x"]"#.to_owned()),
            ("runs", "cancel", format!(r#"["{run}",{{"force":true}}]"#)),
            ("runs", "signal", format!(r#"["{run}"]"#)),
            ("runs", "signal", format!(r#"["{run}","a\nb"]"#)),
            (
                "runs",
                "signal",
                format!(r#"["{run}","go","{}"]"#, "x".repeat(SIGNAL_MAX_BYTES)),
            ),
        ] {
            assert!(
                asked(service, method, &args).is_some_and(|asked| asked.is_err()),
                "{args}"
            );
        }
        for (service, method) in [("tasks", "execute"), ("runs", "list"), ("keystore", "get")] {
            assert_eq!(asked(service, method, "[]"), None);
        }
    }

    #[test]
    fn a_key_says_who_has_started_a_run() {
        let run = RunId::new(7, [1; 10]);
        let key = key(run, &Path::root().call(3).call(12));
        assert_eq!(key, format!("task:{run}:0.3.12"));
        assert_eq!(starter(&key), Some(run));
        for other in ["task:", "task:x:0.1", "retry:1", ""] {
            assert_eq!(starter(other), None);
        }
    }
}
