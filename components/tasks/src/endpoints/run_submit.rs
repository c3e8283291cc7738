//! Runs a task.

use tasker_api::{
    SubmitRun, Submitted, check_concurrency_key, check_idempotency_key, deadline, priority, run_at,
};
use tasker_domain::RunStatus;
use tasker_host::{config, new_run_id, new_stack_run_id};
use tasker_service::webhook::allowed;
use tasker_settings::{CHAINING_DOMAIN, WEBHOOK_HOSTS, WEBHOOK_URL};
use tasker_store::{NewRun, Submitted as Submission, TaskRef};

use crate::endpoint::*;
use crate::records;
use crate::submit::{accepted, given, input, key_life, run_policy, run_retry, terms, trace};

pub(crate) struct Handler;

impl Endpoint for Handler {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/tasks";
    const NEEDS: Needs = Needs::To(Right::Submit, Of::Asked);
    const ID: &'static str = "submitRun";
    const TAG: &'static str = "runs";
    const SUMMARY: &'static str = "Runs a task";
    const HEADERS: &'static [(&'static str, &'static str)] = &[
        (
            "Idempotency-Key",
            "The same as `idempotencyKey` in the body",
        ),
        (
            "traceparent",
            "W3C trace context: the run becomes a span of this trace",
        ),
    ];
    const ANSWERS: Answers = &[(
        StatusCode::ACCEPTED,
        "The run is accepted and durable, or was before; `Location` is where to ask for it",
    )];
    const PROBLEMS: Problems = &[
        TaskNotFound,
        IdempotencyConflict,
        InputInvalid,
        TimeInvalid,
        PriorityInvalid,
        ConcurrencyInvalid,
        RetryInvalid,
        WebhookInvalid,
    ];

    type Path = ();
    type Query = ();
    type Body = Json<SubmitRun>;
    type Answer = Json<Submitted>;

    async fn handle(call: Call<Self>) -> Answered<Self> {
        call.access()?.task(&call.body.task_name)?;
        let (request, body) = (call.request, call.body);
        let idempotency_key = idempotency_key(&body, request.header("idempotency-key"))?;
        let store = store()?;
        let now = time::now_ms();
        let task = records::task(&store, &body.task_name)?;
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
        match store.submit(&run, now)? {
            Submission::Created => {
                Ok(accepted(run.id, RunStatus::Queued)?.with_after(After::Drain))
            }
            Submission::Existing(run) => accepted(run.id, run.status),
            Submission::Conflict(id) => Err(Error::new(
                IdempotencyConflict,
                format!(
                    "this key was used with another input, or its run was deleted; it made the \
                     run `{id}`"
                ),
            )),
        }
    }
}

/// Who is told of the run's end: whom the body says, or else the app's setting.
fn webhook(body: &SubmitRun) -> Result<Option<String>> {
    let url = match &body.webhook {
        Some(target) => target.url.clone(),
        None => config::read(&WEBHOOK_URL).map_err(internal)?,
    };
    if url.is_empty() && body.webhook.is_none() {
        return Ok(None);
    }
    let hosts = config::read(&WEBHOOK_HOSTS).map_err(internal)?;
    let chaining_domain = config::read(&CHAINING_DOMAIN).map_err(internal)?;
    match allowed(&url, &hosts, &chaining_domain) {
        Ok(_) => Ok(Some(url)),
        Err(error) => Err(Error::new(
            WebhookInvalid,
            format!("the webhook: {}", error.error.message),
        )),
    }
}

/// The key of the body or of the header, which must be the same if both are there.
fn idempotency_key(body: &SubmitRun, header: Option<&str>) -> Result<Option<String>> {
    let key = match (body.idempotency_key.as_deref(), header) {
        (Some(body), Some(header)) if body != header => {
            let detail = "`idempotencyKey` and the header `Idempotency-Key` differ";
            return Err(Error::new(BadRequest, detail));
        }
        (body, header) => body.or(header),
    };
    if let Some(key) = key {
        check_idempotency_key(key)?;
    }
    Ok(key.map(str::to_owned))
}
