//! The help of every command, as a reader sees it, and the list of them in `docs/cli.md`. `UPDATE=1` writes both anew.

#![cfg(feature = "up")]

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;

use crate::support::Tasker;

/// What stands around the list of commands in the page of the command line.
const LIST: [&str; 2] = [
    "<!-- made of crates/cli/src/commands -->\n",
    "<!-- end of what is made -->",
];

/// What begins the line below a heading that names the commands which its section is about.
const ABOUT: &str = "<!-- about ";

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

        let mut inner: Vec<Vec<String>> = commands(&done.stdout)
            .map(|name| [command.clone(), vec![name.to_owned()]].concat())
            .collect();
        inner.reverse();
        waiting.extend(inner);
    }

    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cli/help.txt");
    if std::env::var_os("UPDATE").is_some() {
        fs::write(path, &all).unwrap();
    }
    let expected = fs::read_to_string(path).unwrap_or_default();
    assert!(
        all == expected,
        "the help has changed: if it is meant, run this test with UPDATE=1"
    );
}

#[test]
fn the_page_lists_every_command_of_the_help() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/cli.md");
    let page = fs::read_to_string(path).unwrap();
    let begin = page.find(LIST[0]).expect("the list begins") + LIST[0].len();
    let end = page.find(LIST[1]).expect("the list ends");
    let list = list(&Tasker::new(), sections(&page));
    let expected = format!("{}{list}{}", &page[..begin], &page[end..]);
    if std::env::var_os("UPDATE").is_some() {
        fs::write(path, &expected).unwrap();
        return;
    }
    assert!(
        page == expected,
        "the list in docs/cli.md has drifted; run this test with UPDATE=1"
    );
}

fn list(tasker: &Tasker, mut sections: BTreeMap<&str, &str>) -> String {
    let mut list = "\n| command | does |\n|---|---|\n".to_owned();
    let all = tasker.run(&["--help"]).stdout;
    for name in commands(&all) {
        let help = tasker.run(&[name, "--help"]).stdout;
        let (about, rest) = help.split_once("\n\n").unwrap();
        let usage = rest.split_once("Usage: tasker ").unwrap().1;
        let usage = usage.lines().next().unwrap().replace("[OPTIONS] ", "");
        let call = format!("`{}`", usage.trim_end_matches(" [OPTIONS]"));
        let call = match sections.remove(name) {
            Some(heading) => format!("[{call}](#{})", heading.to_lowercase().replace(' ', "-")),
            None => call,
        };
        writeln!(list, "| {call} | {} |", about.replace('\n', " ")).unwrap();
    }
    assert!(
        sections.is_empty(),
        "there are no such commands: {sections:?}"
    );
    list + "\n"
}

/// The heading of the section about each command.
fn sections(page: &str) -> BTreeMap<&str, &str> {
    let mut sections = BTreeMap::new();
    let mut heading = "";
    for line in page.lines() {
        if line.starts_with("##") {
            heading = line.trim_start_matches('#').trim();
        } else if let Some(names) = line.strip_prefix(ABOUT) {
            for name in names.trim_end_matches("-->").split_whitespace() {
                let before = sections.insert(name, heading);
                assert_eq!(before, None, "{name} is said to be in two sections");
            }
        }
    }
    sections
}

/// The commands that a help lists, but for `help` itself.
fn commands(help: &str) -> impl Iterator<Item = &str> {
    let listed = help.split_once("Commands:\n").map_or("", |(_, rest)| rest);
    listed
        .lines()
        .take_while(|line| !line.is_empty())
        // Deeper lines go on with a text.
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
}
