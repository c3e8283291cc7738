//! Encrypted values.

use crate::row::Row;
use crate::{Result, SealedValue};

/// Reads namespace, key and ciphertext from each row.
pub(crate) fn sealed_values(rows: Vec<Row>) -> Result<Vec<SealedValue>> {
    rows.into_iter()
        .map(|mut row| {
            Ok(SealedValue {
                namespace: row.text()?,
                key: row.text()?,
                ciphertext: row.blob()?,
            })
        })
        .collect()
}
