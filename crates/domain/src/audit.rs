//! What the holders of keys do through the API.

use crate::Json;

/// A deed, done or refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deed {
    /// When it was done.
    pub at: i64,
    /// The name of the key, or of the setting that gives it.
    pub key: String,
    /// Tells keys apart that had the same name; `None`: a token of the settings.
    pub key_id: Option<String>,
    /// The address that the request came from.
    pub client: String,
    /// What was done: the name of the call in the API's contract.
    pub action: String,
    /// What it was done to.
    pub target: String,
    /// Why it was not done: an error code; `None`: it was done.
    pub code: Option<String>,
    /// What else is worth knowing: a JSON object. No value, input or secret is in it.
    pub detail: Option<Json>,
}

/// A deed as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotedDeed {
    /// The order in which deeds were noted first.
    pub seq: u64,
    /// The deed; of several the last.
    pub deed: Deed,
    /// How many like it there were: refusals of one key, action and code within an hour are counted together.
    pub times: u64,
}
