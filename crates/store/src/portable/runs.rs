//! The records of runs: how one stands, which says why what was asked of it was not done, and what else is one statement.

use tasker_domain::{Progress, RunId, RunStatus, Stop, tag};

use super::{DONE, Database, LOOKS, Statement};
use crate::postgres::params;
use crate::records::runs::read_progress;
use crate::records::slots::read_limit;
use crate::records::stop::read_stop;
use crate::row::{Row, to_json};
use crate::{Cancellation, ConcurrencyLimit, Error, Pause, Result, RunRemoved, Tagged};

pub(super) const STATEMENTS: &[Statement] = &[STANDING, SLOT, PROGRESS, TAGS, TAG, REMOVE];

const STANDING: Statement = Statement {
    head: "standing(uuid)",
    answer: "TABLE (status text, stop text, is_paused boolean)",
    sql: "SELECT status, stop, paused_at IS NOT NULL AS is_paused FROM task_runs WHERE id = $1",
};

const SLOT: Statement = Statement {
    head: "slot(uuid)",
    answer: "TABLE (scope text, at_once bigint)",
    sql: "
    SELECT slot_scope AS scope, slot_limit AS at_once FROM task_runs WHERE id = $1 AND slot_scope IS NOT NULL",
};

const PROGRESS: Statement = Statement {
    head: "progress(uuid)",
    answer: "TABLE (revision bigint, progress_at bigint, progress_number bigint, progress text)",
    sql: "
    SELECT revision, at AS progress_at, number AS progress_number, value AS progress FROM run_progress WHERE run_id = $1",
};

const TAGS: Statement = Statement {
    head: "tags(uuid)",
    answer: "TABLE (tags text)",
    sql: "SELECT coalesce(tags, '[]') AS tags FROM task_runs WHERE id = $1",
};

/// If it still has those that it had.
const TAG: Statement = Statement {
    head: "tag(text, bigint, uuid, text)",
    answer: DONE,
    sql: "
    UPDATE task_runs SET tags = $1, updated_at = $2 WHERE id = $3 AND coalesce(tags, '[]') = $4 RETURNING 1;
    INSERT INTO run_tags (run_id, tag) SELECT $3, e.value FROM json_each($1) AS e WHERE true
    ON CONFLICT (run_id, tag) DO NOTHING",
};

/// The cascade takes the rest.
const REMOVE: Statement = Statement {
    head: "remove_run(uuid)",
    answer: "TABLE (id uuid)",
    sql: "DELETE FROM task_runs WHERE id = $1 AND finished_at IS NOT NULL RETURNING id",
};

/// As [`crate::Runs::concurrency_limit`] says.
pub(crate) fn concurrency_limit(
    db: &impl Database,
    run: RunId,
) -> Result<Option<ConcurrencyLimit>> {
    db.row(&SLOT, params![run])?.map(read_limit).transpose()
}

/// As [`crate::Runs::run_progress`] says.
pub(crate) fn progress(db: &impl Database, run: RunId) -> Result<Option<(u64, Progress)>> {
    let Some(mut row) = db.row(&PROGRESS, params![run])? else {
        return Ok(None);
    };
    let revision = row.get("revision").number()?;
    Ok(read_progress(&mut row)?.map(|progress| (revision, progress)))
}

/// As [`crate::Runs::tags`] says.
pub(crate) fn tags(db: &impl Database, run: RunId) -> Result<Option<Vec<String>>> {
    let tags = db.row(&TAGS, params![run])?;
    tags.map(|row| row.only().json()).transpose()
}

/// As [`crate::Runs::tag`] says.
pub(crate) fn tag(
    db: &impl Database,
    run: RunId,
    more: &[String],
    now: i64,
) -> Result<Option<Tagged>> {
    for _ in 0..LOOKS {
        let Some(before) = tags(db, run)? else {
            return Ok(None);
        };
        let Some(tags) = tag::tags(&before, more) else {
            return Ok(Some(Tagged::TooMany));
        };
        let given = params![to_json(&tags)?, now, run, to_json(&before)?];
        if tags == before || db.apply(&TAG, given)? {
            return Ok(Some(Tagged::Tags(tags)));
        }
    }
    Err(changes_all_the_time(run))
}

/// As [`crate::Purge::remove_run`] says.
pub(crate) fn remove_run(db: &impl Database, run: RunId) -> Result<RunRemoved> {
    Ok(if db.any(&REMOVE, params![run])? {
        RunRemoved::Removed
    } else if db.any(&STANDING, params![run])? {
        RunRemoved::Live
    } else {
        RunRemoved::NotFound
    })
}

/// How a run stands.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Standing {
    status: RunStatus,
    stop: Option<Stop>,
    is_paused: bool,
}

impl Standing {
    fn read(mut row: Row) -> Result<Self> {
        Ok(Self {
            status: row.get("status").word(RunStatus::parse)?,
            stop: read_stop(&mut row)?,
            is_paused: row.get("is_paused").boolean()?,
        })
    }

    /// Why it is not cancelled. `None`: it can be.
    pub(super) fn why_not_cancelled(&self) -> Option<Cancellation> {
        match &self.stop {
            _ if self.status.is_terminal() => Some(Cancellation::Finished),
            Some(stop) => Some(Cancellation::Stopping {
                grace_until: stop.grace_until,
            }),
            None => None,
        }
    }

    /// Why it is not paused, or resumed. `None`: it can be.
    pub(super) fn why_not_paused(&self, paused: bool) -> Option<Pause> {
        if self.status.is_terminal() {
            Some(Pause::Finished)
        } else if self.stop.is_some() {
            Some(Pause::Stopping)
        } else {
            (self.is_paused == paused).then_some(Pause::Already)
        }
    }
}

/// Changes a run, or tells why not; one that can be changed by then is tried again. `None`: there is no such run.
pub(super) fn change<T>(
    db: &impl Database,
    run: RunId,
    change: impl Fn() -> Result<Option<T>>,
    why_not: impl Fn(&Standing) -> Option<T>,
) -> Result<Option<T>> {
    for _ in 0..LOOKS {
        if let Some(changed) = change()? {
            return Ok(Some(changed));
        }
        let Some(row) = db.row(&STANDING, params![run])? else {
            return Ok(None);
        };
        if let Some(reason) = why_not(&Standing::read(row)?) {
            return Ok(Some(reason));
        }
    }
    Err(changes_all_the_time(run))
}

fn changes_all_the_time(run: RunId) -> Error {
    Error::Unavailable(format!("the run {run} changes all the time"))
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::rc::Rc;

    use tasker_domain::StopCause;

    use super::*;
    use crate::postgres::Param;
    use crate::row::Value;

    fn standing(status: RunStatus, is_stopping: bool, is_paused: bool) -> Standing {
        let stop = Stop::new(StopCause::Cancel, 4, 5);
        Standing {
            status,
            stop: is_stopping.then_some(stop),
            is_paused,
        }
    }

    #[test]
    fn a_run_that_has_ended_or_is_being_stopped_is_left_alone() {
        for status in [
            RunStatus::Completed,
            RunStatus::Failed,
            RunStatus::Cancelled,
        ] {
            for is_stopping in [false, true] {
                let ended = standing(status, is_stopping, false);
                assert_eq!(ended.why_not_cancelled(), Some(Cancellation::Finished));
                assert_eq!(ended.why_not_paused(true), Some(Pause::Finished));
                assert_eq!(ended.why_not_paused(false), Some(Pause::Finished));
            }
        }
        let stopping = standing(RunStatus::Processing, true, false);
        let since = Cancellation::Stopping { grace_until: 9 };
        assert_eq!(stopping.why_not_cancelled(), Some(since));
        assert_eq!(stopping.why_not_paused(true), Some(Pause::Stopping));
        assert_eq!(stopping.why_not_paused(false), Some(Pause::Stopping));
    }

    #[test]
    fn a_live_run_can_be_changed_unless_it_is_so_already() {
        for status in [RunStatus::Queued, RunStatus::Processing] {
            for is_paused in [false, true] {
                let live = standing(status, false, is_paused);
                assert_eq!(live.why_not_cancelled(), None);
                assert_eq!(live.why_not_paused(!is_paused), None);
                assert_eq!(live.why_not_paused(is_paused), Some(Pause::Already));
            }
        }
    }

    /// A database in which a run stands so, one look after the other, until it is gone; and nothing can be done to it.
    struct Looks(RefCell<Vec<&'static str>>);

    impl Database for Looks {
        fn rows(&self, _: &Statement, _: &[Param]) -> Result<Vec<Row>> {
            let columns: Rc<[_]> = ["status", "stop", "is_paused"].map(str::to_owned).into();
            let row = |status: &str| {
                let status = Value::Text(status.to_owned());
                Row::new(&columns, vec![status, Value::Null, Value::Integer(0)])
            };
            Ok(self.0.borrow_mut().pop().map(row).into_iter().collect())
        }

        fn apply(&self, _: &Statement, _: &[Param]) -> Result<bool> {
            Ok(false)
        }
    }

    #[test]
    fn a_run_that_changes_is_tried_again_but_not_for_ever() {
        let cancel = |looks: Vec<&'static str>| {
            let (run, db) = (RunId(uuid::Uuid::nil()), Looks(RefCell::new(looks)));
            let done = change(&db, run, || Ok(None), Standing::why_not_cancelled);
            (done, db.0.into_inner().len())
        };
        let (done, left) = cancel(vec!["queued", "completed", "processing", "queued"]);
        assert_eq!((done.unwrap(), left), (Some(Cancellation::Finished), 1));
        assert_eq!(cancel(vec!["queued"]).0.unwrap(), None);
        let (done, left) = cancel(vec!["processing"; LOOKS + 1]);
        assert!(matches!(done, Err(Error::Unavailable(_))));
        assert_eq!(left, 1);
    }
}
