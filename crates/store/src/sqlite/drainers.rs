//! The drainers' slots.

use crate::Result;
use crate::drainers::Drainers;
use crate::sqlite::Sqlite;
use crate::sqlite::connection::{Connection, Execute, params};

const TAKE_SLOT: &str = "
    WITH RECURSIVE slots (slot) AS (
        SELECT 0 WHERE ?1 > 0 UNION ALL SELECT slot + 1 FROM slots WHERE slot + 1 < ?1
    )
    INSERT INTO drainers (slot, token, expires_at)
    SELECT slot, ?2, ?3 FROM slots
    WHERE NOT EXISTS (SELECT 1 FROM drainers d WHERE d.slot = slots.slot AND d.expires_at > ?4)
    ORDER BY slot LIMIT 1
    ON CONFLICT (slot) DO UPDATE SET token = excluded.token, expires_at = excluded.expires_at
    RETURNING slot";
const RENEW_SLOT: &str =
    "UPDATE drainers SET expires_at = ?3 WHERE slot = ?1 AND token = ?2 RETURNING 1";
const RELEASE_SLOT: &str = "
    DELETE FROM drainers WHERE slot = ?1 AND token = ?2 AND (?3 OR NOT EXISTS (
        SELECT 1 FROM stack_runs
        WHERE status = 'pending' AND paused = 0 AND kind IN ('frame', 'call') AND run_after <= ?4))
    RETURNING 1";
const HOLDS_SLOT: &str = "SELECT 1 FROM drainers WHERE slot = ?1 AND token = ?2";

impl<C: Connection> Drainers for Sqlite<C> {
    fn take_slot(&self, slots: u32, token: &str, expires_at: i64, now: i64) -> Result<Option<u32>> {
        self.connection
            .one(TAKE_SLOT, params![slots, token, expires_at, now])?
            .map(|row| row.only().number())
            .transpose()
    }

    fn renew_slot(&self, slot: u32, token: &str, expires_at: i64) -> Result<bool> {
        Ok(self
            .connection
            .one(RENEW_SLOT, params![slot, token, expires_at])?
            .is_some())
    }

    fn release_slot(&self, slot: u32, token: &str, hand_over: bool, now: i64) -> Result<bool> {
        let db = &self.connection;
        let released = db.one(RELEASE_SLOT, params![slot, token, hand_over, now])?;
        // A slot that has passed to someone else is not held either.
        Ok(released.is_some() || db.one(HOLDS_SLOT, params![slot, token])?.is_none())
    }
}
