//! Faults to order: the next requests that match fail in the way asked for.

use std::sync::Mutex;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::reply::{Body, Reply};
use crate::request::Request;
use crate::world::lock;

/// A fault to order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Fault {
    /// Only requests with this method; any if missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// Only requests whose path begins so; any if empty.
    #[serde(default)]
    pub path: String,
    /// How many requests it strikes.
    #[serde(default = "once")]
    pub count: u32,
    /// What happens to them.
    #[serde(flatten)]
    pub kind: Kind,
}

fn once() -> u32 {
    1
}

/// What happens to a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "kind",
    rename_all = "kebab-case",
    rename_all_fields = "camelCase"
)]
pub enum Kind {
    /// An answer with this status, such as 429 or 500, and an error as JSON.
    Status {
        /// The HTTP status.
        status: u16,
        /// The `Retry-After` header: seconds or an HTTP date.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_after: Option<String>,
        /// The body instead of the usual one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        body: Option<String>,
    },
    /// The right answer, but so late.
    Slow {
        /// Milliseconds.
        delay_ms: u64,
    },
    /// The connection is cut before anything is answered.
    Cut,
    /// The connection is cut in the middle of the answer.
    CutBody,
    /// An answer with status 200 that claims to be JSON and is not.
    BadJson,
    /// Status 401, as for an access token whose time is over.
    ExpiredToken,
    /// Status 200 and a body of many bytes.
    Huge {
        /// How many.
        bytes: usize,
    },
}

/// What a fault does to a request.
pub(crate) enum Strike {
    /// Answer this instead.
    Instead(Reply),
    /// Answer, but later.
    Later(Duration),
    /// Do not answer.
    Cut,
    /// Answer half.
    Half,
}

impl Kind {
    fn strike(&self) -> Strike {
        match self {
            Self::Status {
                status,
                retry_after,
                body,
            } => {
                let mut reply = match body {
                    Some(body) => Reply::bytes(*status, "application/json", body.clone()),
                    None => Reply::json(*status, &error(*status, "The sandbox was told to fail.")),
                };
                if let Some(after) = retry_after {
                    reply = reply.with("retry-after", after.clone());
                }
                Strike::Instead(reply)
            }
            Self::Slow { delay_ms } => Strike::Later(Duration::from_millis(*delay_ms)),
            Self::Cut => Strike::Cut,
            Self::CutBody => Strike::Half,
            Self::BadJson => Strike::Instead(Reply::bytes(
                200,
                "application/json",
                r#"{"this is": "not JSON"#,
            )),
            Self::ExpiredToken => {
                Strike::Instead(Reply::json(401, &error(401, "Invalid Credentials")))
            }
            Self::Huge { bytes } => {
                let mut reply = Reply::empty(200).with("content-type", "application/json");
                reply.body = Body::Filler(*bytes);
                Strike::Instead(reply)
            }
        }
    }
}

/// An error body that clients of all upstreams can read something from.
fn error(status: u16, message: &str) -> serde_json::Value {
    json!({
        "error": { "code": status, "message": message, "status": "SANDBOX_FAULT", "type": "sandbox_fault" },
        "code": status.to_string(),
        "message": message,
    })
}

/// The faults that are still to happen.
#[derive(Debug, Default)]
pub struct Faults(Mutex<Vec<Fault>>);

impl Faults {
    /// Orders a fault.
    pub fn order(&self, fault: Fault) {
        lock(&self.0).push(fault);
    }

    /// Orders a fault of the next requests whose path begins so.
    pub fn next(&self, path: &str, count: u32, kind: Kind) {
        self.order(Fault {
            method: None,
            path: path.to_owned(),
            count,
            kind,
        });
    }

    /// Forgets all.
    pub fn clear(&self) {
        lock(&self.0).clear();
    }

    /// Those that are still to happen.
    #[must_use]
    pub fn left(&self) -> Vec<Fault> {
        lock(&self.0).clone()
    }

    /// The fault that strikes a request, if one does.
    pub(crate) fn strike(&self, request: &Request) -> Option<Strike> {
        let mut faults = lock(&self.0);
        let index = faults.iter().position(|fault| {
            request.path.starts_with(&fault.path)
                && fault
                    .method
                    .as_ref()
                    .is_none_or(|method| method.eq_ignore_ascii_case(&request.method))
        })?;
        let strike = faults[index].kind.strike();
        faults[index].count = faults[index].count.saturating_sub(1);
        if faults[index].count == 0 {
            faults.remove(index);
        }
        Some(strike)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_ordered_as_json() {
        for (text, kind) in [
            (
                r#"{"kind": "status", "status": 429, "retryAfter": "1"}"#,
                Kind::Status {
                    status: 429,
                    retry_after: Some("1".to_owned()),
                    body: None,
                },
            ),
            (
                r#"{"kind": "slow", "delayMs": 50}"#,
                Kind::Slow { delay_ms: 50 },
            ),
            (r#"{"kind": "cut-body"}"#, Kind::CutBody),
            (r#"{"kind": "huge", "bytes": 9}"#, Kind::Huge { bytes: 9 }),
        ] {
            let fault: Fault = serde_json::from_str(text).unwrap();
            assert_eq!(fault.kind, kind);
            assert_eq!((fault.count, fault.path.as_str()), (1, ""));
            let again: Fault = serde_json::from_value(json!(fault)).unwrap();
            assert_eq!(again, fault);
        }
        let named = r#"{"method": "get", "path": "/v1/", "count": 2, "kind": "cut"}"#;
        let named: Fault = serde_json::from_str(named).unwrap();
        assert_eq!((named.path.as_str(), named.count), ("/v1/", 2));
        assert!(serde_json::from_str::<Fault>(r#"{"path": "/"}"#).is_err());
    }
}
