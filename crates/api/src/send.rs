//! Events that are sent to runs.

use serde::{Deserialize, Serialize};
use tasker_domain::{ErrorCode, RunId, event, started};
use utoipa::ToSchema;

use crate::public_token::ID_PREFIX;
use crate::{Problem, RawJson, schema};

/// Largest data of an event.
pub const EVENT_DATA_MAX_BYTES: usize = 256 << 10;
/// How long an event is kept if its sender does not say: a day.
pub const EVENT_TTL_SECONDS: u32 = 86_400;
/// The longest time that an event may be kept: thirty days.
pub const EVENT_TTL_MAX_SECONDS: u32 = 30 * 86_400;
/// Longest id of an event, in characters.
const EVENT_ID_MAX: usize = 200;
/// What the ids of events begin with that addresses, tasks and holders of public tokens send.
const RESERVED: [&str; 3] = [event::URL_ID_PREFIX, started::KEY_PREFIX, ID_PREFIX];

/// `POST /events`: sends an event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SendEvent {
    /// What tasks wait for by: `tools.waitForEvent(name)`. 1 to 200 bytes.
    #[schema(example = "order-paid")]
    pub name: String,
    /// What the event says, at most 256 KiB; `null` if absent.
    #[serde(default = "RawJson::null")]
    #[schema(required = false)]
    pub data: RawJson,
    /// The run that it is for; every run that waits for it, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::id_or_null, required = false)]
    pub run_id: Option<RunId>,
    /// Sending an event again with the same id does nothing, for as long as it is kept. 1 to 200
    /// visible ASCII characters, not beginning with `url:`, `task:` or `token:`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// How long it is kept for tasks that begin to wait later: a day if absent, at most thirty days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(maximum = 2_592_000)]
    pub ttl_seconds: Option<u32>,
}

/// What became of an event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SentEvent {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// How many calls that waited for it got it at once.
    pub delivered: u32,
}

impl SendEvent {
    /// Checks name, id and size.
    ///
    /// # Errors
    /// [`ErrorCode::BadRequest`], [`ErrorCode::BodyTooLarge`].
    pub fn check(&self) -> Result<(), Problem> {
        let bad = |detail: String| Err(Problem::new(ErrorCode::BadRequest, detail));
        if !event::is_name(&self.name) {
            let bytes = event::NAME_MAX_BYTES;
            return bad(format!(
                "`name` has 1 to {bytes} bytes and no control characters"
            ));
        }
        if let Some(id) = &self.id {
            let allowed = (1..=EVENT_ID_MAX).contains(&id.len())
                && id.chars().all(|c| c.is_ascii_graphic())
                && !RESERVED.iter().any(|prefix| id.starts_with(prefix));
            if !allowed {
                let [url, task, token] = RESERVED;
                return bad(format!(
                    "`id` has 1 to {EVENT_ID_MAX} visible ASCII characters and does not begin with `{url}`, \
                     `{task}` or `{token}`"
                ));
            }
        }
        if self.data.as_str().len() > EVENT_DATA_MAX_BYTES {
            return Err(Problem::new(
                ErrorCode::BodyTooLarge,
                format!("`data` may have {EVENT_DATA_MAX_BYTES} bytes at most"),
            ));
        }
        Ok(())
    }
}

/// Until when an event is kept, milliseconds since the Unix epoch.
///
/// # Errors
/// [`ErrorCode::TimeInvalid`].
pub fn event_expiry(ttl_seconds: Option<u32>, now: i64) -> Result<i64, Problem> {
    let seconds = ttl_seconds.unwrap_or(EVENT_TTL_SECONDS);
    if seconds > EVENT_TTL_MAX_SECONDS {
        return Err(Problem::new(
            ErrorCode::TimeInvalid,
            format!("`ttlSeconds` is at most {EVENT_TTL_MAX_SECONDS}"),
        ));
    }
    Ok(now.saturating_add(i64::from(seconds) * 1_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(json: &str) -> SendEvent {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn events_are_checked() {
        let bare = event(r#"{"name":"paid"}"#);
        bare.check().unwrap();
        assert_eq!(bare.data.as_str(), "null");
        event(r#"{"name":"a b ü","id":"x-1","data":[1],"ttlSeconds":0}"#)
            .check()
            .unwrap();
        for wrong in [
            r#"{"name":""}"#,
            r#"{"name":"a\u0007"}"#,
            r#"{"name":"paid","id":""}"#,
            r#"{"name":"paid","id":"a b"}"#,
            r#"{"name":"paid","id":"url:x"}"#,
            r#"{"name":"paid","id":"task:x"}"#,
            r#"{"name":"paid","id":"token:x"}"#,
        ] {
            assert!(
                event(wrong).check().unwrap_err().is(ErrorCode::BadRequest),
                "{wrong}"
            );
        }
        let large = format!(
            r#"{{"name":"paid","data":"{}"}}"#,
            "x".repeat(EVENT_DATA_MAX_BYTES)
        );
        assert!(
            event(&large)
                .check()
                .unwrap_err()
                .is(ErrorCode::BodyTooLarge)
        );
        assert_eq!(event_expiry(None, 1).unwrap(), 86_400_001);
        assert_eq!(event_expiry(Some(0), 1).unwrap(), 1);
        assert!(
            event_expiry(Some(2_592_001), 1)
                .unwrap_err()
                .is(ErrorCode::TimeInvalid)
        );
    }
}
