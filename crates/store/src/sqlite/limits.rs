//! Limits on the calls of a service.

use crate::sqlite::connection::{Connection, Execute, params};
use crate::sqlite::{Sqlite, named_leases};
use crate::{Admission, CallLimits, LeaseOutcome, NewCall, Result, WINDOW_MS, calls_of};

const WINDOW: &str = "SELECT started_at, calls FROM call_windows WHERE service = ?1";
const COUNT: &str = "
    INSERT INTO call_windows (service, started_at, calls) VALUES (?1, ?2, ?3)
    ON CONFLICT (service) DO UPDATE SET started_at = excluded.started_at, calls = excluded.calls";

impl<C: Connection> CallLimits for Sqlite<C> {
    fn admit(&self, call: &NewCall<'_>, now: i64) -> Result<Admission> {
        self.connection.transaction(|db| {
            let name = calls_of(call.service);
            if let Some(at_once) = call.at_once
                && let LeaseOutcome::HeldUntil(_) =
                    named_leases::take(db, &call.lease(&name, at_once), now)?
            {
                return Ok(Admission::SlotsTaken);
            }
            if let Some(per_window) = call.per_window {
                let (started_at, calls) = window(db, call.service, now)?;
                if calls >= i64::from(per_window) {
                    named_leases::give_back(db, &name, call.token)?;
                    return Ok(Admission::WindowFull {
                        until: started_at + WINDOW_MS,
                    });
                }
                db.execute(COUNT, params![call.service, started_at, calls + 1])?;
            }
            Ok(Admission::Admitted)
        })
    }
}

/// The start of the window that this moment is in, and the calls counted in it.
fn window<C: Connection>(db: &C, service: &str, now: i64) -> Result<(i64, i64)> {
    let Some(mut row) = db.one(WINDOW, params![service])? else {
        return Ok((now, 0));
    };
    let (started_at, calls) = (row.get("started_at").int()?, row.get("calls").int()?);
    // The clocks of two machines differ a little; one that was far ahead must not close the service.
    let age = now - started_at;
    Ok(if age > -WINDOW_MS && age < WINDOW_MS {
        (started_at, calls)
    } else {
        (now, 0)
    })
}
