//! Tells a client which key it has sent.

use tasker_api::ApiKey;

use crate::endpoint::*;

pub(crate) struct Handler;

impl Endpoint for Handler {
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/api-keys/self";
    const NEEDS: Needs = Needs::AnyKey;
    const ID: &'static str = "showOwnApiKey";
    const TAG: &'static str = "api-keys";
    const SUMMARY: &'static str = "Shows what the key of this very request is for";
    const ANSWERS: Answers = &[(StatusCode::OK, "What is known of it")];
    const STORED: bool = false;

    type Path = ();
    type Query = ();
    type Body = Nothing;
    type Answer = Json<ApiKey>;

    async fn handle(call: Call<Self>) -> Answered<Self> {
        Answer::ok(&call.access()?.about())
    }
}
