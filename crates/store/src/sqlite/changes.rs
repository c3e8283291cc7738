//! Changing a value of the keystore in one step.

use crate::records::keystore::before_change;
use crate::sqlite::Sqlite;
use crate::sqlite::connection::{Connection, Execute, params};
use crate::{BeforeChange, Change, ChangeOf, Changes, Result};

const GET: &str = "SELECT ciphertext FROM keystore WHERE namespace = ?1 AND key = ?2";
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

impl<C: Connection> Changes for Sqlite<C> {
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
