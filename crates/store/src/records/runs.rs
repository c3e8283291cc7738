//! The records of runs.

use tasker_domain::json::means_the_same;
use tasker_domain::retry::RunRetry;
use tasker_domain::{Progress, Run, RunStatus};

use crate::records::stop::read_stop;
use crate::row::{Row, from_json, to_json};
use crate::{Mark, NewRun, Result, Submitted};

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
        id: row.get("id").parsed()?,
        task: row.get("task_name").text()?,
        version: row.get("task_version").text()?,
        input: row.get("input").text()?,
        status: row.get("shown").word(RunStatus::parse)?,
        result: row.get("result").opt_text()?,
        error: row
            .get("error")
            .opt_text()?
            .as_deref()
            .map(from_json)
            .transpose()?,
        idempotency_key: row.get("idempotency_key").opt_text()?,
        run_at: row.get("run_at").opt_int()?,
        attempt: row.get("attempt").number()?,
        retry: row.get("retry").opt_json()?.unwrap_or_default(),
        failures: row.get("failures").opt_json()?.unwrap_or_default(),
        retry_of: row.get("retry_of").opt_parsed()?,
        deadline: row.get("deadline").opt_int()?,
        stop: read_stop(&mut row)?,
        schedule: row.get("schedule").opt_text()?,
        priority: row.get("priority").number()?,
        held: row.get("is_held").boolean()?,
        trace: row.get("trace").opt_parsed()?,
        progress: read_progress(&mut row)?,
        tags: row.get("tags").opt_json()?.unwrap_or_default(),
        created_at: row.get("created_at").int()?,
        updated_at: row.get("updated_at").int()?,
        started_at: row.get("started_at").opt_int()?,
        finished_at: row.get("finished_at").opt_int()?,
    })
}

/// What submitting answers if this run has used the idempotency key before.
pub(crate) fn submitted_before(existing: Run, run: &NewRun) -> Submitted {
    match means_the_same(&existing.input, &run.input) {
        true => Submitted::Existing(Box::new(existing)),
        false => Submitted::Conflict(existing.id),
    }
}

pub(crate) fn read_mark(mut row: Row) -> Result<Mark> {
    Ok(Mark {
        status: row.get("shown").word(RunStatus::parse)?,
        calls: row.get("calls").number()?,
        lines: row.get("lines").number()?,
        progress: row.get("progress").number()?,
        tags: row.get("tags").number()?,
    })
}

/// The tags of a run, as they are stored: nothing if there are none.
pub(crate) fn written_tags(tags: &[String]) -> Result<Option<String>> {
    (!tags.is_empty()).then(|| to_json(&tags)).transpose()
}

/// How far the tasks of a run say that it is, if they have said.
pub(crate) fn read_progress(row: &mut Row) -> Result<Option<Progress>> {
    let Some(value) = row.get("progress").opt_text()? else {
        return Ok(None);
    };
    Ok(Some(Progress {
        number: row.get("progress_number").number()?,
        at: row.get("progress_at").int()?,
        value,
    }))
}
