//! The same calls by the official clients and by tasks: the requests that the sandbox sees and the values
//! that come back are the same.

mod google;
mod openai;
mod outcome;
mod seen;
mod supabase;

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread;

use serde_json::{Value, json};
use tasker_tests::paths;

use self::outcome::Outcome;
use crate::world::{World, sandbox};

/// The calls of a file in `tests/differential`.
fn calls(file: &str) -> Vec<Value> {
    let text = fs::read(folder().join(file)).expect("the calls can be read");
    serde_json::from_slice(&text).expect("the calls are a JSON list")
}

/// A text in one of them.
fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

fn folder() -> PathBuf {
    paths::root().join("tests/differential")
}

/// Makes the calls with an official client, against a sandbox of its own.
///
/// # Panics
/// If the client is not installed, or its script fails.
fn official(script: &str, calls: &[Value]) -> Vec<Outcome> {
    let clients = paths::root().join("target/clients");
    let python = script.ends_with(".py");
    let (program, installed) = if python {
        let python = clients.join("python/bin/python");
        (python.clone(), python)
    } else {
        (PathBuf::from("node"), clients.join("node_modules"))
    };
    assert!(
        installed.exists(),
        "the official clients are not installed: run scripts/clients"
    );
    let sandbox = sandbox();
    let files = tempfile::tempdir().expect("a temporary folder");
    let (todo, done) = (files.path().join("calls"), files.path().join("outcomes"));
    fs::write(&todo, json!(calls).to_string()).expect("the calls can be written");
    let ended = Command::new(program)
        .arg(folder().join(script))
        .arg(sandbox.url())
        .args([&todo, &done])
        .current_dir(&clients)
        .stdin(Stdio::null())
        .output()
        .expect("the client's program starts");
    let errors = String::from_utf8_lossy(&ended.stderr);
    assert!(ended.status.success(), "{script}: {errors}");
    let outcomes = fs::read(done).expect("the client leaves its outcomes");
    Outcome::all(&outcomes, &sandbox)
}

/// Makes the calls by tasks, one run each: `call` makes one and gives `{ value }` or `{ error }`.
fn ours(world: &World, calls: &[Value], call: impl Fn(&Value) -> Value) -> Vec<Outcome> {
    calls
        .iter()
        .map(|one| {
            world.sandbox.reset();
            let outcome = call(one);
            Outcome::of_task(&outcome, world.sandbox.record().take(), &world.sandbox)
        })
        .collect()
}

/// Tasks' outcomes and those of official clients, made at the same time.
fn both<const N: usize>(
    scripts: [&str; N],
    calls: &[Value],
    ours: impl FnOnce() -> Vec<Outcome>,
) -> (Vec<Outcome>, [Vec<Outcome>; N]) {
    thread::scope(|scope| {
        let officials = scripts.map(|script| scope.spawn(move || official(script, calls)));
        let ours = ours();
        let officials = officials.map(|official| match official.join() {
            Ok(outcomes) => outcomes,
            Err(panic) => std::panic::resume_unwind(panic),
        });
        (ours, officials)
    })
}

/// Fails with all differences.
#[track_caller]
fn assert_same(
    calls: &[Value],
    ours: &[Outcome],
    official: &[Outcome],
    as_compared: impl Fn(&Outcome) -> Value,
) {
    assert_eq!((ours.len(), official.len()), (calls.len(), calls.len()));
    let differences: Vec<String> = calls
        .iter()
        .zip(ours.iter().zip(official))
        .filter_map(|(call, (ours, official))| {
            let (ours, official) = (as_compared(ours), as_compared(official));
            (ours != official)
                .then(|| format!("{call}\n  ours      {ours}\n  official  {official}"))
        })
        .collect();
    assert!(
        differences.is_empty(),
        "{} of {} differ:\n{}",
        differences.len(),
        calls.len(),
        differences.join("\n")
    );
}
