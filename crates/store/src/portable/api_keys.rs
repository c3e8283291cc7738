//! The keys of the public API.

use tasker_domain::access::ApiKey;

use super::{Database, Statement};
use crate::page::page;
use crate::postgres::{json, params};
use crate::records::api_keys::{read_api_key, read_api_keys};
use crate::{ApiKeys, Page, Result};

pub(super) const STATEMENTS: &[Statement] = &[ADD, WITH_HASH, ALL, REMOVE, USE];

const ADD: Statement = Statement {
    head: "add_api_key(text, bytea, bigint, bigint, bigint, text)",
    answer: "SETOF api_keys",
    sql: "
    INSERT INTO api_keys (name, hash, created_at, expires_at, used_at, permissions)
    VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING RETURNING *",
};

const WITH_HASH: Statement = Statement {
    head: "api_key(bytea)",
    answer: "SETOF api_keys",
    sql: "SELECT * FROM api_keys WHERE hash = $1",
};

const ALL: Statement = Statement {
    head: "api_keys(text, bigint)",
    answer: "SETOF api_keys",
    sql: "SELECT * FROM api_keys WHERE name > $1 ORDER BY name LIMIT $2",
};

const REMOVE: Statement = Statement {
    head: "remove_api_key(text)",
    answer: "TABLE (name text)",
    sql: "DELETE FROM api_keys WHERE name = $1 RETURNING name",
};

const USE: Statement = Statement {
    head: "use_api_key(bigint, text)",
    answer: "TABLE (name text)",
    sql: "UPDATE api_keys SET used_at = $1 WHERE name = $2 RETURNING name",
};

impl<D: Database> ApiKeys for D {
    fn add_api_key(&self, key: &ApiKey) -> Result<bool> {
        let add = params![
            key.name.as_str(),
            key.hash.as_slice(),
            key.created_at,
            key.expires_at,
            key.used_at,
            json(&key.permissions)?,
        ];
        self.any(&ADD, add)
    }

    fn api_key(&self, hash: &[u8; 32]) -> Result<Option<ApiKey>> {
        self.row(&WITH_HASH, params![hash.as_slice()])?
            .map(read_api_key)
            .transpose()
    }

    fn api_keys(&self, after: Option<&str>, limit: u32) -> Result<Page<ApiKey>> {
        page(limit, |limit| {
            read_api_keys(self.rows(&ALL, params![after.unwrap_or_default(), limit])?)
        })
    }

    fn remove_api_key(&self, name: &str) -> Result<bool> {
        self.any(&REMOVE, params![name])
    }

    fn use_api_key(&self, name: &str, now: i64) -> Result<()> {
        self.rows(&USE, params![now, name]).map(drop)
    }
}
