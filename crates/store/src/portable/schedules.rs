//! Schedules.

use tasker_domain::Schedule;

use super::{DONE, Database, Statement};
use crate::page::page;
use crate::postgres::params;
use crate::records::schedules::{read_schedule, read_schedules};
use crate::{Page, Result, ScheduleRemoved, Schedules};

pub(super) const STATEMENTS: &[Statement] = &[
    SCHEDULE,
    ALL,
    DUE,
    QUEUED,
    NEXT,
    RESUME,
    REMOVE,
    OF_CODE,
    GOING_ON,
    DROP_QUEUED,
    PAUSE,
];

/// Whether a run of schedule `s` is live.
macro_rules! goes_on {
    () => {
        "EXISTS (SELECT 1 FROM task_runs r
                 WHERE r.schedule = s.name AND r.schedule IS NOT NULL AND r.finished_at IS NULL)"
    };
}
pub(crate) use goes_on;

pub(crate) const SCHEDULE: Statement = Statement {
    head: "schedule(text)",
    answer: "SETOF schedules",
    sql: "SELECT * FROM schedules WHERE name = $1",
};

const ALL: Statement = Statement {
    head: "schedules(text, bigint)",
    answer: "SETOF schedules",
    sql: "SELECT * FROM schedules WHERE name > $1 ORDER BY name LIMIT $2",
};

const DUE: Statement = Statement {
    head: "due_schedules(bigint, bigint)",
    answer: "SETOF schedules",
    sql: "
    SELECT * FROM schedules INDEXED BY schedules_due WHERE is_paused = 0/*postgres ::boolean */ AND next_at <= $1
    ORDER BY next_at, name LIMIT $2",
};

/// Those of which a run waits and none goes on.
const QUEUED: Statement = Statement {
    head: "queued_schedules(bigint)",
    answer: "SETOF schedules",
    sql: concat!(
        "SELECT * FROM schedules s INDEXED BY schedules_queued WHERE s.queued_for IS NOT NULL AND NOT ",
        goes_on!(),
        " ORDER BY s.name LIMIT $1"
    ),
};

/// A schedule whose first run waits is due once nothing of it goes on.
const NEXT: Statement = Statement {
    head: "next_schedule()",
    answer: "TABLE (at bigint)",
    sql: concat!(
        "SELECT min(m.at) FROM (
             SELECT min(s.next_at) AS at FROM schedules s INDEXED BY schedules_due WHERE s.is_paused = 0/*postgres ::boolean */
             UNION ALL
             SELECT min(s.queued_for) FROM schedules s INDEXED BY schedules_queued
             WHERE s.queued_for IS NOT NULL AND NOT ",
        goes_on!(),
        ") AS m"
    ),
};

const RESUME: Statement = Statement {
    head: "resume_schedule(bigint, bigint, text)",
    answer: "TABLE (name text)",
    sql: "
    UPDATE schedules SET
        next_at = CASE WHEN is_paused THEN $1 ELSE next_at END,
        updated_at = CASE WHEN is_paused THEN $2 ELSE updated_at END, is_paused = 0/*postgres ::boolean */
    WHERE name = $3 RETURNING name",
};

const REMOVE: Statement = Statement {
    head: "remove_schedule(text)",
    answer: "TABLE (name text)",
    sql: "DELETE FROM schedules WHERE name = $1 AND origin = 'api' RETURNING name",
};

const OF_CODE: Statement = Statement {
    head: "schedule_of_code(text)",
    answer: "TABLE (name text)",
    sql: "SELECT name FROM schedules WHERE name = $1 AND origin = 'code'",
};

/// The runs that wait are dropped, if the schedule's policies no longer let them or it is paused now. Their moments ascend.
macro_rules! drop_queued {
    ($why:literal) => {
        concat!(
            "
    UPDATE schedules SET queued_for = NULL, queued_more = '[]',
        skipped = skipped + 1 + (SELECT count(*) FROM json_each(queued_more)),
        skipped_at = coalesce((SELECT max(CAST(q.value AS bigint)) FROM json_each(queued_more) AS q), queued_for),
        skipped_why = ",
            $why,
            "
    WHERE name = $1 AND queued_for IS NOT NULL
      AND (is_paused OR NOT (overlap = 'queue' OR (overlap = 'skip' AND catch_up = 'all')))"
        )
    };
}

pub(crate) const DROP_QUEUED: Statement = Statement {
    head: "_drop_queued(text, text)",
    answer: DONE,
    sql: concat!(drop_queued!("$2"), " RETURNING 1"),
};

const PAUSE: Statement = Statement {
    head: "pause_schedule(text, bigint)",
    answer: DONE,
    sql: concat!(
        "
    UPDATE schedules SET
        updated_at = CASE WHEN is_paused THEN updated_at ELSE $2 END, is_paused = 1/*postgres ::boolean */
    WHERE name = $1 RETURNING 1;",
        drop_queued!("'paused'")
    ),
};

/// The runs of a schedule that go on.
pub(crate) const GOING_ON: Statement = Statement {
    head: "runs_of_schedule(text)",
    answer: "TABLE (id uuid)",
    sql: "
    SELECT id FROM task_runs INDEXED BY task_runs_schedule
    WHERE schedule = $1 AND schedule IS NOT NULL AND finished_at IS NULL ORDER BY id",
};

impl<D: Database> Schedules for D {
    fn schedule(&self, name: &str) -> Result<Option<Schedule>> {
        let schedule = self.row(&SCHEDULE, params![name])?;
        schedule.map(read_schedule).transpose()
    }

    fn schedules(&self, after: Option<&str>, limit: u32) -> Result<Page<Schedule>> {
        page(limit, |limit| {
            read_schedules(self.rows(&ALL, params![after.unwrap_or_default(), limit])?)
        })
    }

    fn due_schedules(&self, limit: u32, now: i64) -> Result<Vec<Schedule>> {
        let mut due = read_schedules(self.rows(&DUE, params![now, limit])?)?;
        // One that is in both lists fires for its next moment first.
        let mut queued = read_schedules(self.rows(&QUEUED, params![limit])?)?;
        queued.retain(|schedule| schedule.next_at.is_none_or(|next_at| next_at > now));
        due.extend(queued);
        due.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok(due)
    }

    fn next_schedule(&self) -> Result<Option<i64>> {
        let next = self.row(&NEXT, params![])?;
        next.map_or(Ok(None), |row| row.only().opt_int())
    }

    fn pause_schedule(&self, name: &str, now: i64) -> Result<bool> {
        self.apply(&PAUSE, params![name, now])
    }

    fn resume_schedule(&self, name: &str, next_at: Option<i64>, now: i64) -> Result<bool> {
        self.any(&RESUME, params![next_at, now, name])
    }

    fn remove_schedule(&self, name: &str) -> Result<ScheduleRemoved> {
        Ok(if self.any(&REMOVE, params![name])? {
            ScheduleRemoved::Removed
        } else if self.any(&OF_CODE, params![name])? {
            ScheduleRemoved::OfCode
        } else {
            ScheduleRemoved::NotFound
        })
    }
}
