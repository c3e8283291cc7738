//! What a service's callers may do: the settings `<service>_policy`.
//!
//! `{"allow": ["chat.*"], "deny": ["files.delete"], "requestsPerMinute": 60, "concurrency": 4}`. Every part may be left out.

use serde::Deserialize;
use serde_json::{Map, Value};

/// The operator's policy for a service: which methods may be called, and how often.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct Policy {
    /// Patterns of the method paths that may be called; `None`: all.
    pub allow: Option<Vec<String>>,
    /// Patterns of those that may not, even if `allow` has them.
    pub deny: Vec<String>,
    /// How many calls may begin in a minute; `None`: any number.
    pub requests_per_minute: Option<u32>,
    /// How many calls may be under way at once; `None`: any number.
    pub concurrency: Option<u32>,
}

impl Policy {
    /// Reads a policy; an empty text means none.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn parse(text: &str) -> serde_json::Result<Self> {
        if text.trim().is_empty() {
            return Ok(Self::default());
        }
        // Serde would take a list for a struct, too.
        let members: Map<String, Value> = serde_json::from_str(text)?;
        serde_json::from_value(Value::Object(members))
    }

    /// Whether there is a limit that has to be counted.
    #[must_use]
    pub fn has_limits(&self) -> bool {
        self.requests_per_minute.is_some() || self.concurrency.is_some()
    }
}
