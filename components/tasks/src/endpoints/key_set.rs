//! Stores a value.

use serde_json::json;
use tasker_api::SetKey;

use crate::audit;
use crate::endpoint::*;
use crate::keys::{KeyAddress, ask_keystore};

pub(crate) struct Handler;

impl Endpoint for Handler {
    const METHOD: Method = Method::PUT;
    const PATH: &'static str = "/keys/{namespace}/{key}";
    const NEEDS: Needs = Needs::To(Right::KeepValues, Of::Namespace);
    const ID: &'static str = "setKey";
    const TAG: &'static str = "keys";
    const SUMMARY: &'static str = "Stores a value, encrypted";
    const AUDITED: bool = true;
    const ANSWERS: Answers = &[(StatusCode::NO_CONTENT, "It is stored")];
    const PROBLEMS: Problems = &[KeystoreFull, ServiceUnavailable];
    const STORED: bool = false;

    type Path = KeyAddress;
    type Query = ();
    type Body = Json<SetKey>;
    type Answer = Nothing;

    async fn handle(call: Call<Self>) -> Answered<Self> {
        let (KeyAddress { namespace, key }, body) = (call.path, call.body);
        audit::detail(&json!({ "secret": body.secret, "hosts": body.hosts }));
        let options = json!({ "secret": body.secret, "hosts": body.hosts });
        ask_keystore("set", &(namespace, key, &body.value, options)).await?;
        Ok(Answer::nothing())
    }
}
