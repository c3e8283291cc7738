//! Looks at everything.

use tasker_api::Diagnosis;

use crate::doctor::{Unmoved, diagnosis};
use crate::endpoint::*;

pub(crate) struct Handler;

impl Endpoint for Handler {
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/doctor";
    const NEEDS: Needs = Needs::To(Right::Diagnose, Of::AllTasks);
    const ID: &'static str = "diagnose";
    const TAG: &'static str = "system";
    const SUMMARY: &'static str = "Looks at everything: parts, damage, and what runs wait for";
    const ANSWERS: Answers = &[(StatusCode::OK, "What was found, whatever it is")];
    const STORED: bool = false;

    type Path = ();
    type Query = Unmoved;
    type Body = Nothing;
    type Answer = Json<Diagnosis>;

    async fn handle(call: Call<Self>) -> Answered<Self> {
        Answer::ok(&diagnosis(call.query).await)
    }
}
