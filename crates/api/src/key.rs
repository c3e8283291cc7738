//! The keystore as an operator manages it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::RawJson;

/// `GET /keys`: a namespace that has keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct KeyNamespace {
    /// Its name.
    pub namespace: String,
    /// How many keys it has.
    pub keys: u64,
}

/// `PUT /keys/{namespace}/{key}`: stores a value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SetKey {
    /// The value that tasks get.
    pub value: RawJson,
    /// Whether it is a secret: nobody gets its value any more, but tasks may refer to it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub secret: bool,
    /// Where a secret may be sent: `api.example.com`, `*.example.com`, `http://host:port`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hosts: Vec<String>,
}

/// `POST /keys/rotate`: what a step of sealing the values under the present master key did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RotatedKeys {
    /// How many values were sealed anew.
    pub rotated: u32,
    /// Values that no key opens, as `namespace/key`; they are left as they are.
    pub unreadable: Vec<String>,
    /// Asks for the next step as `cursor`; absent when all are done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
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
