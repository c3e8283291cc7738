//! Lists the API keys.

use tasker_api::{ApiKey, Cursor};

use crate::endpoint::*;

pub(crate) struct Handler;

impl Endpoint for Handler {
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/api-keys";
    const NEEDS: Needs = Needs::To(Right::Administer, Of::Nothing);
    const ID: &'static str = "listApiKeys";
    const TAG: &'static str = "api-keys";
    const SUMMARY: &'static str = "Lists the API keys by name, never the keys themselves";
    const ANSWERS: Answers = &[(StatusCode::OK, "A page of keys")];

    type Path = ();
    type Query = Paging<String>;
    type Body = Nothing;
    type Answer = List<ApiKey>;

    async fn handle(call: Call<Self>) -> Answered<Self> {
        let Paging { limit, after } = call.query;
        let page = store()?.api_keys(after.as_deref(), limit)?;
        let next_cursor = page.next_after().map(|last| Cursor(&last.name).to_string());
        Answer::page(page.items, next_cursor)
    }
}
