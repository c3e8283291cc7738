//! Changing the key under which the keystore's values are sealed.

use crate::records::keystore::sealed_values;
use crate::sqlite::Sqlite;
use crate::sqlite::connection::{Connection, Execute, params};
use crate::{Reseal, Result, SealedValue};

const SEALED_OTHERWISE: &str = "
    SELECT namespace, key, ciphertext FROM keystore
    WHERE (?1 IS NULL OR (namespace, key) > (?1, ?2)) AND substr(ciphertext, 1, length(?3)) <> ?3
    ORDER BY namespace, key LIMIT ?4";
// The value stays the same, so its revision and times do too.
const RESEAL: &str = "
    UPDATE keystore SET ciphertext = ?4
    WHERE namespace = ?1 AND key = ?2 AND ciphertext = ?3
    RETURNING 1";

impl<C: Connection> Reseal for Sqlite<C> {
    fn sealed_otherwise(
        &self,
        prefix: &[u8],
        after: Option<(&str, &str)>,
        limit: u32,
    ) -> Result<Vec<SealedValue>> {
        let (namespace, key) = after.unzip();
        sealed_values(
            self.connection
                .execute(SEALED_OTHERWISE, params![namespace, key, prefix, limit])?,
        )
    }

    fn reseal(&self, value: &SealedValue, ciphertext: &[u8]) -> Result<bool> {
        let reseal = params![
            value.namespace.as_str(),
            value.key.as_str(),
            value.ciphertext.as_slice(),
            ciphertext,
        ];
        Ok(self.connection.one(RESEAL, reseal)?.is_some())
    }
}
