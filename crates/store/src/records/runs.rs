//! The records of runs.

use tasker_domain::retry::RunRetry;
use tasker_domain::{Run, RunStatus};

use crate::records::stop::read_stop;
use crate::row::{Row, from_json, to_json};
use crate::{NewRun, Progress, Result, Submitted};

/// The lane of a run's rows: lanes of a greater priority sort first.
pub(crate) fn lane(task: &str, priority: i32) -> String {
    format!("{:03}{task}", 100 - priority.clamp(-100, 100))
}

/// How a run is begun again, as it is stored: nothing if it never is.
pub(crate) fn written(retry: &RunRetry) -> Result<Option<String>> {
    match retry.pauses.is_empty() {
        true => Ok(None),
        false => to_json(retry).map(Some),
    }
}

pub(crate) fn read_run(mut row: Row) -> Result<Run> {
    Ok(Run {
        id: row.parsed()?,
        task: row.text()?,
        version: row.text()?,
        input: row.text()?,
        status: row.word(RunStatus::parse)?,
        result: row.opt_text()?,
        error: row.opt_text()?.as_deref().map(from_json).transpose()?,
        idempotency_key: row.opt_text()?,
        run_at: row.opt_int()?,
        attempt: row.number()?,
        retry: row.opt_json()?.unwrap_or_default(),
        failures: row.opt_json()?.unwrap_or_default(),
        retry_of: row.opt_parsed()?,
        deadline: row.opt_int()?,
        stop: read_stop(&mut row)?,
        schedule: row.opt_text()?,
        priority: row.number()?,
        held: row.boolean()?,
        trace: row.opt_parsed()?,
        created_at: row.int()?,
        updated_at: row.int()?,
        started_at: row.opt_int()?,
        finished_at: row.opt_int()?,
    })
}

/// What submitting answers if this run has used the idempotency key before.
pub(crate) fn submitted_before(existing: Run, run: &NewRun) -> Submitted {
    match existing.input == run.input {
        true => Submitted::Existing(Box::new(existing)),
        false => Submitted::Conflict(existing.id),
    }
}

pub(crate) fn read_progress(mut row: Row) -> Result<Progress> {
    Ok(Progress {
        status: row.word(RunStatus::parse)?,
        calls: row.number()?,
        lines: row.number()?,
    })
}
