//! The records of runs.

use tasker_domain::{Outcome, Progress, Run, RunId, RunStatus};

use crate::page::page;
use crate::portable;
use crate::records::metering::by_status;
use crate::records::queue::HELD;
use crate::records::runs::{lane, read_mark, read_run, submitted_before, written, written_tags};
use crate::row::to_json;
use crate::runs::Runs;
use crate::sqlite::connection::{Connection, Execute, Value, params};
use crate::sqlite::{Sqlite, slots, webhooks};
use crate::{
    ConcurrencyLimit, Error, Mark, Metrics, NewRun, Page, Result, RunQuery, Submitted, Tagged,
};

/// Whether any stack run of run `r` is being processed.
macro_rules! is_worked_on {
    () => {
        "EXISTS (SELECT 1 FROM stack_runs s INDEXED BY stack_runs_processing
                 WHERE s.run_id = r.id AND s.status = 'processing')"
    };
}

/// The status of run `r` as it is shown: a run that has begun sleeps if nobody works on it.
macro_rules! shown_status {
    () => {
        concat!(
            "CASE WHEN r.paused_at IS NOT NULL THEN 'paused'
                  WHEN r.status = 'processing' AND NOT ",
            is_worked_on!(),
            " THEN 'suspended' ELSE r.status END"
        )
    };
}

/// Runs from here, with these as their inputs and results.
macro_rules! select_runs {
    ($from:literal, $input:literal, $result:literal; $($condition:expr),+) => {
        concat!(
            "SELECT r.id, r.task_name, r.task_version, ",
            $input,
            " AS input, ",
            shown_status!(),
            " AS shown, ",
            $result,
            " AS result, r.error, r.idempotency_key, r.run_at, r.attempt, r.retry, r.failures, r.retry_of, r.deadline, r.stop, r.schedule, r.priority,
               r.slot_scope IS NOT NULL AND r.slot = 1 AND r.finished_at IS NULL AS is_held, r.trace, r.created_at, r.updated_at,
               r.started_at, r.finished_at, p.at AS progress_at, p.number AS progress_number, p.value AS progress, r.tags
             FROM ",
            $from,
            " LEFT JOIN run_progress p ON p.run_id = r.id WHERE ",
            $($condition),+
        )
    };
}

/// A page: ?1 is the id to begin below, ?2 how many, ?3 the stored status or the task, ?4 the task
/// where both are asked for.
macro_rules! list_runs {
    ($($condition:expr),*) => {
        select_runs!("task_runs r", "''", "NULL"; "r.id < ?1 ", $($condition,)* " ORDER BY r.id DESC LIMIT ?2")
    };
}

/// The newest runs below ?1 of two stored statuses, each found by its index, so that ended
/// runs cost nothing.
macro_rules! live_runs {
    ($condition:literal) => {
        list_runs!(
            "AND r.id IN (
               SELECT id FROM (SELECT id FROM task_runs WHERE status = 'queued' AND id < ?1",
            $condition,
            " ORDER BY id DESC LIMIT ?2)
               UNION ALL
               SELECT id FROM (SELECT id FROM task_runs WHERE status = 'processing' AND id < ?1",
            $condition,
            " ORDER BY id DESC LIMIT ?2))"
        )
    };
}

const BEGIN_RUN: &str = "
    INSERT INTO task_runs
        (id, task_name, task_version, status, idempotency_key, created_at, updated_at, input, run_at,
         schedule, priority, retention_ms, slot_scope, slot_limit, deadline, retry_of, trace, retry,
         versions_at, tags)
    VALUES (?1, ?2, ?3, 'queued', ?4, ?5, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16,
            (SELECT coalesce(o.versions_at, o.created_at) FROM task_runs o WHERE o.id = ?17), ?18)";
/// The first to come takes a key; it can be taken again once its time is up and its run has ended.
const TAKE_KEY: &str = "
    INSERT INTO idempotency_keys (task_name, idempotency_key, run_id, expires_at) VALUES (?1, ?2, ?3, ?4)
    ON CONFLICT (task_name, idempotency_key) DO UPDATE SET
        run_id = excluded.run_id, expires_at = excluded.expires_at
    WHERE idempotency_keys.expires_at <= ?5 AND NOT EXISTS (
        SELECT 1 FROM task_runs r WHERE r.id = idempotency_keys.run_id AND r.finished_at IS NULL)
    RETURNING 1";
const KEY_OWNER: &str =
    "SELECT run_id FROM idempotency_keys WHERE task_name = ?1 AND idempotency_key = ?2";
/// Whether a run has started as many others as it may. One that was made by the same call before is no further one.
const IS_SPENT: &str = "
    SELECT 1 FROM task_runs WHERE id = ?1 AND starts >= ?2 AND NOT EXISTS (
        SELECT 1 FROM idempotency_keys WHERE task_name = ?3 AND idempotency_key = ?4)";
const COUNT_START: &str = "UPDATE task_runs SET starts = starts + 1 WHERE id = ?1";
const ROOT_FRAME: &str = "
    INSERT INTO stack_runs
        (id, run_id, path, call_number, kind, status, run_after, created_at, updated_at,
         task_name, task_version, service, method, lane, expires_at)
    VALUES (?1, ?2, '0', 0, 'frame', 'pending', ?6, ?3, ?3, ?4, ?5, 'tasks', '[\"execute\"]', ?7, ?8)";
const LAST_OF_SCHEDULE: &str = "UPDATE schedules SET last_run = ?2 WHERE name = ?1";
const TAG: &str = "INSERT INTO run_tags (run_id, tag) SELECT ?1, value FROM json_each(?2)";
const RUN: &str = select_runs!("task_runs r", "r.input", "r.result"; "r.id = ?1");
/// Walks over the runs with the tag.
const TAGGED: &str = select_runs!(
    "run_tags t CROSS JOIN task_runs r ON r.id = t.run_id", "''", "NULL";
    "t.tag = ?3 AND t.run_id < ?1 AND (?4 IS NULL OR r.task_name = ?4) AND (?5 IS NULL OR ",
    shown_status!(),
    " = ?5) AND (?6 = 0 OR r.finished_at IS NULL) ORDER BY t.run_id DESC LIMIT ?2"
);
const MARK: &str = concat!(
    "SELECT ",
    shown_status!(),
    " AS shown, (SELECT coalesce(max(j.seq), 0) FROM call_journal j WHERE j.run_id = r.id) AS calls,
       (SELECT coalesce(max(l.seq), 0) FROM run_logs l WHERE l.run_id = r.id) AS lines,
       coalesce((SELECT p.revision FROM run_progress p WHERE p.run_id = r.id), 0) AS progress,
       json_array_length(coalesce(r.tags, '[]')) AS tags
     FROM task_runs r WHERE r.id = ?1"
);
/// A run that is being stopped ends as that says, whatever its task made of it.
const END_RUN: &str = "
    UPDATE task_runs SET status = coalesce(stop_status, ?2),
        result = CASE WHEN stop_status IS NULL THEN ?3 END,
        error = CASE WHEN stop_status IS NULL THEN ?4 ELSE stop_error END,
        updated_at = ?5, finished_at = ?5, paused_at = NULL
    WHERE id = ?1 RETURNING slot_scope";

/// What waits for the end of a run looks at it now.
const WAKE_WAITS: &str = "
    UPDATE stack_runs SET run_after = ?2, updated_at = ?2
    WHERE id IN (SELECT stack_run_id FROM run_waits WHERE run_id = ?1) AND status = 'pending'";
const FORGET_WAITS: &str = "DELETE FROM run_waits WHERE run_id = ?1";

impl<C: Connection> Runs for Sqlite<C> {
    fn submit(&self, run: &NewRun, now: i64) -> Result<Submitted> {
        let db = &self.connection;
        db.transaction(|db| {
            let (task, key) = (run.task.name.as_str(), run.idempotency_key.as_deref());
            let starter = run.terms.starter.as_ref();
            if let Some(starter) = starter
                && db
                    .one(IS_SPENT, params![starter.run, starter.at_most, task, key])?
                    .is_some()
            {
                return Ok(Submitted::TooMany);
            }
            if begin(db, run, now)? {
                if let Some(starter) = starter {
                    db.execute(COUNT_START, params![starter.run])?;
                }
                if let Some(schedule) = &run.schedule {
                    db.execute(LAST_OF_SCHEDULE, params![schedule.as_str(), run.id])?;
                }
                return Ok(Submitted::Created);
            }
            let owner: RunId = db
                .one(KEY_OWNER, params![task, key])?
                .ok_or_else(|| Error::Unexpected("a run was refused for no reason".to_owned()))?
                .only()
                .parsed()?;
            // The key outlives a run that was deleted.
            let Some(row) = db.one(RUN, params![owner])? else {
                return Ok(Submitted::Conflict(owner));
            };
            Ok(submitted_before(read_run(row)?, run))
        })
    }

    fn run(&self, id: RunId) -> Result<Option<Run>> {
        self.connection
            .one(RUN, params![id])?
            .map(read_run)
            .transpose()
    }

    fn mark(&self, id: RunId) -> Result<Option<Mark>> {
        self.connection
            .one(MARK, params![id])?
            .map(read_mark)
            .transpose()
    }

    fn runs(&self, query: &RunQuery) -> Result<Page<Run>> {
        // Greater than every id.
        let before = query.before.map_or("g".to_owned(), |id| id.to_string());
        page(query.limit, |limit| {
            let (sql, filter) = list(query);
            let mut params = params![before, limit];
            params.extend(filter);
            self.connection
                .execute(sql, params)?
                .into_iter()
                .map(read_run)
                .collect()
        })
    }

    fn run_progress(&self, id: RunId) -> Result<Option<(u64, Progress)>> {
        portable::runs::progress(self, id)
    }

    fn tag(&self, id: RunId, tags: &[String], now: i64) -> Result<Option<Tagged>> {
        portable::runs::tag(self, id, tags, now)
    }

    fn tags(&self, id: RunId) -> Result<Option<Vec<String>>> {
        portable::runs::tags(self, id)
    }

    fn concurrency_limit(&self, run: RunId) -> Result<Option<ConcurrencyLimit>> {
        portable::runs::concurrency_limit(self, run)
    }

    fn count_runs(&self) -> Result<Vec<(RunStatus, u64)>> {
        self.count_runs_by_task().map(by_status)
    }
}

/// Makes a run's record and its pending root frame, within the caller's transaction. `false`: its
/// idempotency key has been used.
pub(super) fn begin<C: Connection>(db: &C, run: &NewRun, now: i64) -> Result<bool> {
    let (task, version) = (run.task.name.as_str(), run.task.version.as_str());
    let (key, terms) = (run.idempotency_key.as_deref(), &run.terms);
    if key.is_some() {
        let params = params![task, key, run.id, terms.key_expires_at, now];
        if db.one(TAKE_KEY, params)?.is_none() {
            return Ok(false);
        }
    }
    let limit = terms.concurrency.as_ref();
    let tags = written_tags(&run.tags)?;
    db.execute(
        BEGIN_RUN,
        params![
            run.id,
            task,
            version,
            key,
            now,
            run.input.as_str(),
            run.run_at,
            run.schedule.as_deref(),
            i64::from(terms.priority),
            terms.retention_ms,
            limit.map(|limit| limit.scope.as_str()),
            limit.map(|limit| limit.at_once),
            run.deadline,
            run.retry_of,
            run.trace,
            written(&terms.retry)?,
            terms.versions_of,
            tags.as_deref(),
        ],
    )?;
    if let Some(tags) = tags {
        db.execute(TAG, params![run.id, tags])?;
    }
    let mut run_after = run.run_at.unwrap_or(now);
    // A run that begins later asks for its slot then.
    if limit.is_some() && run_after <= now && !slots::admit(db, run.id)? {
        run_after = HELD;
    }
    db.execute(
        ROOT_FRAME,
        params![
            run.frame,
            run.id,
            now,
            task,
            version,
            run_after,
            lane(task, terms.priority),
            run.deadline,
        ],
    )?;
    if let Some(url) = &run.webhook {
        webhooks::make(db, run.id, url)?;
    }
    Ok(true)
}

/// The statement for a filter, and its parameters from ?3 on.
fn list(query: &RunQuery) -> (&'static str, Vec<Value>) {
    let task = query.filter.task.as_deref();
    if let Some(tag) = query.filter.tag.as_deref() {
        let status = query.filter.status;
        let live = status.is_none() && query.filter.live;
        let status = status.map(RunStatus::as_str);
        return (TAGGED, params![tag, task, status, live]);
    }
    match (query.filter.status, task) {
        (None, None) if query.filter.live => (live_runs!(""), vec![]),
        (None, Some(task)) if query.filter.live => {
            (live_runs!(" AND task_name = ?3"), params![task])
        }
        (None, None) => (list_runs!(), vec![]),
        (None, Some(task)) => (list_runs!("AND r.task_name = ?3"), params![task]),
        (Some(RunStatus::Paused), None) => (list_runs!("AND r.paused_at IS NOT NULL"), vec![]),
        (Some(RunStatus::Paused), Some(task)) => (
            list_runs!("AND r.paused_at IS NOT NULL AND r.task_name = ?3"),
            params![task],
        ),
        (Some(RunStatus::Processing), None) => (
            list_runs!(
                "AND r.status = 'processing' AND r.paused_at IS NULL AND ",
                is_worked_on!()
            ),
            vec![],
        ),
        (Some(RunStatus::Processing), Some(task)) => (
            list_runs!(
                "AND r.task_name = ?3 AND r.status = 'processing' AND r.paused_at IS NULL AND ",
                is_worked_on!()
            ),
            params![task],
        ),
        (Some(RunStatus::Suspended), None) => (
            list_runs!(
                "AND r.status = 'processing' AND r.paused_at IS NULL AND NOT ",
                is_worked_on!()
            ),
            vec![],
        ),
        (Some(RunStatus::Suspended), Some(task)) => (
            list_runs!(
                "AND r.task_name = ?3 AND r.status = 'processing' AND r.paused_at IS NULL AND NOT ",
                is_worked_on!()
            ),
            params![task],
        ),
        (Some(status), None) => (
            list_runs!("AND r.status = ?3 AND r.paused_at IS NULL"),
            params![status.as_str()],
        ),
        (Some(status), Some(task)) => (
            list_runs!("AND r.status = ?3 AND r.paused_at IS NULL AND r.task_name = ?4"),
            params![status.as_str(), task],
        ),
    }
}

/// Writes how a run ended.
pub(super) fn end<C: Connection>(db: &C, run: RunId, outcome: &Outcome, now: i64) -> Result<()> {
    let (status, result, error) = match outcome {
        Ok(value) => (RunStatus::Completed, Some(value.as_str()), None),
        Err(error) => (RunStatus::Failed, None, Some(to_json(error)?)),
    };
    if let Some(ended) = db.one(END_RUN, params![run, status.as_str(), result, error, now])? {
        has_ended(db, run, ended.only().opt_text()?, now)?;
    }
    Ok(())
}

/// What follows the end of a run, within the transaction that ends it: its webhook is due, and so are the calls that
/// wait for it; the next run that waits for its slot is admitted.
pub(super) fn has_ended<C: Connection>(
    db: &C,
    run: RunId,
    scope: Option<String>,
    now: i64,
) -> Result<()> {
    webhooks::run_ended(db, run, now)?;
    db.execute(WAKE_WAITS, params![run, now])?;
    db.execute(FORGET_WAITS, params![run])?;
    match scope {
        Some(scope) => slots::release(db, &scope, now),
        None => Ok(()),
    }
}
