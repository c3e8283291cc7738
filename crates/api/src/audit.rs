//! The audit: what the holders of keys have done.

use serde::{Deserialize, Serialize};
use tasker_domain::ErrorCode;
use tasker_domain::audit::NotedDeed;
use utoipa::{IntoParams, ToSchema};

use crate::{RawJson, Timestamp};

/// A deed, done or refused.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Deed {
    /// When it was done, or last refused.
    pub at: Timestamp,
    /// The name of the key, or of the setting that gives it.
    #[schema(example = "ci")]
    pub key: String,
    /// Tells keys apart that have had the same name; `null` for a token of the settings.
    pub key_id: Option<String>,
    /// The address that the request came from: of the nearest proxy, if there is one.
    #[schema(example = "192.0.2.7")]
    pub client: String,
    /// The name of the call, as in `openapi.json`.
    #[schema(example = "publishTask")]
    pub action: String,
    /// What it was done to: a task, a run, a key; empty if the call names nothing.
    #[schema(example = "report")]
    pub target: String,
    /// `done`; `refused`; or `failed`, when nobody knows whether it was done.
    #[schema(example = "done")]
    pub outcome: String,
    /// Why it was refused or failed: an error code; `null` if it was done.
    pub code: Option<String>,
    /// How often: refusals of one key, call and code are counted together for an hour.
    pub times: u64,
    /// What else is worth knowing, such as what a version was granted; `null` if nothing is.
    #[schema(required = true, value_type = RawJson)]
    pub detail: Option<RawJson>,
}

/// The query of `GET /audit`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AuditQuery {
    /// Only what keys of this name did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Only these calls, named as in `openapi.json`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    /// Only what was done to this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// How many items at most: 1 to 200, else 50.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[param(minimum = 1, maximum = 200, default = 50)]
    pub limit: Option<u32>,
    /// `nextCursor` of the page before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

impl TryFrom<NotedDeed> for Deed {
    type Error = serde_json::Error;

    fn try_from(noted: NotedDeed) -> Result<Self, Self::Error> {
        let deed = noted.deed;
        Ok(Self {
            at: Timestamp::from_millis(deed.at),
            key: deed.key,
            key_id: deed.key_id,
            client: deed.client,
            action: deed.action,
            target: deed.target,
            outcome: outcome(deed.code.as_deref()).to_owned(),
            code: deed.code,
            times: noted.times,
            detail: deed.detail.map(RawJson::parse).transpose()?,
        })
    }
}

/// How a deed with this code came out.
fn outcome(code: Option<&str>) -> &'static str {
    let known = |code: &str| ErrorCode::ALL.iter().find(|known| known.as_str() == code);
    match code {
        None => "done",
        Some(code) if known(code).is_some_and(|code| code.http_status() < 500) => "refused",
        Some(_) => "failed",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_says_how_it_came_out() {
        assert_eq!(outcome(None), "done");
        assert_eq!(outcome(Some("forbidden")), "refused");
        assert_eq!(outcome(Some("run_finished")), "refused");
        for code in ["store_unavailable", "internal", "a_code_of_another_build"] {
            assert_eq!(outcome(Some(code)), "failed", "{code}");
        }
    }
}
