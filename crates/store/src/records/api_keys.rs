//! API keys.

use tasker_domain::access::ApiKey;

use crate::row::Row;
use crate::{Error, Result};

pub(crate) fn read_api_key(mut row: Row) -> Result<ApiKey> {
    let hash = row.get("hash").blob()?;
    Ok(ApiKey {
        name: row.get("name").text()?,
        hash: hash
            .try_into()
            .map_err(|_| Error::Unexpected("the column hash is no SHA-256".to_owned()))?,
        permissions: row.get("permissions").json()?,
        created_at: row.get("created_at").int()?,
        expires_at: row.get("expires_at").opt_int()?,
        used_at: row.get("used_at").opt_int()?,
    })
}

pub(crate) fn read_api_keys(rows: Vec<Row>) -> Result<Vec<ApiKey>> {
    rows.into_iter().map(read_api_key).collect()
}
