//! Limits on the calls of a service.

use crate::sqlite::Sqlite;
use crate::sqlite::connection::{Connection, Execute, params};
use crate::{Admission, CallLimits, NewCall, Result, WINDOW_MS};

const DROP_EXPIRED: &str = "DELETE FROM call_slots WHERE service = ?1 AND expires_at <= ?2";
const TAKEN: &str = "SELECT count(*) FROM call_slots WHERE service = ?1";
const TAKE: &str = "INSERT INTO call_slots (service, token, expires_at) VALUES (?1, ?2, ?3)";
const LEAVE: &str = "DELETE FROM call_slots WHERE service = ?1 AND token = ?2";
const WINDOW: &str = "SELECT started_at, calls FROM call_windows WHERE service = ?1";
const COUNT: &str = "
    INSERT INTO call_windows (service, started_at, calls) VALUES (?1, ?2, ?3)
    ON CONFLICT (service) DO UPDATE SET started_at = excluded.started_at, calls = excluded.calls";

impl<C: Connection> CallLimits for Sqlite<C> {
    fn admit(&self, call: &NewCall<'_>, now: i64) -> Result<Admission> {
        self.connection.transaction(|db| {
            if let Some(at_once) = call.at_once {
                db.execute(DROP_EXPIRED, params![call.service, now])?;
                if taken(db, call.service)? >= i64::from(at_once) {
                    return Ok(Admission::SlotsTaken);
                }
            }
            if let Some(per_window) = call.per_window {
                let (started_at, calls) = window(db, call.service, now)?;
                if calls >= i64::from(per_window) {
                    return Ok(Admission::WindowFull {
                        until: started_at + WINDOW_MS,
                    });
                }
                db.execute(COUNT, params![call.service, started_at, calls + 1])?;
            }
            if call.at_once.is_some() {
                db.execute(TAKE, params![call.service, call.token, call.expires_at])?;
            }
            Ok(Admission::Admitted)
        })
    }

    fn leave(&self, service: &str, token: &str) -> Result<()> {
        self.connection
            .execute(LEAVE, params![service, token])
            .map(drop)
    }
}

fn taken<C: Connection>(db: &C, service: &str) -> Result<i64> {
    db.one(TAKEN, params![service])?
        .map_or(Ok(0), |row| row.only().int())
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
