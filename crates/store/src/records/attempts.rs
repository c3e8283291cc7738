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
        let path = Path::from(row.text()?);
        let attempt = FailedAttempt {
            attempt: row.number()?,
            started_at: row.int()?,
            finished_at: row.int()?,
            next_at: row.int()?,
            error: from_json(&row.text()?)?,
        };
        failures.entry(path).or_default().push(attempt);
    }
    Ok(failures)
}
