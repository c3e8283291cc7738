//! What a version of a task may reach besides the keystore: the tasks that it calls, and the events that it waits for.

use serde::{Deserialize, Serialize};

use crate::access::Permissions;

/// What a version of a task may reach; fixed when it is published.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Reach {
    /// What the key was for by which it was published.
    #[serde(skip_serializing_if = "Publisher::is_for_all")]
    pub publisher: Publisher,
    /// Patterns of the only tasks that it may call and start, besides itself; `None`: it does not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub calls: Option<Vec<String>>,
    /// Patterns of the only events that it may wait for; `None`: all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hears: Option<Vec<String>>,
    /// Whether whoever published it said which namespaces it may use, and not which tasks it may call: then it calls
    /// only tasks that may use no others.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub confined: bool,
}

/// The limits of a key by which tasks are published. Keys with the same limits are one publisher, so that a key can be exchanged.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Publisher {
    /// Patterns of the only tasks that the key is for; `None`: all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tasks: Option<Vec<String>>,
    /// Patterns of the only namespaces of the keystore that it is for; `None`: all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespaces: Option<Vec<String>>,
}

impl Publisher {
    /// Whether the key was for everything.
    #[must_use]
    pub fn is_for_all(&self) -> bool {
        self.tasks.is_none() && self.namespaces.is_none()
    }
}

impl From<&Permissions> for Publisher {
    fn from(permissions: &Permissions) -> Self {
        Self {
            tasks: permissions.tasks.clone(),
            namespaces: permissions.namespaces.clone(),
        }
    }
}
