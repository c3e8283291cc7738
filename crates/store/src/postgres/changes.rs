//! Changing a value of the keystore in one step.

use crate::postgres::Postgres;
use crate::postgres::connection::{Call, Connection, params};
use crate::records::keystore::before_change;
use crate::{BeforeChange, Change, ChangeOf, Changes, Result};

impl<C: Connection> Changes for Postgres<C> {
    fn before_change(&self, of: &ChangeOf<'_>) -> Result<BeforeChange> {
        let row = self
            .connection
            .one("before_change", params![of.namespace, of.key, of.call])?;
        row.map_or_else(|| Ok(BeforeChange::default()), before_change)
    }

    fn change(&self, change: &Change<'_>, now: i64) -> Result<bool> {
        let of = &change.of;
        let change = params![
            of.namespace,
            of.key,
            of.call,
            change.run,
            change.expected,
            change.ciphertext,
            change.answer,
            now
        ];
        self.connection.value("change", change)?.boolean()
    }
}
