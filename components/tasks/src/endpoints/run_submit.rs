//! Runs a task.

use http::header::LOCATION;
use tasker_api::{Allowed, PublicToken, ReadRun, Run, SubmitRun, Submitted, check_idempotency_key};
use tasker_domain::RunStatus;
use tasker_engine::submission::{Wanted, check_room, submit, webhook};
use tasker_host::{HostStore, Spin};
use tasker_store::Submitted as Submission;
use utoipa::openapi::ComponentsBuilder;

use crate::content::{Content, Described};
use crate::endpoint::*;
use crate::public_token::Maker;
use crate::submit::{accepted, place};
use crate::wait::{Wait, watched};
use crate::{records, system};

pub(crate) struct Handler;

impl Endpoint for Handler {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/tasks";
    const NEEDS: Needs = Needs::Public(Right::Submit, Of::Asked, Act::Submit);
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
    const ANSWERS: Answers = &[
        (
            StatusCode::ACCEPTED,
            "The run is accepted and durable, or was before; `Location` is where to ask for it",
        ),
        (StatusCode::OK, "With `wait`: the run, ended or not"),
    ];
    const PROBLEMS: Problems = &[
        TaskNotFound,
        IdempotencyConflict,
        InputInvalid,
        TimeInvalid,
        PriorityInvalid,
        ConcurrencyInvalid,
        RetryInvalid,
        TagsInvalid,
        WebhookInvalid,
        QueueFull,
        DatabaseLimit,
    ];

    type Path = ();
    type Query = Wait;
    type Body = Json<SubmitRun>;
    type Answer = AcceptedOrShown;

    async fn handle(call: Call<Self>) -> Answered<Self> {
        let access = call.access()?;
        let (request, body, wait) = (call.request, call.body, call.query);
        if wait.is_wanted() {
            may_wait(&access, &body)?;
        }
        let key = idempotency_key(&body, request.header("idempotency-key"))?;
        let (body, idempotency_key) = admitted(&access, body, key)?;
        let maker = body.public_token.as_ref();
        let maker = maker.map(|wanted| Maker::of(&access, wanted.expires_in_seconds));
        let maker = maker.transpose()?;
        let store = store()?;
        let now = time::now_ms();
        let task = records::task(&store, &body.task_name)?;
        check_room(&Spin, &store, &task.name)?;
        let told = body.webhook.as_ref().map(|target| target.url.clone());
        let wanted = Wanted::of(&Spin, task, body, now)?;
        let wanted = Wanted {
            webhook: webhook(&Spin, told.as_deref())?,
            traceparent: request.header("traceparent").map(str::to_owned),
            idempotency_key,
            // A token for one run makes one, however short other keys live.
            key_until: access.token.as_ref().map(PublicToken::expires_at),
            ..wanted
        };
        let (id, submitted) = submit(&Spin, &store, wanted, now)?;
        let reader = |run_id| {
            let made = maker.map(|maker| maker.make(Allowed::Read(ReadRun { run_id })));
            made.transpose().map(|made| made.map(|(_, text)| text))
        };
        match submitted {
            Submission::Created if wait.is_wanted() => ended(store, id, wait).await,
            Submission::Existing(run) if wait.is_wanted() => ended(store, run.id, wait).await,
            Submission::Created => {
                let answer = accepted(id, RunStatus::Queued, reader(id)?)?;
                Ok(answer.with_after(After::Drain).of())
            }
            Submission::Existing(run) => Ok(accepted(run.id, run.status, reader(run.id)?)?.of()),
            Submission::Conflict(id) => Err(Error::new(
                IdempotencyConflict,
                format!(
                    "this key was used with another input, or its run was deleted; it made the \
                     run `{id}`"
                ),
            )),
            Submission::TooMany => Err(internal("a client has no bound of runs to start")),
        }
    }
}

/// The answer: the run as far as it is, if the client waits for it.
pub(crate) struct AcceptedOrShown;

impl Content for AcceptedOrShown {
    fn content(status: StatusCode) -> Described {
        match status {
            StatusCode::OK => Json::<Run>::content(status),
            _ => Json::<Submitted>::content(status),
        }
    }

    fn add_schemas(components: ComponentsBuilder) -> ComponentsBuilder {
        Json::<Run>::add_schemas(Json::<Submitted>::add_schemas(components))
    }
}

/// Whoever waits for a run is shown it.
fn may_wait(access: &Access, body: &SubmitRun) -> Result<()> {
    if access.token.is_some() || body.public_token.is_some() {
        let detail = "`wait` shows the run, which a public token does not: submit without it, and \
                      wait with `GET /runs/{id}`";
        return Err(Error::new(BadRequest, detail));
    }
    access.check(Needs::To(Right::SeeRun, Of::Nothing), &[])
}

/// Waits until the run has ended or the time is up; meanwhile a drainer is at it.
async fn ended(store: HostStore, id: RunId, wait: Wait) -> Result<Answer<AcceptedOrShown>> {
    let mut watched = watched(store);
    let drained = system::drain_for(id);
    wait.until_ended(&mut watched, id, drained).await?;
    let store = watched.store()?;
    let run = records::run(store, id)?;
    let after = match run.status.is_terminal() {
        true => After::Nothing,
        // A drainer that was asked beside the waiting may not have heard of it.
        false => After::Drain,
    };
    let run = Run::of(run, store.webhook(id)?).map_err(internal)?;
    let answer = Answer::ok(&run)?.with_header(LOCATION, &place(id));
    Ok(answer.with_after(after).of())
}

/// What the caller may submit of what is asked, and its idempotency key.
fn admitted(
    access: &Access,
    asked: SubmitRun,
    key: Option<String>,
) -> Result<(SubmitRun, Option<String>)> {
    match &access.token {
        Some(token) => Ok(token.submission(asked, key.as_deref())?),
        None => {
            access.task(&asked.task_name)?;
            if asked.public_token.is_some() {
                access.check(Needs::To(Right::SeeRun, Of::Nothing), &[])?;
            }
            Ok((asked, key))
        }
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
