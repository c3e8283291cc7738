//! Pausing runs.

use tasker_domain::RunId;

use crate::Result;
use crate::pause::{Pause, Pausing};
use crate::postgres::Postgres;
use crate::postgres::connection::{Call, Connection, params};

impl<C: Connection> Pausing for Postgres<C> {
    fn set_paused(&self, run: RunId, paused: bool, now: i64) -> Result<Option<Pause>> {
        let Some(answer) = self
            .connection
            .value("set_paused", params![run, paused, now])?
            .opt_text()?
        else {
            return Ok(None);
        };
        Ok(Some(match answer.as_str() {
            "done" => Pause::Done,
            "already" => Pause::Already,
            "stopping" => Pause::Stopping,
            _ => Pause::Finished,
        }))
    }
}
