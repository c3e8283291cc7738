//! The VM's own corpus of tasks, whole, in the app: the same results whether the VM stays live or
//! sleeps at every await.

use std::fs;

use serde_json::json;
use tasker_domain::RunId;
use tasker_tests::{Client, paths, result};

use crate::apps::{asleep, live};

#[test]
fn the_corpus_gives_the_same_live_and_asleep() {
    let (live, asleep) = (live(), asleep());
    let mut names = Vec::new();
    for entry in fs::read_dir(paths::root().join("crates/vm/tests/corpus")).unwrap() {
        let file = entry.unwrap().path();
        if file.extension().is_some_and(|extension| extension == "js") {
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
    let (awake, sleeping) = (submit(live.client()), submit(asleep.client()));
    for ((name, awake), sleeping) in names.iter().zip(awake).zip(sleeping) {
        let (one, other) = (live.client().wait(awake), asleep.client().wait(sleeping));
        assert_eq!(one.error, other.error, "{name}");
        if one.error.is_none() {
            assert_eq!(result(&one), result(&other), "{name}");
        }
        let messages = |client: &Client, run| -> Vec<String> {
            client
                .logs(run)
                .into_iter()
                .map(|line| line.message)
                .collect()
        };
        assert_eq!(
            messages(live.client(), awake),
            messages(asleep.client(), sleeping),
            "{name}"
        );
        let entries = live.database().assert_journal(awake);
        assert_eq!(
            entries,
            asleep.database().assert_journal(sleeping),
            "{name}"
        );
    }
}
