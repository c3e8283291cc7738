//! Shows a stored value.

use tasker_api::KeyValue;

use crate::endpoint::*;
use crate::keys::{KeyAddress, ask_keystore, keys, no_key};

pub(crate) struct Handler;

impl Endpoint for Handler {
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/keys/{namespace}/{key}";
    const NEEDS: Needs = Needs::To(Right::KeepValues, Of::Namespace);
    const ID: &'static str = "showKey";
    const TAG: &'static str = "keys";
    const SUMMARY: &'static str = "Shows a stored value in clear";
    const AUDITED: bool = true;
    const ANSWERS: Answers = &[(StatusCode::OK, "The value")];
    const PROBLEMS: Problems = &[
        SecretHidden,
        KeyNotFound,
        DecryptionFailed,
        ServiceUnavailable,
    ];
    const STORED: bool = false;

    type Path = KeyAddress;
    type Query = ();
    type Body = Nothing;
    type Answer = Json<KeyValue>;

    async fn handle(call: Call<Self>) -> Answered<Self> {
        let KeyAddress { namespace, key } = call.path;
        let value = ask_keystore("get", &(&namespace, &key)).await?;
        // The service gives null for a key that is not there; a stored null is told by the list.
        if value.as_str() == "null" && !keys(&namespace).await?.contains(&key) {
            return Err(no_key(&namespace, &key));
        }
        Answer::ok(&KeyValue {
            namespace,
            key,
            value,
        })
    }
}
