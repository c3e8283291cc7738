//! Looks at a simulation while it goes on, by what the database says.

use std::collections::BTreeMap;

use crate::check::{CLOCKS_MS, PATIENCE_MS};
use crate::database::{Database, number, text};
use crate::history::History;

/// How long a task may wait at most while nothing is done for it and a drainer is at work (ms): the places are all taken, and
/// those who have them have computed on for a second past the drainer's time.
const STALLS_MS: i64 = 1_000 + 2 * PATIENCE_MS;

/// Looks at a simulation again and again.
#[derive(Default)]
pub(crate) struct Looks {
    neglected: Since,
    stalled: Since,
}

impl Looks {
    /// What is wrong at a moment while the simulation goes on.
    pub(crate) fn problem(
        &mut self,
        now: i64,
        database: &Database,
        history: &History,
        is_calm: bool,
    ) -> Option<String> {
        let all_are_well = history.all_are_well();
        let drainers = Drainers::read(database);
        limit_is_exceeded(database)
            .or_else(|| is_calm.then(|| self.neglected(database, &drainers, now))?)
            .or_else(|| is_calm.then(|| self.stalled(database, &drainers, now))?)
            .or_else(|| all_are_well.then(|| slot_has_run_out(&drainers, now))?)
            .or_else(|| all_are_well.then(|| out_of_time(database, &drainers, now))?)
    }

    /// Something is due and no drainer has a slot. So it is for a while if a poke was lost.
    fn neglected(&mut self, database: &Database, drainers: &Drainers, now: i64) -> Option<String> {
        let due = database.rows(&format!(
            "SELECT 'work' FROM stack_runs
             WHERE status = 'pending' AND NOT paused AND kind IN ('frame', 'call') AND run_after <= {now} LIMIT 1"
        ));
        let neglected = due.iter().filter(|_| !drainers.are_at_work(now));
        let (work, waits) = self
            .neglected
            .longest(neglected.map(|row| text(row, 0)), now)?;
        (waits > PATIENCE_MS)
            .then(|| format!("{work} has been due for {waits} ms, and nobody is at the queue"))
    }

    /// A frame is due of a task of which none is being worked on, and a drainer at work does not take it.
    fn stalled(&mut self, database: &Database, drainers: &Drainers, now: i64) -> Option<String> {
        let due = database.rows(&format!(
            "SELECT DISTINCT task_name FROM stack_runs d
             WHERE status = 'pending' AND NOT paused AND kind = 'frame' AND run_after <= {now} AND NOT EXISTS (
                 SELECT 1 FROM stack_runs o
                 WHERE o.status = 'processing' AND o.kind = 'frame' AND o.task_name = d.task_name)"
        ));
        let stalled = due.iter().filter(|_| drainers.are_at_work(now));
        let (task, waits) = self.stalled.longest(stalled.map(|row| text(row, 0)), now)?;
        (waits > STALLS_MS).then(|| {
            format!("the task {task} has waited for {waits} ms, and none of it is at work")
        })
    }
}

/// Since when something is so at each look.
#[derive(Default)]
struct Since(BTreeMap<String, i64>);

impl Since {
    /// Of what is so at this look, what has been so for the longest time, and for how long (ms).
    fn longest(&mut self, is_so: impl Iterator<Item = String>, now: i64) -> Option<(&str, i64)> {
        let before = std::mem::take(&mut self.0);
        self.0 = is_so
            .map(|what| {
                let since = before.get(&what).copied().unwrap_or(now);
                (what, since)
            })
            .collect();
        let (what, since) = self.0.iter().min_by_key(|(_, since)| **since)?;
        Some((what.as_str(), now - since))
    }
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
