//! The contracts between the wrapped services and the one component that holds the master key.
//!
//! Each is `POST` to a private route of `wrappedkeystore`; the answer is `Result<…, ServiceError>` as
//! JSON. Nothing outside the app reaches these routes, and no task chooses their path.

use serde::{Deserialize, Serialize};

use crate::{Path, RunId};

/// Names a value of the keystore.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct KeyName {
    /// Its namespace.
    pub namespace: String,
    /// Its key.
    pub key: String,
}

impl std::fmt::Display for KeyName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.namespace, self.key)
    }
}

/// `POST /resolve`: the texts of secrets that a request to `origin` needs. Answers `Vec<String>` in the
/// order of `names`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resolve {
    /// The run that refers to them.
    pub run: RunId,
    /// The frame that does; `None`: an operator.
    pub frame: Option<Path>,
    /// Where they will be sent: scheme, host and port, such as `https://api.example.com:443`.
    pub origin: String,
    /// Which.
    pub names: Vec<KeyName>,
}

/// `POST /shared`: one step with a value that the instances of a service share. Answers
/// [`SharedAnswer`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SharedRequest {
    /// Whose value it is.
    pub service: String,
    /// Which.
    pub key: String,
    /// Names the one who asks.
    pub token: String,
    /// What to do.
    pub step: SharedStep,
}

/// A step with a shared value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum SharedStep {
    /// Give it, or the right to make it.
    Take {
        /// How long that right lasts.
        lease_ms: i64,
    },
    /// Here it is.
    Put {
        /// The value.
        value: serde_json::Value,
        /// For how many milliseconds it is fresh: a span, since clocks differ.
        fresh_ms: i64,
    },
    /// It could not be made.
    GiveUp,
    /// It is of no use any more, if it still is of this revision.
    Forget {
        /// As [`SharedAnswer::Fresh`] or [`SharedAnswer::Done`] told it.
        revision: i64,
    },
}

/// The answer to a step with a shared value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum SharedAnswer {
    /// It is fresh.
    Fresh {
        /// The value.
        value: serde_json::Value,
        /// Counts the values of the key.
        revision: i64,
    },
    /// The caller must make it.
    Make,
    /// Another is making it.
    Wait {
        /// When the other's right expires.
        ms: i64,
    },
    /// The step is done.
    Done {
        /// The revision of the value that was put, if one was.
        revision: Option<i64>,
    },
}

/// `POST /rotate`: seals the next values under the present master key. Answers [`Rotated`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rotate {
    /// Those after this name; `None`: from the first.
    pub after: Option<KeyName>,
}

/// What one step of a rotation did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rotated {
    /// Values that were sealed anew.
    pub rotated: u32,
    /// Values that no known key opens; they were left as they are.
    pub unreadable: Vec<KeyName>,
    /// Where to go on; `None`: that was all.
    pub next: Option<KeyName>,
}
