//! Encrypted values.

use crate::keystore::Keystore;
use crate::page::page;
use crate::records::keystore::{before_change, namespaces as read_namespaces};
use crate::sqlite::Sqlite;
use crate::sqlite::connection::{Connection, Execute, params};
use crate::{BeforeChange, Change, ChangeOf, Namespace, Page, Result};

const GET: &str = "SELECT ciphertext FROM keystore WHERE namespace = ?1 AND key = ?2";
const PUT: &str = "
    INSERT INTO keystore (namespace, key, created_at, updated_at, revision, ciphertext)
    VALUES (?1, ?2, ?3, ?3, 1, ?4)
    ON CONFLICT (namespace, key) DO UPDATE SET
        ciphertext = excluded.ciphertext, updated_at = excluded.updated_at, revision = revision + 1
    RETURNING revision";
const KEYS: &str = "
    SELECT key FROM keystore WHERE namespace = ?1 AND (?2 IS NULL OR key > ?2) ORDER BY key LIMIT ?3";
const NAMESPACES: &str = "
    SELECT namespace, count(*) AS keys FROM keystore WHERE ?1 IS NULL OR namespace > ?1
    GROUP BY namespace ORDER BY namespace LIMIT ?2";
const REMOVE: &str = "DELETE FROM keystore WHERE namespace = ?1 AND key = ?2 RETURNING 1";
const BEFORE_CHANGE: &str = "
    SELECT (SELECT ciphertext FROM keystore WHERE namespace = ?1 AND key = ?2) AS ciphertext,
        (SELECT answer FROM keystore_changes WHERE namespace = ?1 AND key = ?2 AND call = ?3) AS answer";
const REMEMBER: &str = "
    INSERT INTO keystore_changes (namespace, key, call, run_id, answer) VALUES (?1, ?2, ?3, ?4, ?5)
    ON CONFLICT (namespace, key, call) DO NOTHING
    RETURNING 1";
const ADD: &str = "
    INSERT INTO keystore (namespace, key, created_at, updated_at, revision, ciphertext)
    VALUES (?1, ?2, ?3, ?3, 1, ?4)
    RETURNING 1";
const REPLACE: &str = "
    UPDATE keystore SET ciphertext = ?4, updated_at = ?3, revision = revision + 1
    WHERE namespace = ?1 AND key = ?2
    RETURNING 1";

impl<C: Connection> Keystore for Sqlite<C> {
    fn get(&self, namespace: &str, key: &str) -> Result<Option<Vec<u8>>> {
        self.connection
            .one(GET, params![namespace, key])?
            .map(|row| row.only().blob())
            .transpose()
    }

    fn put(&self, namespace: &str, key: &str, ciphertext: &[u8], now: i64) -> Result<bool> {
        let row = self
            .connection
            .one(PUT, params![namespace, key, now, ciphertext])?;
        let revision = row.map(|row| row.only().int()).transpose()?;
        Ok(revision == Some(1))
    }

    fn keys(&self, namespace: &str, after: Option<&str>, limit: u32) -> Result<Page<String>> {
        page(limit, |limit| {
            // The empty key sorts first and may exist.
            self.connection
                .execute(KEYS, params![namespace, after, limit])?
                .into_iter()
                .map(|row| row.only().text())
                .collect()
        })
    }

    fn namespaces(&self, after: Option<&str>, limit: u32) -> Result<Page<Namespace>> {
        page(limit, |limit| {
            read_namespaces(self.connection.execute(NAMESPACES, params![after, limit])?)
        })
    }

    fn remove(&self, namespace: &str, key: &str) -> Result<bool> {
        Ok(self
            .connection
            .one(REMOVE, params![namespace, key])?
            .is_some())
    }
    fn before_change(&self, of: &ChangeOf<'_>) -> Result<BeforeChange> {
        let row = self
            .connection
            .one(BEFORE_CHANGE, params![of.namespace, of.key, of.call])?;
        row.map_or_else(|| Ok(BeforeChange::default()), before_change)
    }

    fn change(&self, change: &Change<'_>, now: i64) -> Result<bool> {
        let of = &change.of;
        self.connection.transaction(|db| {
            let found = db.one(GET, params![of.namespace, of.key])?;
            let found = found.map(|row| row.only().blob()).transpose()?;
            if found.as_deref() != change.expected {
                return Ok(false);
            }
            let call = params![of.namespace, of.key, of.call, change.run, change.answer];
            if db.one(REMEMBER, call)?.is_none() {
                return Ok(false);
            }
            let write = if found.is_some() { REPLACE } else { ADD };
            let value = params![of.namespace, of.key, now, change.ciphertext];
            Ok(db.one(write, value)?.is_some())
        })
    }
}
