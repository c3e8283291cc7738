//! Leases with a name.

use crate::named_leases::{FORGOTTEN_AT_ONCE, NamedLeases, REMEMBERED_MS};
use crate::sqlite::Sqlite;
use crate::sqlite::connection::{Connection, Execute, params};
use crate::{LeaseOutcome, NewLease, Result};

/// The least number that nobody holds is never greater than how many are held.
const TAKE: &str = "
    INSERT INTO leases (name, place, token, expires_at)
    SELECT ?1, f.place, ?3, ?4
    FROM (SELECT 0 AS place UNION ALL SELECT place + 1 FROM leases WHERE name = ?1 AND expires_at > ?5) f
    WHERE (SELECT count(*) FROM leases WHERE name = ?1 AND expires_at > ?5) < ?2
        AND NOT EXISTS (SELECT 1 FROM leases l WHERE l.name = ?1 AND l.place = f.place AND l.expires_at > ?5)
    ORDER BY f.place LIMIT 1
    ON CONFLICT (name, place) DO UPDATE SET token = excluded.token, expires_at = excluded.expires_at
    RETURNING place";
const HELD_UNTIL: &str =
    "SELECT coalesce(min(expires_at), ?2) AS until FROM leases WHERE name = ?1 AND expires_at > ?2";
const FORGET: &str = "
    DELETE FROM leases WHERE (name, place) IN (
        SELECT name, place FROM leases WHERE expires_at < ?1 ORDER BY expires_at LIMIT ?2)";
const RENEW: &str = "UPDATE leases SET expires_at = ?3 WHERE name = ?1 AND token = ?2 RETURNING 1";
const GIVE_BACK: &str = "DELETE FROM leases WHERE name = ?1 AND token = ?2 RETURNING 1";
const GIVE_BACK_IF_IDLE: &str = "
    DELETE FROM leases WHERE name = ?1 AND token = ?2 AND NOT EXISTS (
        SELECT 1 FROM stack_runs
        WHERE status = 'pending' AND paused = 0 AND kind IN ('frame', 'call') AND run_after <= ?3)
    RETURNING 1";
const HOLDS: &str = "SELECT 1 FROM leases WHERE name = ?1 AND token = ?2";

impl<C: Connection> NamedLeases for Sqlite<C> {
    fn take_lease(&self, lease: &NewLease<'_>, now: i64) -> Result<LeaseOutcome> {
        take(&self.connection, lease, now)
    }

    fn renew_lease(&self, name: &str, token: &str, expires_at: i64) -> Result<bool> {
        let renewed = self
            .connection
            .one(RENEW, params![name, token, expires_at])?;
        Ok(renewed.is_some())
    }

    fn give_back_lease(&self, name: &str, token: &str) -> Result<bool> {
        give_back(&self.connection, name, token)
    }

    fn give_back_if_idle(&self, name: &str, token: &str, now: i64) -> Result<bool> {
        let db = &self.connection;
        let given = db.one(GIVE_BACK_IF_IDLE, params![name, token, now])?;
        // A lease that has passed to someone else is not held either.
        Ok(given.is_some() || db.one(HOLDS, params![name, token])?.is_none())
    }
}

pub(super) fn take<C: Connection>(db: &C, lease: &NewLease<'_>, now: i64) -> Result<LeaseOutcome> {
    let wanted = params![
        lease.name,
        lease.at_once,
        lease.token,
        lease.expires_at,
        now
    ];
    let Some(row) = db.one(TAKE, wanted)? else {
        let held = db.one(HELD_UNTIL, params![lease.name, now])?;
        return Ok(LeaseOutcome::HeldUntil(
            held.map_or(Ok(now), |row| row.only().int())?,
        ));
    };
    db.execute(FORGET, params![now - REMEMBERED_MS, FORGOTTEN_AT_ONCE])?;
    Ok(LeaseOutcome::Taken(row.only().number()?))
}

pub(super) fn give_back<C: Connection>(db: &C, name: &str, token: &str) -> Result<bool> {
    Ok(db.one(GIVE_BACK, params![name, token])?.is_some())
}
