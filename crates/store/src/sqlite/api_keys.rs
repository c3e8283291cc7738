//! API keys, and who has sent wrong ones.

use tasker_domain::access::ApiKey;

use crate::page::page;
use crate::records::api_keys::{read_api_key, read_api_keys};
use crate::row::to_json;
use crate::sqlite::Sqlite;
use crate::sqlite::connection::{Connection, Execute, params};
use crate::{ApiKeys, Page, Result, WRONG_KEYS_CLIENTS, WRONG_KEYS_MS};

macro_rules! columns {
    () => {
        "name, hash, created_at, expires_at, used_at, permissions"
    };
}

const ADD: &str = "
    INSERT INTO api_keys (name, hash, created_at, expires_at, used_at, permissions)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING RETURNING 1";
const WITH_HASH: &str = concat!("SELECT ", columns!(), " FROM api_keys WHERE hash = ?1");
const ALL: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM api_keys WHERE name > ?1 ORDER BY name LIMIT ?2"
);
const REMOVE: &str = "DELETE FROM api_keys WHERE name = ?1 RETURNING 1";
const USE: &str = "UPDATE api_keys SET used_at = ?2 WHERE name = ?1";

const FORGET_OLD: &str = "DELETE FROM wrong_keys WHERE started_at <= ?1";
const FORGET_AHEAD: &str = "DELETE FROM wrong_keys WHERE started_at > ?1";
const CLIENTS: &str = "SELECT count(*) FROM wrong_keys WHERE started_at > ?1";
const COUNT_WRONG: &str = "UPDATE wrong_keys SET times = times + 1 WHERE client = ?1 RETURNING 1";
const FIRST_WRONG: &str = "INSERT INTO wrong_keys (client, started_at, times) VALUES (?1, ?2, 1)";
const WRONG: &str = "
    SELECT times FROM wrong_keys WHERE client = ?1 AND started_at > ?2 AND started_at <= ?3";

impl<C: Connection> ApiKeys for Sqlite<C> {
    fn add_api_key(&self, key: &ApiKey) -> Result<bool> {
        let permissions = to_json(&key.permissions)?;
        let added = self.connection.one(
            ADD,
            params![
                key.name.as_str(),
                key.hash.as_slice(),
                key.created_at,
                key.expires_at,
                key.used_at,
                permissions.as_str(),
            ],
        )?;
        Ok(added.is_some())
    }

    fn api_key(&self, hash: &[u8; 32]) -> Result<Option<ApiKey>> {
        self.connection
            .one(WITH_HASH, params![hash.as_slice()])?
            .map(read_api_key)
            .transpose()
    }

    fn api_keys(&self, after: Option<&str>, limit: u32) -> Result<Page<ApiKey>> {
        page(limit, |limit| {
            let after = after.unwrap_or_default();
            read_api_keys(self.connection.execute(ALL, params![after, limit])?)
        })
    }

    fn remove_api_key(&self, name: &str) -> Result<bool> {
        Ok(self.connection.one(REMOVE, params![name])?.is_some())
    }

    fn use_api_key(&self, name: &str, now: i64) -> Result<()> {
        self.connection.execute(USE, params![name, now])?;
        Ok(())
    }

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
