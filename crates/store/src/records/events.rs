//! Events, and the calls that wait for them.

use tasker_domain::event::EventWait;
use tasker_domain::{ErrorCode, ErrorValue, Json};

use crate::Result;
use crate::row::to_json;

/// What a task gets.
pub(crate) fn seen(id: &str, name: &str, data: &str, sent_at: i64) -> Result<Json> {
    Ok(format!(
        "{{\"id\":{},\"name\":{},\"data\":{data},\"sentAt\":{sent_at}}}",
        to_json(id)?,
        to_json(name)?,
    ))
}

/// How a wait ends when its time is up.
pub(crate) fn too_late(wait: &EventWait) -> ErrorValue {
    ErrorValue {
        name: "TimeoutError".to_owned(),
        ..ErrorValue::new(
            ErrorCode::EventTimeout,
            format!("no event `{}` came in time", wait.name),
        )
    }
}
