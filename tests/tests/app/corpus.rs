//! The VM's own corpus of tasks, whole, in the app: the same results whether the VM stays live or
//! sleeps at every await.

use std::fs;

use serde_json::{Value, json};
use tasker_api::Run;
use tasker_domain::RunId;
use tasker_tests::{Client, paths, result};

use crate::apps::{asleep, live};

/// What differs from run to run by its nature: the run itself, its clock and random numbers, and
/// what hangs on the order in which calls made at once come back.
const BY_NATURE: [&str; 4] = ["run", "times", "draws", "lost"];

/// Of those whose calls the VM's own tests answer, for the app would ask the web.
const ANSWERED: &str = "web_fetch.js";

#[test]
fn the_corpus_gives_the_same_live_and_asleep() {
    let (live, asleep) = (live(), asleep());
    let mut names = Vec::new();
    for entry in fs::read_dir(paths::root().join("crates/vm/tests/corpus")).unwrap() {
        let file = entry.unwrap().path();
        if file.extension().is_some_and(|extension| extension == "js") && !file.ends_with(ANSWERED)
        {
            let name = format!("corpus-{}", file.file_stem().unwrap().to_string_lossy());
            let code = fs::read_to_string(&file).unwrap();
            live.client().publish(&name, &code);
            asleep.client().publish(&name, &code);
            names.push(name);
        }
    }
    assert!(names.len() >= 10, "{names:?}");
    let submit = |client: &Client| -> Vec<RunId> {
        names
            .iter()
            .map(|name| client.submit(name, json!({})))
            .collect()
    };
    let runs = submit(live.client())
        .into_iter()
        .zip(submit(asleep.client()));
    for (name, (one, other)) in names.iter().zip(runs) {
        let pair = (live.client().wait(one), asleep.client().wait(other));
        assert_eq!(lasting(&pair.0), lasting(&pair.1), "{name}");
        let lines = |client: &Client, run| -> Vec<String> {
            let lines = client.logs(run).into_iter().map(|line| line.message);
            // Some tell the time.
            lines.filter(|line| !line.contains("tick")).collect()
        };
        assert_eq!(
            lines(live.client(), one),
            lines(asleep.client(), other),
            "{name}"
        );
        let entries = live.database().assert_journal(one);
        assert!(entries > 1, "{name}");
        assert_eq!(entries, asleep.database().assert_journal(other), "{name}");
    }
}

/// The part of a result that is the same in every run.
fn lasting(run: &Run) -> Value {
    let mut result = result(run);
    if let Some(members) = result.as_object_mut() {
        members.retain(|name, _| !BY_NATURE.contains(&name.as_str()));
    }
    result
}
