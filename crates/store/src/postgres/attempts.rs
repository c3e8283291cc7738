//! Failed attempts of calls.

use tasker_domain::{Lease, Path, RunId};

use crate::postgres::connection::{Call, Connection, Param, params, texts};
use crate::records::attempts::{Failures, failures};
use crate::{Error, Result};

/// Whether an attempt of a leased call was lost.
pub(super) fn was_lost<C: Connection>(db: &C, lease: Lease) -> Result<bool> {
    let row = db.one("was_lost", params![lease.id, lease.token.0])?;
    row.ok_or(Error::LeaseLost)?.boolean()
}

/// The failed attempts of the calls at these paths.
pub(super) fn of_paths<C: Connection>(db: &C, run: RunId, paths: &[Path]) -> Result<Failures> {
    if paths.is_empty() {
        return Ok(Failures::new());
    }
    let paths: Param = texts(paths.iter().map(|path| Some(path.as_str())));
    failures(db.call("attempts", &[Param::from(run), paths])?)
}
