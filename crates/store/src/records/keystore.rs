//! Encrypted values.

use crate::row::Row;
use crate::{BeforeChange, Namespace, Result, SealedValue};

/// Reads the name and the number of keys from each row.
pub(crate) fn namespaces(rows: Vec<Row>) -> Result<Vec<Namespace>> {
    rows.into_iter()
        .map(|mut row| {
            Ok(Namespace {
                name: row.get("namespace").text()?,
                keys: u64::try_from(row.get("keys").int()?).unwrap_or(0),
            })
        })
        .collect()
}

/// Reads what a change finds.
pub(crate) fn before_change(mut row: Row) -> Result<BeforeChange> {
    Ok(BeforeChange {
        ciphertext: row.get("ciphertext").opt_blob()?,
        answer: row.get("answer").opt_text()?,
    })
}

/// Reads namespace, key and ciphertext from each row.
pub(crate) fn sealed_values(rows: Vec<Row>) -> Result<Vec<SealedValue>> {
    rows.into_iter()
        .map(|mut row| {
            Ok(SealedValue {
                namespace: row.get("namespace").text()?,
                key: row.get("key").text()?,
                ciphertext: row.get("ciphertext").blob()?,
            })
        })
        .collect()
}
