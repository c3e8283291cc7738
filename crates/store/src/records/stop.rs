//! Stopping runs.

use tasker_domain::Stop;

use crate::row::{Row, from_json};
use crate::{Control, Result};

pub(crate) fn read_stop(row: &mut Row) -> Result<Option<Stop>> {
    row.opt_text()?.as_deref().map(from_json).transpose()
}

impl Control {
    /// What a slice is to do, from the two flags of its frame.
    pub(crate) fn read(row: &mut Row) -> Result<Self> {
        Ok(match (row.boolean()?, row.boolean()?) {
            (true, _) => Self::Stop,
            (false, true) => Self::Pause,
            (false, false) => Self::Go,
        })
    }
}
