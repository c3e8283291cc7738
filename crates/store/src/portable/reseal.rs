//! Changing the key under which the keystore's values are sealed.

use super::{Database, Statement};
use crate::postgres::params;
use crate::records::keystore::sealed_values;
use crate::{Reseal, Result, SealedValue};

pub(super) const STATEMENTS: &[Statement] = &[SEALED_OTHERWISE, RESEAL];

const SEALED_OTHERWISE: Statement = Statement {
    head: "sealed_otherwise(text, text, bytea, bigint)",
    answer: "TABLE (namespace text, key text, ciphertext bytea)",
    sql: "
    SELECT namespace, key, ciphertext FROM keystore
    WHERE ($1 IS NULL OR (namespace, key) > ($1, $2)) AND substr(ciphertext, 1, length($3)) <> $3
    ORDER BY namespace, key LIMIT $4",
};

/// The value stays the same, so its revision and times do too.
const RESEAL: Statement = Statement {
    head: "reseal(bytea, text, text, bytea)",
    answer: "TABLE (revision bigint)",
    sql: "
    UPDATE keystore SET ciphertext = $1
    WHERE namespace = $2 AND key = $3 AND ciphertext = $4
    RETURNING revision",
};

impl<D: Database> Reseal for D {
    fn sealed_otherwise(
        &self,
        prefix: &[u8],
        after: Option<(&str, &str)>,
        limit: u32,
    ) -> Result<Vec<SealedValue>> {
        let (namespace, key) = after.unzip();
        sealed_values(self.rows(&SEALED_OTHERWISE, params![namespace, key, prefix, limit])?)
    }

    fn reseal(&self, value: &SealedValue, ciphertext: &[u8]) -> Result<bool> {
        let reseal = params![
            ciphertext,
            value.namespace.as_str(),
            value.key.as_str(),
            value.ciphertext.as_slice(),
        ];
        self.any(&RESEAL, reseal)
    }
}
