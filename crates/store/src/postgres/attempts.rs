//! Failed attempts of calls.

use tasker_domain::{Path, RunId};

use crate::Result;
use crate::postgres::connection::{Call, Connection, Param, texts};
use crate::records::attempts::{Failures, failures};

/// The failed attempts of the calls at these paths.
pub(super) fn of_paths<C: Connection>(db: &C, run: RunId, paths: &[Path]) -> Result<Failures> {
    if paths.is_empty() {
        return Ok(Failures::new());
    }
    let paths: Param = texts(paths.iter().map(|path| Some(path.as_str())));
    failures(db.call("attempts", &[Param::from(run), paths])?)
}
