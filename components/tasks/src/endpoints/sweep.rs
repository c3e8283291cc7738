//! Has the queue swept.

use tasker_api::SweepReport;

use crate::endpoint::*;
use crate::system::sweep_now;

pub(crate) struct Handler;

impl Endpoint for Handler {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/sweep";
    const NEEDS: Needs = Needs::To(Right::Sweep, Of::Nothing);
    const ID: &'static str = "sweep";
    const TAG: &'static str = "system";
    const SUMMARY: &'static str =
        "Repairs the queue after lost executors, and has what is due worked on";
    const ANSWERS: Answers = &[(StatusCode::OK, "What was done")];
    const PROBLEMS: Problems = &[ExecutorUnavailable];
    const STORED: bool = false;

    type Path = ();
    type Query = ();
    type Body = Nothing;
    type Answer = Json<SweepReport>;

    async fn handle(_: Call<Self>) -> Answered<Self> {
        Answer::ok(&sweep_now().await?)
    }
}
