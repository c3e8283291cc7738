//! What must hold. Each rule gives its violations in words.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::dump::{Dump, Entry};
use crate::history::{Expected, History};

/// Looks for what is against a rule.
pub(crate) type Rule = fn(&History, &Dump) -> Vec<String>;

/// All of them, by name.
pub(crate) const ALL: &[(&str, Rule)] = &[
    ("a key has one run", one_run_per_key),
    ("no run is lost", none_lost),
    ("no run came from nowhere", none_from_nowhere),
    ("runs end as they must", outcomes),
    ("what has ended does not change", ends_are_final),
    ("a call settles once", calls_once),
    ("journals are in order", order),
    ("all calls are in the journal", all_calls),
    ("frames come from calls", frames_come_from_calls),
    ("requests are for calls", requests_are_for_calls),
    ("keys are there once", keys),
    ("nothing is left over", nothing_left),
];

const TERMINAL: [&str; 3] = ["completed", "failed", "cancelled"];

/// The runs that the driver knows, with what they must have come to.
fn expected(history: &History) -> impl Iterator<Item = (&str, &Expected)> {
    history.accepted.iter().flat_map(|(key, runs)| {
        let expected = history.submitted.get(key);
        runs.iter()
            .filter_map(move |run| Some((run.as_str(), expected?)))
    })
}

/// The journals, by run.
fn journals(dump: &Dump) -> BTreeMap<&str, Vec<&Entry>> {
    let mut journals: BTreeMap<&str, Vec<&Entry>> = BTreeMap::new();
    for entry in &dump.journal {
        journals.entry(&entry.run_id).or_default().push(entry);
    }
    journals
}

/// What stands more than once.
fn repeated<T: Ord + Clone>(items: impl IntoIterator<Item = T>) -> BTreeSet<T> {
    let mut once = BTreeSet::new();
    items
        .into_iter()
        .filter(|item| !once.insert(item.clone()))
        .collect()
}

fn one_run_per_key(history: &History, dump: &Dump) -> Vec<String> {
    let mut runs = history.accepted.clone();
    for (key, run) in &dump.keys {
        runs.entry(key.clone()).or_default().insert(run.clone());
    }
    runs.into_iter()
        .filter(|(_, runs)| runs.len() != 1)
        .map(|(key, runs)| format!("{key} has {runs:?}"))
        .collect()
}

fn none_lost(history: &History, dump: &Dump) -> Vec<String> {
    let unanswered = history
        .submitted
        .keys()
        .filter(|key| !history.accepted.contains_key(*key))
        .map(|key| format!("{key} was never accepted"));
    let lost = expected(history)
        .filter(|(run, _)| !dump.runs.contains_key(*run))
        .map(|(run, _)| format!("{run} is not in the database"));
    unanswered.chain(lost).collect()
}

fn none_from_nowhere(history: &History, dump: &Dump) -> Vec<String> {
    let known: BTreeSet<_> = history.accepted.values().flatten().collect();
    dump.runs
        .keys()
        .filter(|run| !known.contains(run))
        .map(|run| format!("{run} was submitted by nobody"))
        .collect()
}

fn outcomes(history: &History, dump: &Dump) -> Vec<String> {
    let wrong = expected(history).filter_map(|(id, expected)| {
        let run = dump.runs.get(id)?;
        let result = run
            .result
            .as_deref()
            .and_then(|text| serde_json::from_str::<Value>(text).ok());
        let is_right = run.status == expected.status
            && (expected.result.is_none() || result == expected.result)
            && run.finished_at.is_some();
        (!is_right).then(|| {
            format!(
                "{id} is {} with {result:?}, not {} with {:?}",
                run.status, expected.status, expected.result
            )
        })
    });
    wrong.collect()
}

fn ends_are_final(history: &History, dump: &Dump) -> Vec<String> {
    let mut violations = Vec::new();
    for (id, seen) in &history.seen {
        let ends = seen
            .iter()
            .skip_while(|seen| !TERMINAL.contains(&seen.status.as_str()));
        let ends: Vec<_> = ends.collect();
        let Some(first) = ends.first() else { continue };
        if let Some(other) = ends.iter().find(|seen| seen != &first) {
            violations.push(format!("{id} was told as {first:?} and then as {other:?}"));
        }
        let Some(run) = dump.runs.get(id) else {
            continue;
        };
        if run.status != first.status || run.finished_at != first.finished_at {
            violations.push(format!("{id} was told as {first:?} and is {run:?}"));
        }
    }
    violations
}

fn calls_once(_: &History, dump: &Dump) -> Vec<String> {
    repeated(
        dump.journal
            .iter()
            .map(|entry| (&entry.run_id, entry.path())),
    )
    .into_iter()
    .map(|(run, call)| format!("{run}: {call} settled more than once"))
    .collect()
}

fn order(_: &History, dump: &Dump) -> Vec<String> {
    let mut violations = Vec::new();
    for (run, journal) in journals(dump) {
        let numbers = journal.iter().map(|entry| entry.seq).collect();
        if !is_dense(numbers) {
            violations.push(format!("{run}: the entries are not numbered one by one"));
        }
        let mut frames: BTreeMap<&str, Vec<i64>> = BTreeMap::new();
        for entry in journal {
            frames
                .entry(&entry.frame)
                .or_default()
                .extend(entry.position);
        }
        for (frame, positions) in frames {
            if !is_dense(positions) {
                violations.push(format!(
                    "{run}: frame {frame} has not seen its calls one by one"
                ));
            }
        }
    }
    violations
}

/// Whether these are 1, 2, 3 and so on, in any order.
fn is_dense(mut numbers: Vec<i64>) -> bool {
    numbers.sort_unstable();
    (1..).zip(numbers).all(|(wanted, number)| wanted == number)
}

fn all_calls(history: &History, dump: &Dump) -> Vec<String> {
    let journals = journals(dump);
    expected(history)
        .filter_map(|(run, expected)| {
            let calls = journals.get(run).into_iter().flatten();
            let calls = calls.filter(|entry| dump.counts(run, &entry.frame)).count();
            let wanted = expected.calls;
            (calls != wanted).then(|| format!("{run} has {calls} calls, not {wanted}"))
        })
        .collect()
}

fn frames_come_from_calls(_: &History, dump: &Dump) -> Vec<String> {
    let started: BTreeSet<_> = dump
        .journal
        .iter()
        .filter(|entry| entry.service == "tasks")
        .map(|entry| (entry.run_id.as_str(), entry.path()))
        .collect();
    let frames: BTreeSet<_> = dump
        .journal
        .iter()
        .map(|entry| (entry.run_id.as_str(), entry.frame.clone()))
        .collect();
    frames
        .into_iter()
        .filter(|(run, frame)| {
            let may_begin = dump.is_root(run, frame) || !dump.counts(run, frame);
            !may_begin && !started.contains(&(*run, frame.clone()))
        })
        .map(|(run, frame)| format!("{run}: no call started frame {frame}"))
        .chain(
            dump.journal
                .iter()
                .filter(|entry| !dump.runs.contains_key(&entry.run_id))
                .map(|entry| format!("{} has a journal and no record", entry.run_id)),
        )
        .collect()
}

fn requests_are_for_calls(history: &History, dump: &Dump) -> Vec<String> {
    let calls: BTreeSet<String> = dump
        .journal
        .iter()
        .map(|entry| format!("{}:{}", entry.run_id, entry.path()))
        .collect();
    let asked: BTreeSet<&String> = history
        .requests
        .iter()
        .filter(|call| {
            call.split_once(':')
                .is_none_or(|(run, path)| dump.counts(run, path))
        })
        .collect();
    let mut violations: Vec<String> = asked
        .iter()
        .filter(|call| !calls.contains(**call))
        .map(|call| format!("the outside world was asked for {call}, which is in no journal"))
        .collect();
    for (run, expected) in expected(history) {
        let prefix = format!("{run}:");
        let requests = asked
            .iter()
            .filter(|call| call.starts_with(&prefix))
            .count();
        if requests != expected.requests {
            violations.push(format!(
                "{run}: the outside world was asked for {requests} calls, not {}",
                expected.requests
            ));
        }
    }
    violations
}

fn keys(history: &History, dump: &Dump) -> Vec<String> {
    expected(history)
        .filter_map(|(run, expected)| {
            let (namespace, wanted) = expected.keys.as_ref()?;
            let prefix = format!("{namespace}/");
            let there = dump
                .namespaces
                .iter()
                .filter_map(|other| other.strip_prefix(&prefix))
                .filter(|frame| dump.counts(run, frame))
                .count();
            (there != *wanted).then(|| format!("{run} has set {there} keys, not {wanted}"))
        })
        .collect()
}

fn nothing_left(_: &History, dump: &Dump) -> Vec<String> {
    let alive = dump.alive.iter().map(|(what, run)| match run {
        Some(run) => format!("{what} of run {run}"),
        None => what.clone(),
    });
    let at = dump.at.unwrap_or_default();
    let held = dump.leases.iter().filter(|(_, until)| *until > at);
    alive
        .chain(
            held.map(|(name, until)| {
                format!("the lease {name} is held for {} ms more", until - at)
            }),
        )
        .collect()
}
