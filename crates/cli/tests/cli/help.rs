//! The help of every command, as a reader sees it. `UPDATE=1` writes it anew.

#![cfg(feature = "up")]

use std::fmt::Write;

use crate::support::Tasker;

#[test]
fn every_command_explains_itself() {
    let tasker = Tasker::new();
    let mut all = String::new();
    let mut waiting: Vec<Vec<String>> = vec![vec![]];
    while let Some(command) = waiting.pop() {
        let mut args = command.clone();
        args.push("--help".to_owned());
        let done = tasker.run(&args.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!((done.code, done.stderr.as_str()), (0, ""), "{args:?}");
        let name = ["tasker"]
            .into_iter()
            .chain(command.iter().map(String::as_str));
        let name = name.collect::<Vec<_>>().join(" ");
        let examples = done
            .stdout
            .split_once("Examples:\n")
            .map(|(_, examples)| examples);
        assert!(
            examples.is_some_and(|text| text.contains(&name)),
            "{name} shows no example"
        );
        writeln!(all, "$ {name} --help\n{}", done.stdout).unwrap();

        let listed = done
            .stdout
            .split_once("Commands:\n")
            .map_or("", |(_, rest)| rest);
        let mut inner: Vec<Vec<String>> = listed
            .lines()
            .take_while(|line| !line.is_empty())
            // Deeper lines go on with a text.
            .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
            .filter_map(|line| line.split_whitespace().next())
            .filter(|name| *name != "help")
            .map(|name| [command.clone(), vec![name.to_owned()]].concat())
            .collect();
        inner.reverse();
        waiting.extend(inner);
    }

    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cli/help.txt");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(path, &all).unwrap();
    }
    let expected = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        all == expected,
        "the help has changed: if it is meant, run this test with UPDATE=1"
    );
}
