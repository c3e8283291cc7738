//! Clients that have sent wrong keys.

use crate::postgres::Postgres;
use crate::postgres::connection::{Call, Connection, params};
use crate::{Result, WRONG_KEYS_CLIENTS, WRONG_KEYS_MS, WrongKeys};

impl<C: Connection> WrongKeys for Postgres<C> {
    fn count_wrong_key(&self, client: &str, now: i64) -> Result<()> {
        let count = params![client, now, WRONG_KEYS_MS, i64::from(WRONG_KEYS_CLIENTS)];
        self.connection.value("count_wrong_key", count)?.boolean()?;
        Ok(())
    }

    fn wrong_keys(&self, client: &str, now: i64) -> Result<u32> {
        self.connection
            .value("wrong_keys", params![client, now, WRONG_KEYS_MS])?
            .number()
    }
}
