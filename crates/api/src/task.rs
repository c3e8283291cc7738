//! Published tasks.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use crate::{RawJson, Timestamp};

/// `PUT /tasks/{name}`: a task file and the modules packed with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PublishTask {
    /// The source of the task file.
    #[schema(example = "module.exports = async function execute(input) { return input }")]
    pub code: String,
    /// The sources of the modules that it requires, by path relative to the task file's folder.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub modules: BTreeMap<String, String>,
    /// The keystore's namespaces that the task may use, as patterns with `*`; absent: what its
    /// `@keystore` says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keystore: Option<Vec<String>>,
    /// The tasks that it may call and start, as patterns; absent: what its `@calls` says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calls: Option<Vec<String>>,
    /// The events that it may wait for, as patterns; absent: what its `@hears` says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hears: Option<Vec<String>>,
}

impl PublishTask {
    /// The version that this code is: a hash of it and of its modules, 32 hexadecimal digits.
    #[must_use]
    pub fn version(&self) -> String {
        // Lengths stand before the texts, so that no two programs give the same bytes.
        let mut hash = Sha256::new();
        let mut add = |text: &str| {
            hash.update((text.len() as u64).to_le_bytes());
            hash.update(text);
        };
        add(&self.code);
        for (path, source) in &self.modules {
            add(path);
            add(source);
        }
        hash.finalize()[..16]
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }
}

/// What publishing did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Change {
    /// The task is new.
    Created,
    /// Another version was current before.
    Updated,
    /// This very version was current already.
    Unchanged,
}

/// The answer to publishing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PublishedTask {
    /// The task's name.
    pub name: String,
    /// Hash of code and modules: 32 hexadecimal digits.
    pub version: String,
    /// From `@description`.
    #[schema(required = true)]
    pub description: Option<String>,
    /// JSON Schema (2020-12) of the input, from `@param`; `null` takes any input.
    #[schema(required = true, value_type = Option<Object>)]
    pub input_schema: Option<RawJson>,
    /// The keystore's namespaces that the task may use; `null`: it declares none, so the app's
    /// default counts.
    #[serde(default)]
    #[schema(required = true)]
    pub keystore: Option<Vec<String>>,
    /// The only tasks that it may call and start, besides itself; `null`: it does not say, so those of its publisher.
    #[serde(default)]
    #[schema(required = true)]
    pub calls: Option<Vec<String>>,
    /// The only events that it may wait for; `null`: all.
    #[serde(default)]
    #[schema(required = true)]
    pub hears: Option<Vec<String>>,
    /// What it may do that the version before could not.
    #[serde(default)]
    pub added: Added,
    /// The names of the schedules that it declares.
    #[serde(default)]
    pub schedules: Vec<String>,
    /// What publishing did.
    pub change: Change,
}

/// What a version may do that the one before it could not; of a new task, all that it may.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Added {
    /// Namespaces of the keystore, as patterns.
    pub keystore: Vec<String>,
    /// Tasks that it calls and starts, as patterns; `*`: it does not say.
    pub calls: Vec<String>,
    /// Events that it waits for, as patterns; `*`: it does not say.
    pub hears: Vec<String>,
}

/// A published task in a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TaskSummary {
    /// The task's name.
    pub name: String,
    /// Hash of code and modules: 32 hexadecimal digits.
    pub version: String,
    /// From `@description`.
    #[schema(required = true)]
    pub description: Option<String>,
    /// JSON Schema (2020-12) of the input, from `@param`; `null` takes any input.
    #[schema(required = true, value_type = Option<Object>)]
    pub input_schema: Option<RawJson>,
    /// When this version was first published.
    pub created_at: Timestamp,
}

/// `GET /tasks/{name}`: a published task with its sources.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Task {
    /// The task's name.
    pub name: String,
    /// Hash of code and modules: 32 hexadecimal digits.
    pub version: String,
    /// From `@description`.
    #[schema(required = true)]
    pub description: Option<String>,
    /// JSON Schema (2020-12) of the input, from `@param`; `null` takes any input.
    #[schema(required = true, value_type = Option<Object>)]
    pub input_schema: Option<RawJson>,
    /// The keystore's namespaces that the task may use; `null`: it declares none, so the app's
    /// default counts.
    #[serde(default)]
    #[schema(required = true)]
    pub keystore: Option<Vec<String>>,
    /// The only tasks that it may call and start, besides itself; `null`: it does not say, so those of its publisher.
    #[serde(default)]
    #[schema(required = true)]
    pub calls: Option<Vec<String>>,
    /// The only events that it may wait for; `null`: all.
    #[serde(default)]
    #[schema(required = true)]
    pub hears: Option<Vec<String>>,
    /// What its code says of its runs.
    #[serde(default)]
    pub settings: RunSettings,
    /// When this version was first published.
    pub created_at: Timestamp,
    /// The source of the task file.
    pub code: String,
    /// The sources of its modules, by path.
    pub modules: BTreeMap<String, String>,
}

/// What a task's code says of its runs; `null`: nothing, so what is submitted or the app's setting counts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RunSettings {
    /// From `@timeout`: how long a run may take, in milliseconds.
    #[schema(required = true)]
    pub timeout_ms: Option<i64>,
    /// From `@retention`: how long a run is kept after its end, in milliseconds.
    #[schema(required = true)]
    pub retention_ms: Option<i64>,
    /// From `@priority`: -100 to 100.
    #[schema(required = true)]
    pub priority: Option<i32>,
    /// From `@concurrency`.
    #[schema(required = true)]
    pub concurrency: Option<RunLimit>,
}

/// How many runs of a task may go on at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RunLimit {
    /// So many.
    pub at_once: u32,
    /// For each value at this path of the input; `null`: of all runs of the task.
    #[schema(required = true)]
    pub per: Option<String>,
}
