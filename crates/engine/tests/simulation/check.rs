//! Judges a simulation that is over, by what the database says and what happened outside of it. It knows nothing of the
//! engine.

use std::collections::BTreeMap;

use rusqlite::{Connection, Row};
use serde_json::Value;
use tasker_domain::wire::HARMLESS_SERVICES;

use crate::client::Submission;
use crate::history::History;

/// All that is wrong.
pub(crate) fn check(database: &Connection, history: &History, runs: &[Submission]) -> Vec<String> {
    let mut wrong = history.violations.take();
    runs_end_as_they_should(database, history, runs, &mut wrong);
    nothing_is_left(database, &mut wrong);
    journals_are_whole(database, &mut wrong);
    calls_are_made_once(database, history, &mut wrong);
    events_are_taken_once(database, &mut wrong);
    wrong
}

/// Whether every run has ended and nothing is under way.
pub(crate) fn is_over(database: &Connection, runs: usize) -> bool {
    let ended = count(
        database,
        "SELECT count(*) FROM task_runs WHERE finished_at IS NOT NULL",
    );
    ended == runs as i64 && count(database, "SELECT count(*) FROM stack_runs") == 0
}

/// More runs of a limit go on than it allows; looked at while the simulation goes on.
pub(crate) fn limit_is_exceeded(database: &Connection) -> Option<String> {
    let exceeded = rows(
        database,
        "SELECT slot_scope, count(*), min(slot_limit) FROM task_runs
         WHERE slot_scope IS NOT NULL AND started_at IS NOT NULL AND finished_at IS NULL
         GROUP BY slot_scope HAVING count(*) > min(slot_limit)",
        |row| {
            format!(
                "{}: {} runs, and {} may go on",
                text(row, 0),
                int(row, 1),
                int(row, 2)
            )
        },
    );
    exceeded.into_iter().next()
}

fn runs_end_as_they_should(
    database: &Connection,
    history: &History,
    runs: &[Submission],
    wrong: &mut Vec<String>,
) {
    let had_faults = history.faults.get() > 0;
    for run in runs {
        let found = rows(
            database,
            &format!(
                "SELECT status, coalesce(result, error, 'null') FROM task_runs WHERE id = '{}'",
                run.id
            ),
            |row| (text(row, 0), text(row, 1)),
        );
        let Some((status, end)) = found.into_iter().next() else {
            wrong.push(format!("run {} is gone", run.id));
            continue;
        };
        let value: Value = serde_json::from_str(&end).unwrap_or(Value::Null);
        let fits = match status.as_str() {
            "completed" => run.step.gives(&value, had_faults),
            "cancelled" => run.cancel.is_some(),
            _ => false,
        };
        if !fits {
            wrong.push(format!(
                "run {} is {status} with {end}; it was to do {}",
                run.id,
                run.step.json()
            ));
        }
    }
}

fn nothing_is_left(database: &Connection, wrong: &mut Vec<String>) {
    for table in ["stack_runs", "snapshots", "event_waits"] {
        let left = count(database, &format!("SELECT count(*) FROM {table}"));
        if left > 0 {
            wrong.push(format!("{left} rows are left in {table}"));
        }
    }
}

/// The positions of each frame's entries are 1, 2, 3 and so on.
fn journals_are_whole(database: &Connection, wrong: &mut Vec<String>) {
    wrong.extend(rows(
        database,
        "SELECT run_id, frame, count(position), max(position) FROM call_journal GROUP BY run_id, frame
         HAVING max(position) <> count(position)",
        |row| {
            format!(
                "the journal of frame {} of run {} has {} positions up to {}",
                text(row, 1),
                text(row, 0),
                int(row, 2),
                int(row, 3)
            )
        },
    ));
}

/// Each call that is in the journal with a value was made; what may be made once only was made once, unless its answer was
/// lost; and without faults every call was made once, and is in the journal.
fn calls_are_made_once(database: &Connection, history: &History, wrong: &mut Vec<String>) {
    let faults = history.faults.get();
    let journaled: BTreeMap<String, bool> = rows(
        database,
        "SELECT run_id || ':' || frame || '.' || call_number, ok FROM call_journal WHERE service NOT IN ('tasks', 'timer', 'event')",
        |row| (text(row, 0), int(row, 1) == 1),
    )
    .into_iter()
    .collect();
    let done = history.done.borrow();
    for key in journaled.iter().filter(|(_, ok)| **ok).map(|(key, _)| key) {
        if !done.contains_key(key) {
            wrong.push(format!("{key} is in the journal, and nobody has done it"));
        }
    }
    for (key, (service, times)) in done.iter() {
        let most = match HARMLESS_SERVICES.contains(&service.as_str()) {
            true => 1 + faults,
            // Its service was lost while its caller was not.
            false => 1 + history.answers_lost(key),
        };
        if *times > most {
            wrong.push(format!(
                "{service} has done {key} {times} times, with {faults} faults"
            ));
        }
    }
}

/// A run has each event once.
fn events_are_taken_once(database: &Connection, wrong: &mut Vec<String>) {
    wrong.extend(rows(
        database,
        "SELECT run_id, value, count(*) FROM call_journal WHERE service = 'event' AND ok = 1
         GROUP BY run_id, value HAVING count(*) > 1",
        |row| {
            format!(
                "run {} has {} times the event {}",
                text(row, 0),
                int(row, 2),
                text(row, 1)
            )
        },
    ));
}

fn count(database: &Connection, sql: &str) -> i64 {
    rows(database, sql, |row| int(row, 0))
        .into_iter()
        .next()
        .unwrap_or(0)
}

fn rows<T>(database: &Connection, sql: &str, mut read: impl FnMut(&Row<'_>) -> T) -> Vec<T> {
    let mut statement = database.prepare_cached(sql).expect("a statement");
    let rows = statement.query_map([], |row| Ok(read(row))).expect("rows");
    rows.map(|row| row.expect("a row")).collect()
}

fn text(row: &Row<'_>, column: usize) -> String {
    row.get(column).expect("a text")
}

fn int(row: &Row<'_>, column: usize) -> i64 {
    row.get(column).expect("a number")
}
