//! Deeds.

use tasker_domain::audit::{Deed, NotedDeed};

use crate::Result;
use crate::row::Row;

/// How long refusals are counted together (ms).
const BUNDLE_MS: i64 = 3_600_000;

/// As what a deed is counted; `None`: it stands alone.
pub(crate) fn bundle(deed: &Deed) -> Option<String> {
    let code = deed.code.as_deref()?;
    let hour = deed.at.div_euclid(BUNDLE_MS);
    let key = deed.key_id.as_deref().unwrap_or(&deed.key);
    Some(format!("{hour} {key} {} {code}", deed.action))
}

pub(crate) fn read_deed(mut row: Row) -> Result<NotedDeed> {
    Ok(NotedDeed {
        seq: row.get("seq").number()?,
        times: row.get("times").number()?,
        deed: Deed {
            at: row.get("at").int()?,
            key: row.get("key_name").text()?,
            key_id: row.get("key_id").opt_text()?,
            client: row.get("client").text()?,
            action: row.get("action").text()?,
            target: row.get("target").text()?,
            code: row.get("code").opt_text()?,
            detail: row.get("detail").opt_text()?,
        },
    })
}
