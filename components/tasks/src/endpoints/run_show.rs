//! Shows a run.

use std::future::pending;

use tasker_api::{PublicRun, Run};

use crate::endpoint::*;
use crate::records;
use crate::wait::{Wait, watched};

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
        let (id, wait) = (call.path, call.query);
        let mut watched = watched(store()?);
        wait.until_ended(&mut watched, id, pending()).await?;
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
