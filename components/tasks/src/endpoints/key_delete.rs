//! Removes a value.

use crate::endpoint::*;
use crate::keys::{KeyAddress, ask_keystore, no_key};

pub(crate) struct Handler;

impl Endpoint for Handler {
    const METHOD: Method = Method::DELETE;
    const PATH: &'static str = "/keys/{namespace}/{key}";
    const NEEDS: Needs = Needs::To(Right::KeepValues, Of::Namespace);
    const ID: &'static str = "deleteKey";
    const TAG: &'static str = "keys";
    const SUMMARY: &'static str = "Removes a value";
    const AUDITED: bool = true;
    const ANSWERS: Answers = &[(StatusCode::NO_CONTENT, "It is removed")];
    const PROBLEMS: Problems = &[KeyNotFound, ServiceUnavailable];
    const STORED: bool = false;

    type Path = KeyAddress;
    type Query = ();
    type Body = Nothing;
    type Answer = Nothing;

    async fn handle(call: Call<Self>) -> Answered<Self> {
        let KeyAddress { namespace, key } = call.path;
        let removed = ask_keystore("delete", &(&namespace, &key)).await?;
        match removed.as_str() {
            "true" => Ok(Answer::nothing()),
            _ => Err(no_key(&namespace, &key)),
        }
    }
}
