//! Submitting runs.

use std::borrow::Cow;

use serde_json::Value;
use tasker_api::{
    BODY_MAX_BYTES, FieldError, INPUT_MAX_BYTES, NoQuery, Problem, RawJson, SubmitRun, Submitted,
    check_concurrency_key, check_idempotency_key, concurrency_scope, concurrency_unlimited,
    deadline, key_at, priority, run_at,
};
use tasker_domain::retry::{Policy, RunRetry};
use tasker_domain::trace::TraceParent;
use tasker_domain::{ErrorCode, Json, Run, RunId, RunStatus};
use tasker_host::{HostStore, config, new_run_id, new_stack_run_id, random, services, time};
use tasker_jsdoc::{DEFAULTS_MAX_BYTES, DefaultsTooLarge, Schema, with_defaults};
use tasker_service::webhook::allowed;
use tasker_store::prelude::*;
use tasker_store::{NewRun, RunTerms, Slot, Submitted as Submission, TaskRef};

use crate::Result;
use crate::answer::{After, Answer};
use crate::error::{internal, no_run, no_task, store, store_failed};
use crate::request::Request;

/// `POST /tasks`
pub(crate) async fn submit(request: &mut Request) -> Result {
    request.query::<NoQuery>()?;
    let body: SubmitRun = request.json(BODY_MAX_BYTES).await?;
    let idempotency_key = idempotency_key(&body, request.header("idempotency-key"))?;
    let store = store()?;
    let now = time::now_ms();
    let task = store
        .task(&body.task_name)
        .map_err(store_failed)?
        .ok_or_else(|| no_task(&body.task_name))?;
    let run_at = run_at(&body, now)?;
    let timeout_ms = task.timeout_ms;
    let input = input(&body.input, task.input_schema.as_deref(), &task.name)?;
    let version = TaskRef {
        name: task.name,
        version: task.version,
    };
    if let Some(key) = &body.concurrency_key {
        check_concurrency_key(key)?;
    }
    let mut terms = terms(
        &store,
        &version,
        &given(&input, task.input_schema.as_deref())?,
        body.concurrency_key.as_deref(),
    )?;
    terms.key_expires_at = now + key_life()?;
    if let Some(wishes) = &body.retry {
        terms.retry = run_retry(&wishes.on(run_policy()?)?, true);
    }
    if let Some(number) = body.priority {
        terms.priority = priority(number)?;
    }
    let id = new_run_id();
    let run = NewRun {
        id,
        webhook: webhook(&body)?,
        trace: Some(trace(id, request.header("traceparent"))),
        frame: new_stack_run_id(),
        input,
        deadline: deadline(&body, timeout_ms, run_at.unwrap_or(now))?,
        run_at,
        retry_of: None,
        task: version,
        terms,
        idempotency_key,
        schedule: None,
    };
    match store.submit(&run, now).map_err(store_failed)? {
        Submission::Created => Ok(accepted(run.id, RunStatus::Queued)?.with_after(After::Drain)),
        Submission::Existing(run) => accepted(run.id, run.status),
        Submission::Conflict(id) => Err(Problem::new(
            ErrorCode::IdempotencyConflict,
            format!(
                "this key was used with another input, or its run was deleted; it made the run `{id}`"
            ),
        )),
    }
}

/// `POST /runs/{id}/retry`
pub(crate) fn retry(request: &Request) -> Result {
    request.query::<NoQuery>()?;
    let id = request.run_id()?;
    let store = store()?;
    let ended = store
        .run(id)
        .map_err(store_failed)?
        .ok_or_else(|| no_run(id))?;
    if !ended.status.is_terminal() {
        let detail = format!("the run `{id}` has not ended yet");
        return Err(Problem::new(ErrorCode::RunNotFinished, detail));
    }
    let (new, _) = again(&store, ended, None, request.header("traceparent"))?;
    Ok(accepted(new, RunStatus::Queued)?.with_after(After::Drain))
}

/// Submits a run that has ended again. With a key that was used before, no run is made.
pub(crate) fn again(
    store: &HostStore,
    ended: Run,
    idempotency_key: Option<String>,
    traceparent: Option<&str>,
) -> Result<(RunId, Submission)> {
    let now = time::now_ms();
    let begin = ended.run_at.unwrap_or(ended.created_at);
    let task = TaskRef {
        name: ended.task,
        version: ended.version,
    };
    let terms = RunTerms {
        slot: store.slot(ended.id).map_err(store_failed)?,
        priority: ended.priority,
        retry: ended.retry,
        key_expires_at: now + key_life()?,
        ..terms(store, &task, &ended.input, None)?
    };
    let new = new_run_id();
    let run = NewRun {
        id: new,
        webhook: store
            .webhook(ended.id)
            .map_err(store_failed)?
            .map(|webhook| webhook.url),
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
    let submitted = store.submit(&run, now).map_err(store_failed)?;
    Ok((new, submitted))
}

/// The terms of a task's run, by what its code says and what it is [given](given).
pub(crate) fn terms(
    store: &HostStore,
    task: &TaskRef,
    given: &str,
    key: Option<&str>,
) -> Result<RunTerms> {
    let settings = store.task_settings(task).map_err(store_failed)?;
    let slot = match (settings.concurrency, key) {
        (None, None) => None,
        (None, Some(_)) => return Err(concurrency_unlimited(&task.name)),
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

/// How a run is begun again if neither its task nor whoever submits it says anything.
fn run_policy() -> Result<Policy> {
    Ok(Policy {
        attempts: config::number("run_attempts").map_err(internal)?,
        ..services::retry_policy().map_err(internal)?
    })
}

fn run_retry(policy: &Policy, any: bool) -> RunRetry {
    policy.of_run(any, || {
        let [random] = random();
        random
    })
}

/// How long an idempotency key lives at least (ms).
fn key_life() -> Result<i64> {
    let days: u32 = config::number("idempotency_days").map_err(internal)?;
    Ok(i64::from(days) * 86_400_000)
}

pub(crate) fn accepted(id: RunId, status: RunStatus) -> Result {
    let submitted = Submitted {
        task_run_id: id,
        status,
    };
    Ok(Answer::json(202, &submitted)?.with_header("location", format!("/tasks/status/{id}")))
}

/// Who is told of the run's end: whom the body says, or else the app's setting.
fn webhook(body: &SubmitRun) -> Result<Option<String>> {
    let url = match &body.webhook {
        Some(target) => target.url.clone(),
        None => config::text("webhook_url").map_err(internal)?,
    };
    if url.is_empty() && body.webhook.is_none() {
        return Ok(None);
    }
    let hosts = config::text("webhook_hosts").map_err(internal)?;
    match allowed(&url, &hosts) {
        Ok(_) => Ok(Some(url)),
        Err(error) => Err(Problem::new(
            ErrorCode::WebhookInvalid,
            format!("the webhook: {}", error.error.message),
        )),
    }
}

/// The run's span in the trace of the request, or in a trace of its own. As the standard says, a
/// header that cannot be read counts as none.
fn trace(run: RunId, header: Option<&str>) -> TraceParent {
    match header.and_then(|header| header.parse::<TraceParent>().ok()) {
        Some(parent) => parent.child(&run.to_string()),
        None => TraceParent::of_run(run),
    }
}

/// The key of the body or of the header, which must be the same if both are there.
fn idempotency_key(body: &SubmitRun, header: Option<&str>) -> Result<Option<String>> {
    let key = match (body.idempotency_key.as_deref(), header) {
        (Some(body), Some(header)) if body != header => {
            let detail = "`idempotencyKey` and the header `Idempotency-Key` differ";
            return Err(Problem::new(ErrorCode::BadRequest, detail));
        }
        (body, header) => body.or(header),
    };
    key.map(|key| check_idempotency_key(key).map(|()| key.to_owned()))
        .transpose()
}

/// The input as it was sent, in its compact form, so that the same input is the same text, if it fits the schema.
/// A task that takes no `null` gets an empty object for it, as it does without an input.
pub(crate) fn input(given: &RawJson, schema: Option<&str>, task: &str) -> Result<Json> {
    let malformed = |error| Problem::new(ErrorCode::BadRequest, format!("the input: {error}"));
    let mut value: Value = given.read().map_err(malformed)?;
    let schema = read_schema(schema)?;
    if value.is_null() && !schema.as_ref().is_none_or(Schema::takes_null) {
        value = Value::Object(serde_json::Map::new());
    }
    let text = value.to_string();
    if text.len() > INPUT_MAX_BYTES {
        let detail = format!("the input may have {INPUT_MAX_BYTES} bytes at most");
        return Err(Problem::new(ErrorCode::BodyTooLarge, detail));
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

fn too_large(_: DefaultsTooLarge) -> Problem {
    let detail = format!("the defaults of the input have more than {DEFAULTS_MAX_BYTES} bytes");
    Problem::new(ErrorCode::BodyTooLarge, detail)
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
    Err(Problem::input_invalid(task, errors.collect()))
}
