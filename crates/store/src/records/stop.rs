//! Stopping runs, and ending what is out of time.

use serde::Serialize;
use tasker_domain::{Call, ErrorCode, ErrorValue, Stop};

use crate::row::{Row, from_json, to_json};
use crate::{Control, Result};

pub(crate) fn read_stop(row: &mut Row) -> Result<Option<Stop>> {
    row.get("stop")
        .opt_text()?
        .as_deref()
        .map(from_json)
        .transpose()
}

/// A call of a stopped run that is to settle, as both databases take it: in PostgreSQL the type `stopped_call`.
#[derive(Serialize)]
pub(crate) struct StoppedCall<'a> {
    number: u32,
    service: &'a str,
    method: String,
    args: &'a str,
    options: Option<&'a str>,
}

impl<'a> StoppedCall<'a> {
    fn of(call: &'a Call) -> Result<Self> {
        Ok(Self {
            number: call.number,
            service: &call.service,
            method: to_json(&call.method)?,
            args: &call.args,
            options: call.options.as_deref(),
        })
    }
}

/// The calls of a stopped run, to settle them.
pub(crate) fn stopped_calls(calls: &[Call]) -> Result<Vec<StoppedCall<'_>>> {
    calls.iter().map(StoppedCall::of).collect()
}

impl Control {
    /// What a slice must do, from the two flags of its frame.
    pub(crate) fn read(row: &mut Row) -> Result<Self> {
        Ok(
            match (
                row.get("stop_untold").boolean()?,
                row.get("paused").boolean()?,
            ) {
                (true, _) => Self::Stop,
                (false, true) => Self::Pause,
                (false, false) => Self::Go,
            },
        )
    }
}

/// How a call ends when its time is up.
pub(crate) fn call_timeout() -> ErrorValue {
    ErrorValue::new(
        ErrorCode::CallTimeout,
        "the call did not settle within its time",
    )
}

/// How a stack run ends when its executor was lost too often.
pub(crate) fn executor_lost() -> ErrorValue {
    let code = ErrorCode::ExecutorLost;
    ErrorValue::new(code, code.title())
}
