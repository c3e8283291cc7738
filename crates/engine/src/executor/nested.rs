//! Nested tasks: which version of which task a `tools.tasks.execute` call starts, with what input. It is the version that
//! was current when the run was submitted, so that what was published since cannot surprise the run. And what the frame's own
//! version may reach: which tasks, and which events.

use std::collections::BTreeMap;

use tasker_domain::event::EventWait;
use tasker_domain::reach::Reach;
use tasker_domain::{Call, ErrorCode, ErrorValue, Json, TaskFunction};
use tasker_jsdoc::{DEFAULTS_MAX_BYTES, DefaultsTooLarge, Schema};
use tasker_store::{Frame, Grants, TaskRef, Tasks};

use super::error::Result;
use crate::reach::{call_denied, event_denied};
use crate::submission::version;

/// Frames nest at most this deep below the root.
const DEPTH_LIMIT: usize = 128;

/// What a nested call starts, or why it starts nothing.
pub(crate) type Resolution = std::result::Result<(TaskRef, Json), ErrorValue>;

/// Looks nested tasks up, each name once a slice, and what the frame's task may reach.
#[derive(Default)]
pub(crate) struct Nested {
    known: BTreeMap<String, Option<Known>>,
    reach: Option<Reach>,
}

/// A task that a frame has called.
struct Known {
    task: TaskFunction,
    /// Why the frame may not call it.
    denied: Option<ErrorValue>,
}

impl Nested {
    /// Resolves a `tasks.execute` call that a frame has made; `shared` are patterns of the tasks that all others may call.
    pub(crate) fn resolve(
        &mut self,
        store: &(impl Tasks + Grants),
        frame: &Frame,
        shared: &[String],
        call: &Call,
    ) -> Result<Resolution> {
        if frame.path.depth() >= DEPTH_LIMIT {
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
        let (name, given) = match arguments(&call.args) {
            Ok(arguments) => arguments,
            Err(error) => return Ok(Err(error)),
        };
        if !self.known.contains_key(&name) {
            let known = self.look_up(store, frame, shared, &name)?;
            self.known.insert(name.clone(), known);
        }
        let Some(Some(Known { task, denied })) = self.known.get(&name) else {
            return Ok(Err(ErrorValue::new(
                ErrorCode::TaskNotFound,
                format!("no task `{name}` is published"),
            )));
        };
        if let Some(denied) = denied {
            return Ok(Err(denied.clone()));
        }
        let input = match fitting(given, task.input_schema.as_deref()) {
            Ok(input) => input,
            Err(reason) => {
                return Ok(Err(ErrorValue::new(
                    ErrorCode::InputInvalid,
                    format!("the input does not fit the task `{name}`: {reason}"),
                )));
            }
        };
        Ok(Ok((
            TaskRef {
                name,
                version: task.version.clone(),
            },
            input,
        )))
    }

    fn look_up(
        &mut self,
        store: &(impl Tasks + Grants),
        frame: &Frame,
        shared: &[String],
        name: &str,
    ) -> Result<Option<Known>> {
        let task = match store.task_of_run(name, frame.run) {
            Err(tasker_store::Error::NulInText) => None,
            found => found?,
        };
        let Some(task) = task else { return Ok(None) };
        let own = (&version(&frame.task), self.reach(store, frame)?);
        let denied = call_denied(store, own, &version(&task), shared)?;
        Ok(Some(Known { task, denied }))
    }

    /// Why a frame may not wait for an event; `None`: it may.
    pub(crate) fn event_denied(
        &mut self,
        store: &impl Tasks,
        frame: &Frame,
        wait: &EventWait,
    ) -> Result<Option<ErrorValue>> {
        let reach = self.reach(store, frame)?;
        Ok(event_denied(reach, &frame.task.name, wait))
    }

    /// What the frame's task may reach, looked up once.
    fn reach(&mut self, store: &impl Tasks, frame: &Frame) -> Result<&Reach> {
        let reach = match self.reach.take() {
            Some(known) => known,
            None => store.task_settings(&version(&frame.task))?.reach,
        };
        Ok(self.reach.insert(reach))
    }
}

/// The input of a nested task, or why it does not fit. A task called without one gets an empty object, like a run
/// submitted without one, and so does a task that takes no `null`.
fn fitting(given: Option<Json>, schema: Option<&str>) -> std::result::Result<Json, String> {
    let schema: Option<Schema> = schema.and_then(|schema| serde_json::from_str(schema).ok());
    let takes_null = schema.as_ref().is_none_or(Schema::takes_null);
    let input = given
        .filter(|input| input != "null" || takes_null)
        .unwrap_or_else(|| "{}".to_owned());
    let Some(schema) = schema else {
        return Ok(input);
    };
    let mut value =
        serde_json::from_str(&input).map_err(|error| format!("it cannot be read: {error}"))?;
    let violations = schema.validate(&value);
    if !violations.is_empty() {
        let listed: Vec<_> = violations.iter().map(ToString::to_string).collect();
        return Err(listed.join("; "));
    }
    schema.fill(&mut value).map_err(|DefaultsTooLarge| {
        format!("its defaults have more than {DEFAULTS_MAX_BYTES} bytes")
    })?;
    Ok(input)
}

/// The name of the task, and the input if there is one.
fn arguments(args: &Json) -> std::result::Result<(String, Option<Json>), ErrorValue> {
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
    Ok((name, items.get(1).map(|input| input.get().to_owned())))
}
