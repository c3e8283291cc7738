//! Clients that have sent wrong keys.

use crate::sqlite::Sqlite;
use crate::sqlite::connection::{Connection, Execute, params};
use crate::{Result, WRONG_KEYS_CLIENTS, WRONG_KEYS_MS, WrongKeys};

const FORGET_OLD: &str = "DELETE FROM wrong_keys WHERE started_at <= ?1";
const FORGET_AHEAD: &str = "DELETE FROM wrong_keys WHERE started_at > ?1";
const CLIENTS: &str = "SELECT count(*) FROM wrong_keys WHERE started_at > ?1";
const COUNT_WRONG: &str = "UPDATE wrong_keys SET times = times + 1 WHERE client = ?1 RETURNING 1";
const FIRST_WRONG: &str = "INSERT INTO wrong_keys (client, started_at, times) VALUES (?1, ?2, 1)";
const WRONG: &str = "
    SELECT times FROM wrong_keys WHERE client = ?1 AND started_at > ?2 AND started_at <= ?3";

impl<C: Connection> WrongKeys for Sqlite<C> {
    fn count_wrong_key(&self, client: &str, now: i64) -> Result<()> {
        self.connection.transaction(|db| {
            // A count that a clock far ahead has begun would never end.
            db.execute(FORGET_OLD, params![now - WRONG_KEYS_MS])?;
            db.execute(FORGET_AHEAD, params![now])?;
            if db.one(COUNT_WRONG, params![client])?.is_some() {
                return Ok(());
            }
            let clients = db.one(CLIENTS, params![now - WRONG_KEYS_MS])?;
            let clients = clients.map(|row| row.only().int()).transpose()?;
            if clients.unwrap_or(0) < i64::from(WRONG_KEYS_CLIENTS) {
                db.execute(FIRST_WRONG, params![client, now])?;
            }
            Ok(())
        })
    }

    fn wrong_keys(&self, client: &str, now: i64) -> Result<u32> {
        let row = self
            .connection
            .one(WRONG, params![client, now - WRONG_KEYS_MS, now])?;
        Ok(row.map(|row| row.only().number()).transpose()?.unwrap_or(0))
    }
}
