//! The two manifests are one app, with and without its own timer, and the documents say what it can be told.

use std::fs;

use tasker_tests::paths;

/// The line of `spin-cron.toml` at which it begins to add to `spin.toml`.
const ADDITION: &str = "\n# --- What spin-cron.toml adds";

#[test]
fn spin_cron_toml_is_spin_toml_with_the_timer() {
    let plain = fs::read_to_string(paths::manifest()).unwrap();
    let cron = fs::read_to_string(paths::manifest_with_timer()).unwrap();
    let at = cron.find(ADDITION).expect("the addition has its line");
    let expected = format!("{plain}{}", &cron[at..]);
    if std::env::var_os("UPDATE").is_some() {
        fs::write(paths::manifest_with_timer(), &expected).unwrap();
    } else {
        assert_eq!(
            cron, expected,
            "bring spin-cron.toml up to date with UPDATE=1"
        );
    }
    // A plain Spin has no cron trigger and refuses to start an app that asks for one.
    assert!(!plain.contains("trigger.cron"));
}

/// What stands around the list of variables in its page.
const LIST: [&str; 2] = [
    "<!-- made of spin.toml -->\n",
    "<!-- end of what is made -->",
];

#[test]
fn the_documents_list_every_variable() {
    let manifest = fs::read_to_string(paths::manifest()).unwrap();
    let page = fs::read_to_string(paths::deployment()).unwrap();
    let begin = page.find(LIST[0]).expect("the list has its line") + LIST[0].len();
    let end = page.find(LIST[1]).expect("the list ends");
    let expected = format!("{}{}{}", &page[..begin], variables(&manifest), &page[end..]);
    if std::env::var_os("UPDATE").is_some() {
        fs::write(paths::deployment(), &expected).unwrap();
    } else {
        assert!(
            page == expected,
            "bring docs/deployment.md up to date with UPDATE=1"
        );
    }
}

/// A row for each variable, in the manifest's order.
fn variables(manifest: &str) -> String {
    let table: toml::Table = manifest.parse().unwrap();
    let known = table["variables"].as_table().unwrap();
    let begin = manifest.find("[variables]").unwrap();
    let mut rows = String::from("| variable | default | |\n|---|---|---|\n");
    for line in manifest[begin..].lines() {
        let name = match line.split_once(" = {") {
            Some((name, _)) => Some(name),
            None => line
                .strip_prefix("[variables.")
                .and_then(|name| name.strip_suffix(']')),
        };
        let Some((name, variable)) = name.and_then(|name| known.get_key_value(name)) else {
            continue;
        };
        let says = |what: &str| {
            variable
                .get(what)
                .is_some_and(|value| value == &true.into())
        };
        let default = match variable.get("default").map(|value| value.as_str().unwrap()) {
            None => String::new(),
            Some("") => "empty".to_owned(),
            Some(text) => format!("`{text}`"),
        };
        let marks = [("required", "Required. "), ("secret", "Secret. ")];
        let marks = marks.map(|(what, mark)| if says(what) { mark } else { "" });
        let text = variable["description"].as_str().unwrap();
        rows.push_str(&format!(
            "| `{name}` | {default} | {}{text} |\n",
            marks.concat()
        ));
    }
    rows
}
