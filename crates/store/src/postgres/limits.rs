//! Limits on the calls of a service.

use crate::postgres::Postgres;
use crate::postgres::connection::{Call, Connection, params};
use crate::{Admission, CallLimits, Error, NewCall, Result, calls_of};

impl<C: Connection> CallLimits for Postgres<C> {
    fn admit(&self, call: &NewCall<'_>, now: i64) -> Result<Admission> {
        let mut row = self.connection.row(
            "admit",
            params![
                call.service,
                calls_of(call.service),
                call.token,
                call.expires_at,
                call.per_window,
                call.at_once,
                now,
            ],
        )?;
        match row.get("answer").text()?.as_str() {
            "admitted" => Ok(Admission::Admitted),
            "window_full" => Ok(Admission::WindowFull {
                until: row.get("until").int()?,
            }),
            "slots_taken" => Ok(Admission::SlotsTaken),
            word => Err(Error::Unexpected(format!("admitting answers {word:?}"))),
        }
    }
}
