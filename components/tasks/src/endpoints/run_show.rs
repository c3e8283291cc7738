//! Shows a run.

use std::time::{Duration, Instant};

use tasker_api::{PublicRun, Run, WaitQuery, wait_limit};

use crate::endpoint::*;
use crate::records;
use crate::watched::Watched;

/// While a client waits for a run's end, the run is looked at this often at least.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

pub(crate) struct Handler;

impl Endpoint for Handler {
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/tasks/status/{taskRunId}";
    const ALIAS: Option<&'static str> = Some("/runs/{id}");
    const NEEDS: Needs = Needs::Public(Right::SeeRun, Of::Run, Act::Read);
    const ID: &'static str = "showRun";
    const TAG: &'static str = "runs";
    const SUMMARY: &'static str = "Shows a run; waits for its end if asked to";
    const ANSWERS: Answers = &[(
        StatusCode::OK,
        "The run, ended or not; to a public token a PublicRun",
    )];
    const PROBLEMS: Problems = &[RunNotFound];
    const SCHEMAS: Schemas = &[add_schema::<PublicRun>];

    type Path = RunId;
    type Query = Wait;
    type Body = Nothing;
    type Answer = Json<Run>;

    async fn handle(call: Call<Self>) -> Answered<Self> {
        let is_public = call.access()?.token.is_some();
        let (id, Wait(limit)) = (call.path, call.query);
        let deadline = Instant::now() + limit;
        let mut watched = Watched::new(store()?, LONGEST_PAUSE);
        until_ended(&mut watched, id, deadline).await?;
        let store = watched.store()?;
        let run = records::run(store, id)?;
        let after = match run.status.is_terminal() {
            true => After::Nothing,
            false => After::SweepIfDue,
        };
        let answer = match is_public {
            true => Answer::ok(&PublicRun::of(run).map_err(internal)?)?.of(),
            false => Answer::ok(&Run::of(run, store.webhook(id)?).map_err(internal)?)?,
        };
        Ok(answer.with_after(after))
    }
}

/// How long to wait for the run's end.
pub(crate) struct Wait(Duration);

impl QueryParams for Wait {
    type Query = WaitQuery;

    fn check(query: WaitQuery) -> Result<Self> {
        Ok(Self(wait_limit(query.wait)?))
    }
}

/// Waits until a run has ended or the time is up. Input and result of a run may be large, so this reads
/// only how far it is.
async fn until_ended(watched: &mut Watched, id: RunId, deadline: Instant) -> Result<()> {
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() || records::mark(watched.store()?, id)?.status.is_terminal() {
            return Ok(());
        }
        watched.pause(left).await;
    }
}
