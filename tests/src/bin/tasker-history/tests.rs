//! A sound history, and each way in which it could be broken.

use serde_json::{Value, json};

use crate::dump::Dump;
use crate::history::History;
use crate::rules;

const RUN: &str = "r1";

fn history() -> Vec<Value> {
    vec![
        json!({"event": "submit", "key": "k1", "expect": {
            "status": "completed", "result": 3, "calls": 3, "requests": 1, "keys": ["ns", 1] }}),
        json!({"event": "accepted", "key": "k1", "run": RUN}),
        json!({"event": "fault", "kind": "kill"}),
        json!({"event": "accepted", "key": "k1", "run": RUN}),
        json!({"event": "seen", "run": RUN, "status": "suspended", "result": null, "finishedAt": null}),
        json!({"event": "seen", "run": RUN, "status": "completed", "result": 3, "finishedAt": 9}),
        json!({"event": "request", "call": "r1:0.1.1"}),
        json!({"event": "request", "call": "r1:0.1.1"}),
    ]
}

fn entry(seq: i64, frame: &str, number: i64, position: i64, service: &str) -> Value {
    json!({"table": "call_journal", "run_id": RUN, "seq": seq, "frame": frame, "call_number": number,
        "position": position, "service": service, "args": "[]"})
}

fn dump() -> Vec<Value> {
    vec![
        json!({"table": "task_runs", "id": RUN, "status": "completed", "result": "3", "finished_at": 9}),
        json!({"table": "idempotency_keys", "idempotency_key": "k1", "run_id": RUN}),
        entry(1, "0.1", 1, 1, "openai"),
        entry(2, "0", 2, 1, "keystore"),
        entry(3, "0", 1, 2, "tasks"),
        json!({"table": "keystore", "namespace": "ns/0", "key": "a"}),
        json!({"table": "keystore", "namespace": "nsx/0", "key": "a"}),
        json!({"table": "leases", "name": "drainer", "expires_at": 99}),
        json!({"table": "sweeps", "swept_at": 5}),
        json!({"table": "end", "at": 100}),
    ]
}

/// The names of the rules that are broken.
fn broken(history: &[Value], dump: &[Value]) -> Vec<&'static str> {
    let history: History = history
        .iter()
        .map(|line| serde_json::from_value(line.clone()).unwrap())
        .collect();
    let dump: Dump = dump
        .iter()
        .map(|line| serde_json::from_value(line.clone()).unwrap())
        .collect();
    let is_broken = |rule: &&(&'static str, rules::Rule)| !(rule.1)(&history, &dump).is_empty();
    rules::ALL
        .iter()
        .filter(is_broken)
        .map(|rule| rule.0)
        .collect()
}

#[test]
fn a_sound_history_is_sound() {
    assert_eq!(broken(&history(), &dump()), Vec::<&str>::new());
}

#[test]
fn what_an_attempt_that_was_given_up_has_left_does_not_count() {
    let again = |lines: Vec<Value>| -> Vec<Value> {
        let text = serde_json::to_string(&lines).unwrap();
        let text = text
            .replace("\"0", "\"1")
            .replace("ns/0", "ns/1")
            .replace("r1:0", "r1:1");
        serde_json::from_str(&text).unwrap()
    };
    let (mut history, mut dump) = (again(history()), again(dump()));
    dump[0]["attempt"] = json!(2);
    dump.push(entry(4, "0.5", 1, 1, "openai"));
    dump.push(json!({"table": "keystore", "namespace": "ns/0.5"}));
    history.push(json!({"event": "request", "call": "r1:0.6"}));
    assert_eq!(broken(&history, &dump), Vec::<&str>::new());
    dump[0]["attempt"] = json!(1);
    assert_eq!(
        broken(&history, &dump),
        [
            "all calls are in the journal",
            "frames come from calls",
            "requests are for calls",
            "keys are there once"
        ]
    );
}

#[test]
fn each_rule_finds_what_is_against_it() {
    let with = |line: Value| {
        let mut dump = dump();
        dump.push(line);
        broken(&history(), &dump)
    };
    let without = |index: usize| {
        let mut dump = dump();
        dump.remove(index);
        broken(&history(), &dump)
    };
    let changed = |index: usize, field: &str, value: Value| {
        let mut dump = dump();
        dump[index][field] = value;
        broken(&history(), &dump)
    };
    let told = |line: Value| {
        let mut history = history();
        history.push(line);
        broken(&history, &dump())
    };
    let seen = |status: &str, result: i64, at: i64| {
        told(
            json!({"event": "seen", "run": RUN, "status": status, "result": result, "finishedAt": at}),
        )
    };
    let mut named = Vec::new();
    for (what, found, rule) in [
        (
            "a key with two runs",
            told(json!({"event": "accepted", "key": "k1", "run": "r2"})),
            "a key has one run",
        ),
        (
            "a key that leads elsewhere",
            changed(1, "run_id", json!("r2")),
            "a key has one run",
        ),
        ("a lost run", without(0), "no run is lost"),
        (
            "an unanswered key",
            told(
                json!({"event": "submit", "key": "k2", "expect": {"status": "completed", "calls": 0}}),
            ),
            "no run is lost",
        ),
        (
            "a run of nobody",
            with(json!({"table": "task_runs", "id": "r2", "status": "completed"})),
            "no run came from nowhere",
        ),
        (
            "a wrong result",
            changed(0, "result", json!("4")),
            "runs end as they must",
        ),
        (
            "a wrong status",
            changed(0, "status", json!("failed")),
            "runs end as they must",
        ),
        (
            "a run that goes on",
            changed(0, "finished_at", Value::Null),
            "runs end as they must",
        ),
        (
            "another result later",
            seen("completed", 4, 9),
            "what has ended does not change",
        ),
        (
            "alive again",
            seen("suspended", 3, 9),
            "what has ended does not change",
        ),
        (
            "ended again",
            changed(0, "finished_at", json!(10)),
            "what has ended does not change",
        ),
        (
            "a call twice",
            with(entry(4, "0", 2, 3, "keystore")),
            "a call settles once",
        ),
        (
            "a gap in the numbers",
            changed(4, "seq", json!(4)),
            "journals are in order",
        ),
        (
            "a gap in the positions",
            changed(4, "position", json!(3)),
            "journals are in order",
        ),
        ("a lost call", without(3), "all calls are in the journal"),
        (
            "a frame from nowhere",
            changed(4, "service", json!("openai")),
            "frames come from calls",
        ),
        (
            "a journal without a run",
            changed(4, "run_id", json!("r2")),
            "frames come from calls",
        ),
        (
            "a request for nothing",
            told(json!({"event": "request", "call": "r1:0.7"})),
            "requests are for calls",
        ),
        ("a lost key", without(5), "keys are there once"),
        (
            "a key too many",
            with(json!({"table": "keystore", "namespace": "ns/1"})),
            "keys are there once",
        ),
        (
            "a stack run",
            with(json!({"table": "stack_runs", "id": "s", "run_id": RUN})),
            "nothing is left over",
        ),
        (
            "a snapshot",
            with(json!({"table": "snapshots", "stack_run_id": "s"})),
            "nothing is left over",
        ),
        (
            "a slot",
            with(json!({"table": "leases", "name": "calls openai", "expires_at": 101})),
            "nothing is left over",
        ),
        (
            "a drainer",
            changed(7, "expires_at", json!(101)),
            "nothing is left over",
        ),
    ] {
        assert!(found.contains(&rule), "{what}: {found:?}");
        named.push(rule);
    }
    let mut unrequested = history();
    unrequested.retain(|line| line["event"] != "request");
    assert_eq!(broken(&unrequested, &dump()), ["requests are for calls"]);
    for (rule, _) in rules::ALL {
        assert!(named.contains(rule), "{rule}");
    }
}
