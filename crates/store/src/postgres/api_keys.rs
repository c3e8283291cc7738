//! API keys, and who has sent wrong ones.

use tasker_domain::access::ApiKey;

use crate::page::page;
use crate::postgres::Postgres;
use crate::postgres::connection::{Call, Connection, json, params};
use crate::records::api_keys::{read_api_key, read_api_keys};
use crate::{ApiKeys, Page, Result, WRONG_KEYS_CLIENTS, WRONG_KEYS_MS};

impl<C: Connection> ApiKeys for Postgres<C> {
    fn add_api_key(&self, key: &ApiKey) -> Result<bool> {
        let add = params![
            key.name.as_str(),
            key.hash.as_slice(),
            key.created_at,
            key.expires_at,
            key.used_at,
            json(&key.permissions)?,
        ];
        self.connection.value("add_api_key", add)?.boolean()
    }

    fn api_key(&self, hash: &[u8; 32]) -> Result<Option<ApiKey>> {
        self.connection
            .one("api_key", params![hash.as_slice()])?
            .map(read_api_key)
            .transpose()
    }

    fn api_keys(&self, after: Option<&str>, limit: u32) -> Result<Page<ApiKey>> {
        page(limit, |limit| {
            let after = after.unwrap_or_default();
            read_api_keys(self.connection.call("api_keys", params![after, limit])?)
        })
    }

    fn remove_api_key(&self, name: &str) -> Result<bool> {
        self.connection
            .value("remove_api_key", params![name])?
            .boolean()
    }

    fn use_api_key(&self, name: &str, now: i64) -> Result<()> {
        self.connection
            .value("use_api_key", params![name, now])?
            .boolean()?;
        Ok(())
    }

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
