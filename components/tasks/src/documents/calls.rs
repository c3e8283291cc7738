//! The list of all calls in `docs/api.md`, made of the endpoints. `UPDATE=1` writes it.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;

use serde_json::Value;
use tasker_domain::access::Role;

use super::docs;
use crate::access::Needs;
use crate::endpoint::Registered;
use crate::endpoints::ENDPOINTS;
use crate::openapi::document;

/// What stands around the list.
const LIST: [&str; 2] = [
    "<!-- made of components/tasks/src/endpoints -->\n",
    "<!-- end of what is made -->",
];

/// What begins the line below a heading that names the calls which its section is about, as OpenAPI does.
const ABOUT: &str = "<!-- about ";

#[test]
fn the_page_of_the_api_lists_every_call() {
    let path = docs().join("api.md");
    let page = fs::read_to_string(&path).unwrap();
    let begin = page.find(LIST[0]).expect("the list begins") + LIST[0].len();
    let end = page.find(LIST[1]).expect("the list ends");
    let list = list(&sections(&page));
    let expected = format!("{}{list}{}", &page[..begin], &page[end..]);
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, &expected).unwrap();
        return;
    }
    assert!(
        page == expected,
        "the list of calls in docs/api.md has drifted; write it anew with UPDATE=1 cargo test -p tasks"
    );
}

/// The heading of the section about each call, by the call's name in OpenAPI.
fn sections(page: &str) -> BTreeMap<&str, &str> {
    let mut sections = BTreeMap::new();
    let mut heading = "";
    for line in page.lines() {
        if let Some(text) = line.strip_prefix("## ") {
            heading = text;
        } else if let Some(names) = line.strip_prefix(ABOUT) {
            for name in names.trim_end_matches("-->").split_whitespace() {
                let before = sections.insert(name, heading);
                assert_eq!(before, None, "{name} is said to be in two sections");
            }
        }
    }
    sections
}

fn list(sections: &BTreeMap<&str, &str>) -> String {
    let document = serde_json::to_value(document()).unwrap();
    let mut sections = sections.clone();
    let mut list = "\n| call | roles | |\n|---|---|---|\n".to_owned();
    for endpoint in ENDPOINTS {
        let operation = &document["paths"][endpoint.path][endpoint.method.as_str().to_lowercase()];
        writeln!(list, "{}", row(endpoint, operation, &mut sections)).unwrap();
    }
    assert!(sections.is_empty(), "there are no such calls: {sections:?}");
    list + "\n"
}

/// A call, who may make it, and what it does. Takes its section out of those that no call has had yet.
fn row(endpoint: &Registered, operation: &Value, sections: &mut BTreeMap<&str, &str>) -> String {
    let method = &endpoint.method;
    let calls: Vec<_> = endpoint
        .paths()
        .map(|path| format!("`{method} {path}`"))
        .collect();
    let summary = operation["summary"].as_str().unwrap();
    let summary = match sections.remove(operation["operationId"].as_str().unwrap()) {
        Some(heading) => format!("[{summary}](#{})", slug(heading)),
        None => summary.to_owned(),
    };
    let roles = roles(endpoint.needs);
    format!("| {} | {roles} | {summary} |", calls.join(", "))
}

fn roles(needs: Needs) -> String {
    match needs {
        Needs::Nothing => "open".to_owned(),
        Needs::Dashboard => "open to the dashboard".to_owned(),
        Needs::AnyKey => "any".to_owned(),
        Needs::To(right, _) => words(right.roles()),
        Needs::Public(right, ..) => {
            format!("{}; [public token](#public-tokens)", words(right.roles()))
        }
    }
}

/// The roles in words, but for the one that may do everything where there is another.
fn words(roles: &[Role]) -> String {
    let limited = roles.iter().filter(|role| **role != Role::Admin);
    let words: Vec<_> = limited.map(|role| format!("`{role}`")).collect();
    match &words[..] {
        [] => format!("`{}`", Role::Admin),
        words => words.join(" "),
    }
}

/// As links name a heading.
fn slug(heading: &str) -> String {
    let kept = heading
        .chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.collect::<String>().to_lowercase().replace(' ', "-")
}
