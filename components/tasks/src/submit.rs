//! What a submitted run is given, and its terms.

use std::borrow::Cow;

use http::StatusCode;
use http::header::LOCATION;
use serde_json::Value;
use tasker_api::{
    FieldError, INPUT_MAX_BYTES, Problem, RawJson, Submitted, Versions, concurrency_scope,
    concurrency_unlimited, key_at,
};
use tasker_domain::retry::{Policy, RunRetry};
use tasker_domain::trace::TraceParent;
use tasker_domain::{ErrorCode, Json as JsonText, Run, RunId, RunStatus};
use tasker_host::{HostStore, config, new_run_id, new_stack_run_id, random, time};
use tasker_jsdoc::{DEFAULTS_MAX_BYTES, DefaultsTooLarge, Schema, with_defaults};
use tasker_settings::{IDEMPOTENCY_DAYS, RUN_ATTEMPTS};
use tasker_store::prelude::*;
use tasker_store::{NewRun, RunTerms, Slot, Submitted as Submission, TaskRef};

use crate::answer::Answer;
use crate::content::Json;
use crate::error::{Error, Result, internal};
use crate::records;

/// Submits a run that has ended again, at the newest versions or at those that it met. With a key that was used
/// before, no run is made.
pub(crate) fn again(
    store: &HostStore,
    ended: Run,
    versions: Versions,
    idempotency_key: Option<String>,
    traceparent: Option<&str>,
) -> Result<(RunId, Submission)> {
    let now = time::now_ms();
    let begin = ended.run_at.unwrap_or(ended.created_at);
    let version = match versions {
        Versions::Same => ended.version,
        Versions::Newest => {
            let task = records::task(store, &ended.task)?;
            fits(&ended.input, task.input_schema.as_deref(), &task.name)?;
            task.version
        }
    };
    let task = TaskRef {
        name: ended.task,
        version,
    };
    let terms = RunTerms {
        versions_of: (versions == Versions::Same).then_some(ended.id),
        slot: store.slot(ended.id)?,
        priority: ended.priority,
        retry: ended.retry,
        key_expires_at: now + key_life()?,
        ..terms(store, &task, &ended.input, None)?
    };
    let new = new_run_id();
    let run = NewRun {
        id: new,
        webhook: store.webhook(ended.id)?.map(|webhook| webhook.url),
        trace: Some(trace(new, traceparent)),
        frame: new_stack_run_id(),
        input: ended.input,
        deadline: ended
            .deadline
            .map(|deadline| now.saturating_add(deadline.saturating_sub(begin))),
        task,
        terms,
        idempotency_key,
        run_at: None,
        schedule: None,
        retry_of: Some(ended.id),
    };
    let submitted = store.submit(&run, now)?;
    Ok((new, submitted))
}

/// The terms of a task's run, by what its code says and what it is [given](given).
pub(crate) fn terms(
    store: &HostStore,
    task: &TaskRef,
    given: &str,
    key: Option<&str>,
) -> Result<RunTerms> {
    let settings = store.task_settings(task)?;
    let slot = match (settings.concurrency, key) {
        (None, None) => None,
        (None, Some(_)) => return Err(concurrency_unlimited(&task.name).into()),
        (Some(limit), key) => {
            let value: Value = serde_json::from_str(given).map_err(internal)?;
            let of_input = limit.per.map(|path| key_at(&value, &path));
            Some(Slot {
                scope: concurrency_scope(&task.name, key.or(of_input.as_deref())),
                at_once: limit.at_once,
            })
        }
    };
    Ok(RunTerms {
        priority: settings.priority.unwrap_or_default(),
        retention_ms: settings.retention_ms,
        slot,
        key_expires_at: 0,
        versions_of: None,
        retry: match settings.attempts {
            Some(attempts) => run_retry(
                &Policy {
                    attempts,
                    ..run_policy()?
                },
                true,
            ),
            None => run_retry(&run_policy()?, false),
        },
    })
}

/// How a run is begun again if neither its task nor its client says.
pub(crate) fn run_policy() -> Result<Policy> {
    Ok(Policy {
        attempts: config::read(&RUN_ATTEMPTS).map_err(internal)?,
        ..config::retry_policy().map_err(internal)?
    })
}

pub(crate) fn run_retry(policy: &Policy, any: bool) -> RunRetry {
    policy.of_run(any, || {
        let [random] = random();
        random
    })
}

/// How long an idempotency key lives at least (ms).
pub(crate) fn key_life() -> Result<i64> {
    config::read(&IDEMPOTENCY_DAYS)
        .map(time::in_ms)
        .map_err(internal)
}

/// The answer about a run that was submitted.
pub(crate) fn accepted(id: RunId, status: RunStatus) -> Result<Answer<Json<Submitted>>> {
    let submitted = Submitted {
        task_run_id: id,
        status,
    };
    let place = format!("/tasks/status/{id}");
    Ok(Answer::json(StatusCode::ACCEPTED, &submitted)?.with_header(LOCATION, &place))
}

/// The run's span in the trace of the request, or in a trace of its own. As the standard says, a
/// header that cannot be read counts as none.
pub(crate) fn trace(run: RunId, header: Option<&str>) -> TraceParent {
    match header.and_then(|header| header.parse::<TraceParent>().ok()) {
        Some(parent) => parent.child(&run.to_string()),
        None => TraceParent::of_run(run),
    }
}

/// The input as it was sent, in its compact form, so that the same input is the same text, if it fits the schema.
/// A task that takes no `null` gets an empty object for it, as it does without an input.
pub(crate) fn input(given: &RawJson, schema: Option<&str>, task: &str) -> Result<JsonText> {
    let malformed = |error| Error::new(ErrorCode::BadRequest, format!("the input: {error}"));
    let mut value: Value = given.read().map_err(malformed)?;
    let schema = read_schema(schema)?;
    if value.is_null() && !schema.as_ref().is_none_or(Schema::takes_null) {
        value = Value::Object(serde_json::Map::new());
    }
    let text = value.to_string();
    if text.len() > INPUT_MAX_BYTES {
        let detail = format!("the input may have {INPUT_MAX_BYTES} bytes at most");
        return Err(Error::new(ErrorCode::BodyTooLarge, detail));
    }
    check(value, schema.as_ref(), task)?;
    Ok(text)
}

/// What the task is given for an input: the input with its defaults.
pub(crate) fn given<'a>(input: &'a str, schema: Option<&str>) -> Result<Cow<'a, str>> {
    match schema {
        Some(schema) => with_defaults(schema, input).map_err(too_large),
        None => Ok(Cow::Borrowed(input)),
    }
}

fn too_large(_: DefaultsTooLarge) -> Error {
    let detail = format!("the defaults of the input have more than {DEFAULTS_MAX_BYTES} bytes");
    Error::new(ErrorCode::BodyTooLarge, detail)
}

fn read_schema(schema: Option<&str>) -> Result<Option<Schema>> {
    schema
        .map(serde_json::from_str)
        .transpose()
        .map_err(internal)
}

/// Checks a stored input against the schema that its task has now.
pub(crate) fn fits(input: &str, schema: Option<&str>, task: &str) -> Result<()> {
    check(
        serde_json::from_str(input).map_err(internal)?,
        read_schema(schema)?.as_ref(),
        task,
    )
}

fn check(mut value: Value, schema: Option<&Schema>, task: &str) -> Result<()> {
    let Some(schema) = schema else {
        return Ok(());
    };
    let violations = schema.validate(&value);
    if violations.is_empty() {
        return schema.fill(&mut value).map_err(too_large);
    }
    let errors = violations.into_iter().map(|violation| FieldError {
        path: violation.path,
        message: violation.message,
    });
    Err(Problem::input_invalid(task, errors.collect()).into())
}
