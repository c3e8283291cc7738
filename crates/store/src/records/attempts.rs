//! Failed attempts of calls.

use std::collections::BTreeMap;

use tasker_domain::{FailedAttempt, Path};

use crate::Result;
use crate::row::{Row, from_json};

/// The failed attempts of calls, by their paths.
pub(crate) type Failures = BTreeMap<Path, Vec<FailedAttempt>>;

/// Reads the path and a failed attempt from each row.
pub(crate) fn failures(rows: Vec<Row>) -> Result<Failures> {
    let mut failures = Failures::new();
    for mut row in rows {
        let path = Path::from(row.get("path").text()?);
        let attempt = FailedAttempt {
            attempt: row.get("attempt").number()?,
            started_at: row.get("started_at").int()?,
            finished_at: row.get("finished_at").int()?,
            next_at: row.get("next_at").int()?,
            error: from_json(&row.get("error").text()?)?,
        };
        failures.entry(path).or_default().push(attempt);
    }
    Ok(failures)
}
