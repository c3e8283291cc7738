//! Tells that the API answers.

use tasker_api::Health;

use crate::endpoint::*;

pub(crate) struct Handler;

impl Endpoint for Handler {
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/health";
    const NEEDS: Needs = Needs::Nothing;
    const ID: &'static str = "health";
    const TAG: &'static str = "system";
    const SUMMARY: &'static str = "Tells that the API answers";
    const ANSWERS: Answers = &[(StatusCode::OK, "It does")];
    const STORED: bool = false;

    type Path = ();
    type Query = ();
    type Body = Nothing;
    type Answer = Json<Health>;

    async fn handle(_: Call<Self>) -> Answered<Self> {
        Answer::ok(&Health {
            status: "ok".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        })
    }
}
