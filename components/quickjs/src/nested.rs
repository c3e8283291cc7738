//! Nested tasks: which version of which task a `tools.tasks.execute` call starts, with what input.

use std::collections::BTreeMap;

use tasker_domain::{Call, ErrorCode, ErrorValue, Json, Path, TaskFunction};
use tasker_host::HostStore;
use tasker_store::{Store, TaskRef};

use crate::error::Result;

/// Frames nest at most this deep below the root.
const DEPTH_LIMIT: usize = 128;

/// What a nested call starts, or why it starts nothing.
pub(crate) type Resolution = std::result::Result<(TaskRef, Json), ErrorValue>;

/// Looks nested tasks up, each name once a slice: all calls of one slice get the same version.
#[derive(Default)]
pub(crate) struct Nested {
    known: BTreeMap<String, Option<TaskFunction>>,
}

impl Nested {
    /// Resolves a `tasks.execute` call made by the frame at `frame`.
    pub(crate) fn resolve(
        &mut self,
        store: &HostStore,
        frame: &Path,
        call: &Call,
    ) -> Result<Resolution> {
        if frame.depth() >= DEPTH_LIMIT {
            return Ok(Err(ErrorValue::new(
                ErrorCode::DepthLimit,
                format!("tasks nest at most {DEPTH_LIMIT} deep"),
            )));
        }
        let options = call.options();
        if options.retry.is_some() || options.idempotency_key.is_some() {
            return Ok(Err(ErrorValue::new(
                ErrorCode::InvalidArguments,
                "of the options of `tools.with`, a nested task takes `timeoutMs` alone",
            )));
        }
        let (name, input) = match arguments(&call.args) {
            Ok(arguments) => arguments,
            Err(error) => return Ok(Err(error)),
        };
        if !self.known.contains_key(&name) {
            let task = match store.task(&name) {
                Err(tasker_store::Error::NulInText) => None,
                found => found?,
            };
            self.known.insert(name.clone(), task);
        }
        let Some(Some(task)) = self.known.get(&name) else {
            return Ok(Err(ErrorValue::new(
                ErrorCode::TaskNotFound,
                format!("no task `{name}` is published"),
            )));
        };
        if let Some(schema) = &task.input_schema
            && let Err(problems) = tasker_jsdoc::validate(schema, &input)
        {
            let problems: Vec<_> = problems
                .iter()
                .map(|problem| format!("{}: {}", problem.path, problem.message))
                .collect();
            return Ok(Err(ErrorValue::new(
                ErrorCode::InputInvalid,
                format!(
                    "the input does not fit task `{name}`: {}",
                    problems.join("; ")
                ),
            )));
        }
        Ok(Ok((
            TaskRef {
                name,
                version: task.version.clone(),
            },
            input,
        )))
    }
}

fn arguments(args: &Json) -> std::result::Result<(String, Json), ErrorValue> {
    let usage = || {
        ErrorValue::new(
            ErrorCode::InvalidArguments,
            "`tools.tasks.execute(name, input)` takes the name of a task and its input",
        )
    };
    let items: Vec<&serde_json::value::RawValue> =
        serde_json::from_str(args).map_err(|_| usage())?;
    let name = items.first().ok_or_else(usage)?;
    let name: String = serde_json::from_str(name.get()).map_err(|_| usage())?;
    // A task called without input gets an empty object, like a run submitted without one.
    let input = match items.get(1).map(|input| input.get()) {
        None | Some("null") => "{}".to_owned(),
        Some(text) => text.to_owned(),
    };
    Ok((name, input))
}
