//! Judges a simulation that is over, by what the database says and what happened outside of it. It knows nothing of the
//! engine.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use tasker_domain::wire::HARMLESS_SERVICES;

use crate::client::{Begun, Clients};
use crate::database::{Database, number, text};
use crate::history::History;
use crate::program::Terms;
use crate::schedule;

/// How long what is due may wait while nobody is at the queue (ms): a clock may be wrong, and a message takes its time.
pub(crate) const PATIENCE_MS: i64 = 1_500;

/// How far any two clocks differ at most (ms).
pub(crate) const CLOCKS_MS: i64 = 300;

/// How long a run may go on past its deadline (ms): the grace, and the time to see that it is over.
const LATE_MS: i64 = 10_000 + PATIENCE_MS;

/// How long after its moment a schedule fires at the latest (ms): there is a sweep every five seconds.
const FIRES_WITHIN_MS: i64 = 5_000 + PATIENCE_MS;

/// All that is wrong.
pub(crate) fn check(
    database: &Database,
    history: &History,
    clients: &Clients,
    is_calm: bool,
) -> Vec<String> {
    let mut wrong = history.violations.take();
    each_moment_makes_a_run(database, clients, is_calm, &mut wrong);
    runs_end_as_they_should(database, history, clients, &mut wrong);
    nothing_is_left(database, &mut wrong);
    journals_are_whole(database, &mut wrong);
    calls_are_made_once(database, history, &mut wrong);
    events_are_taken_once(database, &mut wrong);
    wrong
}

/// Whether every run has been made and has ended, and nothing is under way.
pub(crate) fn is_over(database: &Database, clients: &Clients) -> bool {
    clients.timetable.is_over()
        && clients.begun.borrow().len() == clients.planned.get()
        && count(
            database,
            "SELECT count(*) FROM task_runs WHERE finished_at IS NULL",
        ) == 0
        && count(database, "SELECT count(*) FROM stack_runs") == 0
}

/// A run as the database has it.
struct Ended {
    status: String,
    /// Its result or its error.
    end: Value,
    attempt: i64,
    started_at: Option<i64>,
    finished_at: i64,
    version: String,
}

fn runs_end_as_they_should(
    database: &Database,
    history: &History,
    clients: &Clients,
    wrong: &mut Vec<String>,
) {
    let ended: BTreeMap<String, Ended> = database
        .rows(
            "SELECT id, status, coalesce(result, error, 'null'), attempt, started_at, finished_at, task_version
             FROM task_runs",
        )
        .iter()
        .map(|row| {
            let run = Ended {
                status: text(row, 1),
                end: serde_json::from_str(&text(row, 2)).unwrap_or(Value::Null),
                attempt: number(row, 3).unwrap_or(0),
                started_at: number(row, 4),
                finished_at: number(row, 5).unwrap_or(i64::MAX),
                version: text(row, 6),
            };
            (text(row, 0), run)
        })
        .collect();
    let had_faults = history.faults.get() > 0;
    for begun in clients.begun.borrow().iter() {
        let Some(run) = ended.get(&begun.id.to_string()) else {
            wrong.push(format!("run {} is gone", begun.id));
            continue;
        };
        let terms = Terms {
            had_faults,
            versions: versions(clients, begun),
        };
        for what in [
            (!ends_well(begun, run, &terms)).then_some("it was to do otherwise"),
            is_late(begun, run, had_faults).then_some("it has gone on past its deadline"),
            is_early(begun, run).then_some("it has begun before its time"),
            (!terms
                .versions
                .iter()
                .any(|one| one.to_string() == run.version))
            .then_some("its version was not current when it was submitted"),
        ]
        .into_iter()
        .flatten()
        {
            wrong.push(format!(
                "{what}: run {} is {} at attempt {} with {}; submitted at {}, begun {:?}, ended {}; its program is {}",
                begun.id,
                run.status,
                run.attempt,
                run.end,
                begun.at,
                run.started_at,
                run.finished_at,
                begun.run.step.json(),
            ));
        }
    }
}

/// The versions that may have been current when a run was submitted, or the run that it repeats with the same ones: the last
/// one before, and those of that very moment.
fn versions(clients: &Clients, begun: &Begun) -> Vec<u32> {
    let all = clients.begun.borrow();
    let at = match begun.run.repeats {
        Some((of, true)) => all.iter().find(|other| other.id == of).map(|of| of.at),
        _ => None,
    };
    let at = at.unwrap_or(begun.at);
    let published = clients.published.borrow();
    let last = published.iter().rposition(|from| *from < at);
    (1..)
        .zip(published.iter())
        .enumerate()
        .filter(|(index, (_, from))| Some(*index) == last || **from == at)
        .map(|(_, (version, _))| version)
        .collect()
}

fn ends_well(begun: &Begun, run: &Ended, terms: &Terms) -> bool {
    let step = &begun.run.step;
    match run.status.as_str() {
        // No fault of the engine may use up an attempt.
        "completed" => run.attempt == 1 && step.gives(&run.end, terms),
        "cancelled" => begun.run.cancel.is_some(),
        "failed" if run.end["code"] == "run_timeout" => begun
            .run
            .deadline()
            .is_some_and(|deadline| run.finished_at >= begun.at + deadline - CLOCKS_MS),
        // A run that would not begin again before its deadline ends with its own error.
        "failed" => {
            let attempts = begun.run.retry.as_ref().map(|policy| policy.attempts);
            let all = Some(run.attempt) == attempts.map(i64::from) || begun.run.limit.is_some();
            step.is_broken() && run.end["message"] == "broken" && all
        }
        _ => false,
    }
}

/// Without faults a run ends soon after its deadline.
fn is_late(begun: &Begun, run: &Ended, had_faults: bool) -> bool {
    let ends_by = |deadline: i64| begun.at + deadline + LATE_MS;
    !had_faults
        && begun
            .run
            .deadline()
            .is_some_and(|deadline| run.finished_at > ends_by(deadline))
}

fn is_early(begun: &Begun, run: &Ended) -> bool {
    let begins = |delay: i64| begun.at + delay - CLOCKS_MS;
    let (delay, started_at) = (begun.run.delay, run.started_at);
    delay.is_some_and(|delay| started_at.is_some_and(|at| at < begins(delay)))
}

/// A schedule makes one run at most for each of its moments; without faults one for each, soon.
fn each_moment_makes_a_run(
    database: &Database,
    clients: &Clients,
    is_calm: bool,
    wrong: &mut Vec<String>,
) {
    let made = database.rows(&format!(
        "SELECT id, status, coalesce(result, error, 'null') FROM task_runs WHERE schedule = '{}'",
        schedule::NAME
    ));
    let terms = Terms {
        had_faults: true,
        versions: Vec::new(),
    };
    for row in &made {
        let (id, status, end) = (text(row, 0), text(row, 1), text(row, 2));
        let value = serde_json::from_str(&end).unwrap_or(Value::Null);
        if status != "completed" || !schedule::STEP.gives(&value, &terms) {
            wrong.push(format!("the scheduled run {id} is {status} with {end}"));
        }
    }
    let many = i64::try_from(made.len()).expect("few");
    let timetable = &clients.timetable;
    let most = timetable.moments(-CLOCKS_MS);
    let least = match is_calm {
        true => timetable.moments(FIRES_WITHIN_MS),
        false => 0,
    };
    if !(least..=most).contains(&many) {
        wrong.push(format!(
            "a schedule has made {many} runs, and should have made {least} to {most}"
        ));
    }
}

fn nothing_is_left(database: &Database, wrong: &mut Vec<String>) {
    for table in ["stack_runs", "snapshots", "event_waits"] {
        let left = count(database, &format!("SELECT count(*) FROM {table}"));
        if left > 0 {
            wrong.push(format!("{left} rows are left in {table}"));
        }
    }
}

/// The positions of each frame's entries are 1, 2, 3 and so on.
fn journals_are_whole(database: &Database, wrong: &mut Vec<String>) {
    let broken = database.rows(
        "SELECT run_id, frame, count(position), max(position) FROM call_journal GROUP BY run_id, frame
         HAVING max(position) <> count(position)",
    );
    wrong.extend(broken.iter().map(|row| {
        format!(
            "the journal of frame {} of run {} has {:?} positions up to {:?}",
            text(row, 1),
            text(row, 0),
            number(row, 2),
            number(row, 3)
        )
    }));
}

/// Each call that is in the journal with a value was made; what may be made once only was made once, unless its answer was
/// lost; and without faults every call was made once, and is in the journal.
fn calls_are_made_once(database: &Database, history: &History, wrong: &mut Vec<String>) {
    let faults = history.faults.get();
    let done = history.done.borrow();
    let made = database.rows(
        "SELECT run_id, frame, call_number FROM call_journal
         WHERE ok AND service NOT IN ('tasks', 'timer', 'event')",
    );
    for row in &made {
        let number = number(row, 2).expect("a number");
        let key = format!("{}:{}.{number}", text(row, 0), text(row, 1));
        if !done.contains_key(&key) {
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

/// An attempt of a run has each event once.
fn events_are_taken_once(database: &Database, wrong: &mut Vec<String>) {
    let taken = "SELECT run_id, frame, value FROM call_journal WHERE service = 'event' AND ok";
    let mut known = BTreeSet::new();
    for row in database.rows(taken) {
        let (run, frame, value) = (text(&row, 0), text(&row, 1), text(&row, 2));
        let attempt = frame.split('.').next().unwrap_or_default().to_owned();
        let what =
            format!("run {run} has more than once, in its attempt {attempt}, the event {value}");
        if !known.insert((run, attempt, value)) {
            wrong.push(what);
        }
    }
}

fn count(database: &Database, sql: &str) -> i64 {
    let rows = database.rows(sql);
    rows.first().and_then(|row| number(row, 0)).unwrap_or(0)
}
