//! The keystore as an operator manages it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::RawJson;

/// `PUT /keys/{namespace}/{key}`: stores a value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SetKey {
    /// The value that tasks get.
    pub value: RawJson,
}

/// `GET /keys/{namespace}/{key}`: a stored value in clear.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct KeyValue {
    /// The namespace.
    pub namespace: String,
    /// The key.
    pub key: String,
    /// The value that tasks get.
    pub value: RawJson,
}
