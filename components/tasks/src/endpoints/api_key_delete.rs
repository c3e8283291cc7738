//! Revokes an API key.

use crate::endpoint::*;

pub(crate) struct Handler;

impl Endpoint for Handler {
    const METHOD: Method = Method::DELETE;
    const PATH: &'static str = "/api-keys/{name}";
    const NEEDS: Needs = Needs::To(Right::Administer, Of::Nothing);
    const ID: &'static str = "revokeApiKey";
    const TAG: &'static str = "api-keys";
    const SUMMARY: &'static str = "Revokes an API key at once";
    const AUDITED: bool = true;
    const ANSWERS: Answers = &[(StatusCode::NO_CONTENT, "Nobody is let in by it any more")];
    const PROBLEMS: Problems = &[ApiKeyNotFound];

    type Path = String;
    type Query = ();
    type Body = Nothing;
    type Answer = Nothing;

    async fn handle(call: Call<Self>) -> Answered<Self> {
        match store()?.remove_api_key(&call.path)? {
            true => Ok(Answer::nothing()),
            false => {
                let detail = format!("there is no API key `{}`", call.path);
                Err(Error::new(ApiKeyNotFound, detail))
            }
        }
    }
}
