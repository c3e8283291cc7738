//! What came of a call.

use serde::Deserialize;
use serde_json::Value;
use tasker_sandbox::Sandbox;
use tasker_sandbox::record::Recorded;

/// Stands for the sandbox's address, which differs from one to the next.
const ADDRESS: &str = "sandbox.example.com";

/// What came of a call: the requests that the sandbox saw, and a value or an error.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Outcome {
    pub(super) requests: Vec<Recorded>,
    #[serde(default)]
    pub(super) value: Option<Value>,
    #[serde(default)]
    pub(super) error: Option<Value>,
}

impl Outcome {
    /// Those that a client's script wrote.
    pub(super) fn all(text: &[u8], sandbox: &Sandbox) -> Vec<Self> {
        let text = String::from_utf8_lossy(text);
        serde_json::from_str(&placeless(&text, sandbox)).expect("outcomes")
    }

    /// That of a task which gives `{ value }` or `{ error }`.
    pub(super) fn of_task(result: &Value, requests: Vec<Recorded>, sandbox: &Sandbox) -> Self {
        let requests = serde_json::to_string(&requests).expect("requests are JSON");
        let part = |name: &str| {
            let part = result.get(name)?.to_string();
            serde_json::from_str(&placeless(&part, sandbox)).ok()
        };
        Self {
            requests: serde_json::from_str(&placeless(&requests, sandbox)).expect("requests"),
            value: part("value"),
            error: part("error"),
        }
    }
}

fn placeless(text: &str, sandbox: &Sandbox) -> String {
    let address = sandbox.url().trim_start_matches("http://");
    text.replace(address, ADDRESS)
        .replace(&address.replace(':', "%3A"), ADDRESS)
}
