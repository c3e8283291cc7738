//! Looks at a simulation while it goes on, by what the database says.

use crate::check::{CLOCKS_MS, PATIENCE_MS};
use crate::database::{Database, number, text};
use crate::history::History;

/// How long a task may wait at most while nothing is done for it and a drainer is at work (ms): the places are all taken, and
/// those who have them have computed on for a second past the drainer's time.
const STALLS_MS: i64 = 1_000 + 2 * PATIENCE_MS;

/// What is wrong at a moment while the simulation goes on.
pub(crate) fn problem(
    now: i64,
    database: &Database,
    history: &History,
    is_calm: bool,
) -> Option<String> {
    let all_are_well = history.all_are_well();
    let drainers = Drainers::read(database);
    limit_is_exceeded(database)
        .or_else(|| is_calm.then(|| neglected(database, &drainers, now))?)
        .or_else(|| is_calm.then(|| stalled(database, &drainers, now))?)
        .or_else(|| all_are_well.then(|| slot_has_run_out(&drainers, now))?)
        .or_else(|| all_are_well.then(|| out_of_time(database, &drainers, now))?)
}

/// More runs of a limit go on than it allows.
fn limit_is_exceeded(database: &Database) -> Option<String> {
    let exceeded = database.rows(
        "SELECT slot_scope, count(*), min(slot_limit) FROM task_runs
         WHERE slot_scope IS NOT NULL AND started_at IS NOT NULL AND finished_at IS NULL
         GROUP BY slot_scope HAVING count(*) > min(slot_limit)",
    );
    let row = exceeded.first()?;
    Some(format!(
        "{}: {:?} runs, and {:?} may go on",
        text(row, 0),
        number(row, 1),
        number(row, 2)
    ))
}

/// The moments until which drainers have their slots.
struct Drainers(Vec<i64>);

impl Drainers {
    fn read(database: &Database) -> Self {
        let slots = database.rows("SELECT expires_at FROM leases WHERE name = 'drainer'");
        Self(slots.iter().filter_map(|row| number(row, 0)).collect())
    }

    fn are_at_work(&self, now: i64) -> bool {
        self.0.iter().any(|until| *until > now)
    }
}

/// Since when a row is due: a timer may be behind its moment already when its task, which has computed, leaves it to the queue.
const DUE_SINCE: &str = "CASE WHEN run_after < created_at THEN created_at ELSE run_after END";

/// Something is due and no drainer has a slot. So it is for a while if a poke was lost.
fn neglected(database: &Database, drainers: &Drainers, now: i64) -> Option<String> {
    let due = database.rows(&format!(
        "SELECT min({DUE_SINCE}) FROM stack_runs WHERE status = 'pending' AND NOT paused AND kind IN ('frame', 'call')",
    ));
    let waits = now - number(due.first()?, 0)?;
    let is_neglected = waits > PATIENCE_MS && !drainers.are_at_work(now);
    is_neglected.then(|| format!("work has been due for {waits} ms, and nobody is at the queue"))
}

/// A frame is due of a task of which none is being worked on, and a drainer at work does not take it.
fn stalled(database: &Database, drainers: &Drainers, now: i64) -> Option<String> {
    let due = database.rows(&format!(
        "SELECT min({DUE_SINCE}) FROM stack_runs d
         WHERE status = 'pending' AND NOT paused AND kind = 'frame' AND NOT EXISTS (
             SELECT 1 FROM stack_runs o
             WHERE o.status = 'processing' AND o.kind = 'frame' AND o.task_name = d.task_name)",
    ));
    let waits = now - number(due.first()?, 0)?;
    let is_stalled = waits > STALLS_MS && drainers.are_at_work(now);
    is_stalled.then(|| format!("a task has waited for {waits} ms, and none of it is at work"))
}

/// A drainer has not kept its slot, although it is well: one that ends gives it back.
fn slot_has_run_out(drainers: &Drainers, now: i64) -> Option<String> {
    let has_run_out = drainers.0.iter().any(|until| *until < now - CLOCKS_MS);
    has_run_out.then(|| "a drainer's slot has run out, and nobody was lost".to_owned())
}

/// Something is out of time, and a drainer that is at work does not end it.
fn out_of_time(database: &Database, drainers: &Drainers, now: i64) -> Option<String> {
    let ends = database.rows("SELECT min(expires_at) FROM stack_runs");
    let late = now - number(ends.first()?, 0)?;
    let goes_on = late > PATIENCE_MS && drainers.are_at_work(now);
    goes_on.then(|| format!("something goes on {late} ms after its time"))
}
