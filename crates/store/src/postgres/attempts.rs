//! Failed attempts of calls.

use std::collections::BTreeMap;

use tasker_domain::{FailedAttempt, Path, RunId};

use crate::Result;
use crate::postgres::connection::{Call, Connection, Param, texts};
use crate::sqlite::attempts::read;

/// The failed attempts of the calls at these paths.
pub(super) fn of_paths<C: Connection>(
    db: &C,
    run: RunId,
    paths: &[Path],
) -> Result<BTreeMap<Path, Vec<FailedAttempt>>> {
    let mut failures: BTreeMap<Path, Vec<FailedAttempt>> = BTreeMap::new();
    if paths.is_empty() {
        return Ok(failures);
    }
    let paths: Param = texts(paths.iter().map(|path| Some(path.as_str())));
    for mut row in db.call("attempts", &[Param::from(run), paths])? {
        let path = Path::from(row.text()?);
        failures.entry(path).or_default().push(read(&mut row)?);
    }
    Ok(failures)
}
