//! Decodes what is stored of a run's VMs.

use tasker_api::{Cursor, INSPECT_MAX, InspectQuery, Inspection, parse_cursor};
use tasker_domain::StackRunId;
use tasker_domain::wire::InspectRequest;

use crate::endpoint::*;
use crate::{doctor, records};

pub(crate) struct Handler;

impl Endpoint for Handler {
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/runs/{id}/inspect";
    const NEEDS: Needs = Needs::To(Right::SeeRuns, Of::Run);
    const ID: &'static str = "inspectRun";
    const TAG: &'static str = "runs";
    const SUMMARY: &'static str = "Decodes what is stored of a run's sleeping VMs";
    const ANSWERS: Answers = &[(
        StatusCode::OK,
        "Its frames, with the place of each call that they wait for",
    )];
    const PROBLEMS: Problems = &[RunNotFound, ExecutorUnavailable];

    type Path = RunId;
    type Query = FramesAfter;
    type Body = Nothing;
    type Answer = Json<Inspection>;

    async fn handle(call: Call<Self>) -> Answered<Self> {
        let (run, FramesAfter(after)) = (call.path, call.query);
        records::mark(&store()?, run)?;
        let reply = doctor::inspect(&InspectRequest {
            run: Some(run),
            after,
            limit: INSPECT_MAX,
            repair: false,
        })
        .await?;
        let next = reply.next.map(|id| Cursor(id).to_string());
        Answer::ok(&Inspection::of(run, reply, next))
    }
}

/// Only frames after this one.
pub(crate) struct FramesAfter(Option<StackRunId>);

impl QueryParams for FramesAfter {
    type Query = InspectQuery;

    fn check(query: InspectQuery) -> Result<Self> {
        Ok(Self(parse_cursor(query.cursor.as_deref())?))
    }
}
