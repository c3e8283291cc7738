//! Encrypted values.

use super::{Database, Statement};
use crate::page::page;
use crate::postgres::params;
use crate::records::keystore::namespaces;
use crate::{Held, Keystore, Namespace, Page, Result};

pub(super) const STATEMENTS: &[Statement] =
    &[GET, PUT, KEYS, NAMESPACES, REMOVE, HELD, COUNT_NAMESPACES];

const GET: Statement = Statement {
    head: "get(text, text)",
    answer: "TABLE (ciphertext bytea)",
    sql: "SELECT ciphertext FROM keystore WHERE namespace = $1 AND key = $2",
};

const PUT: Statement = Statement {
    head: "put(text, text, bigint, bytea)",
    answer: "TABLE (revision bigint)",
    sql: "
    INSERT INTO keystore (namespace, key, created_at, updated_at, revision, ciphertext)
    VALUES ($1, $2, $3, $3, 1, $4)
    ON CONFLICT (namespace, key) DO UPDATE SET
        ciphertext = excluded.ciphertext, updated_at = excluded.updated_at, revision = keystore.revision + 1
    RETURNING revision",
};

/// The empty key sorts first and may exist.
const KEYS: Statement = Statement {
    head: "keys(text, text, bigint)",
    answer: "TABLE (key text)",
    sql: "SELECT key FROM keystore WHERE namespace = $1 AND ($2 IS NULL OR key > $2) ORDER BY key LIMIT $3",
};

const NAMESPACES: Statement = Statement {
    head: "namespaces(text, bigint)",
    answer: "TABLE (namespace text, keys bigint)",
    sql: "
    SELECT namespace, count(*) AS keys FROM keystore WHERE $1 IS NULL OR namespace > $1
    GROUP BY namespace ORDER BY namespace LIMIT $2",
};

const REMOVE: Statement = Statement {
    head: "remove(text, text)",
    answer: "TABLE (key text)",
    sql: "DELETE FROM keystore WHERE namespace = $1 AND key = $2 RETURNING key",
};

const HELD: Statement = Statement {
    head: "held(text)",
    answer: "TABLE (keys bigint, bytes bigint)",
    sql: "
    SELECT count(*) AS keys, CAST(coalesce(sum(length(ciphertext)), 0) AS bigint) AS bytes
    FROM keystore WHERE namespace = $1",
};

/// From each to the next, past all keys of it.
const COUNT_NAMESPACES: Statement = Statement {
    head: "count_namespaces()",
    answer: "TABLE (namespaces bigint)",
    sql: "
    WITH RECURSIVE names (name) AS (
        SELECT min(namespace) FROM keystore
        UNION ALL
        SELECT (SELECT min(k.namespace) FROM keystore k WHERE k.namespace > n.name) FROM names n WHERE n.name IS NOT NULL
    )
    SELECT count(name) AS namespaces FROM names",
};

impl<D: Database> Keystore for D {
    fn get(&self, namespace: &str, key: &str) -> Result<Option<Vec<u8>>> {
        let found = self.row(&GET, params![namespace, key])?;
        found.map(|row| row.only().blob()).transpose()
    }

    fn put(&self, namespace: &str, key: &str, ciphertext: &[u8], now: i64) -> Result<bool> {
        let put = self.row(&PUT, params![namespace, key, now, ciphertext])?;
        let revision = put.map(|row| row.only().int()).transpose()?;
        Ok(revision == Some(1))
    }

    fn keys(&self, namespace: &str, after: Option<&str>, limit: u32) -> Result<Page<String>> {
        page(limit, |limit| {
            let keys = self.rows(&KEYS, params![namespace, after, limit])?;
            keys.into_iter().map(|row| row.only().text()).collect()
        })
    }

    fn namespaces(&self, after: Option<&str>, limit: u32) -> Result<Page<Namespace>> {
        page(limit, |limit| {
            namespaces(self.rows(&NAMESPACES, params![after, limit])?)
        })
    }

    fn remove(&self, namespace: &str, key: &str) -> Result<bool> {
        self.any(&REMOVE, params![namespace, key])
    }

    fn held(&self, namespace: &str) -> Result<Held> {
        let Some(mut row) = self.row(&HELD, params![namespace])? else {
            return Ok(Held::default());
        };
        Ok(Held {
            keys: row.get("keys").number()?,
            bytes: row.get("bytes").number()?,
        })
    }

    fn count_namespaces(&self) -> Result<u64> {
        let counted = self.row(&COUNT_NAMESPACES, params![])?;
        counted.map_or(Ok(0), |row| row.only().number())
    }
}
