//! What is made of the table of settings: the variables of the manifests, the manifest with the timer, and the page.
//! `UPDATE=1` writes it.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use tasker_settings::{About, Component, Form, SUBJECTS, all};
use tasker_tests::paths;

/// The first lines of the manifest with the timer.
const CRON_HEAD: &str =
    "# Made of spin.toml and components/sweeper/trigger.toml: change those.\n\n";

/// What stands around the list of settings in its page.
const LIST: [&str; 2] = [
    "<!-- made of crates/settings -->\n",
    "<!-- end of what is made -->",
];

#[test]
fn the_manifest_has_the_variables_of_the_table() {
    let manifest = read(&paths::manifest());
    // A plain Spin has no cron trigger and refuses to start an app that asks for one.
    assert!(!manifest.contains("trigger.cron"));
    settle(&paths::manifest(), &with_variables(&manifest));
}

#[test]
fn spin_cron_toml_is_spin_toml_with_the_timer() {
    let (manifest, timer) = (read(&paths::manifest()), read(&paths::timer()));
    let both = with_variables(&format!("{manifest}\n{timer}"));
    // The app need not keep itself awake.
    let [own, external] =
        ["own", "external"].map(|who| format!("\ntimer = {{ default = \"{who}\","));
    assert!(both.contains(&own));
    let both = both.replace(&own, &external);
    settle(&paths::manifest_with_timer(), &format!("{CRON_HEAD}{both}"));
}

#[test]
fn the_page_of_the_settings_lists_them_all() {
    let page = read(&paths::settings());
    let begin = page.find(LIST[0]).expect("the list has its line") + LIST[0].len();
    let end = page.find(LIST[1]).expect("the list ends");
    let expected = format!("{}{}{}", &page[..begin], reference(), &page[end..]);
    settle(&paths::settings(), &expected);
}

#[test]
fn no_setting_stands_twice_and_each_says_what_it_is() {
    let mut names = BTreeSet::new();
    for about in all() {
        assert!(names.insert(about.name), "{} stands twice", about.name);
        let sentence = about.sentence();
        assert!(
            !sentence.is_empty() && !sentence.ends_with('.'),
            "{}: {sentence}",
            about.name
        );
    }
    assert!(names.contains("lease_seconds") && names.len() > 60);
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap()
}

/// Writes the file with `UPDATE=1`; otherwise it must be as expected.
fn settle(path: &Path, expected: &str) {
    if std::env::var_os("UPDATE").is_some() {
        return fs::write(path, expected).unwrap();
    }
    let found = read(path);
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<BTreeSet<_>>();
    let (is, should_be) = (lines(&found), lines(expected));
    let more: Vec<_> = is.difference(&should_be).collect();
    let less: Vec<_> = should_be.difference(&is).collect();
    assert!(
        found == expected,
        "{} is not what crates/settings makes of it; it has {more:#?} and lacks {less:#?}: \
         UPDATE=1 cargo test --release -p tasker-tests --test manifests",
        path.display()
    );
}

/// The manifest with the variables that the table has for its components. A section of variables ends at the first empty line.
fn with_variables(manifest: &str) -> String {
    let parsed: toml::Table = manifest.parse().unwrap();
    let components: Vec<_> = parsed["component"]
        .as_table()
        .unwrap()
        .keys()
        .map(|name| Component::parse(name).unwrap_or_else(|| panic!("{name} is in no row")))
        .collect();
    let mut text = with_section(manifest, "[variables]", &variables(&components));
    for component in components {
        let lines = component
            .settings()
            .map(|about| format!("{0} = \"{{{{ {0} }}}}\"\n", about.name));
        let header = format!("[component.{component}.variables]");
        text = with_section(&text, &header, &lines.collect::<String>());
    }
    text
}

fn with_section(manifest: &str, header: &str, lines: &str) -> String {
    let header = format!("\n{header}\n");
    let begin = manifest
        .find(&header)
        .unwrap_or_else(|| panic!("there is no {header}"))
        + header.len();
    let rest = &manifest[begin..];
    let end = match rest.starts_with('\n') {
        true => 0,
        false => rest.find("\n\n").map_or(rest.len(), |end| end + 1),
    };
    format!("{}{lines}{}", &manifest[..begin], &rest[end..])
}

/// The application's variables for these components, and those that the manifest itself reads.
fn variables(components: &[Component]) -> String {
    let mut text = String::new();
    for subject in SUBJECTS {
        writeln!(text, "# {}", subject.title).unwrap();
        for about in subject.settings {
            let is_read = |component| about.components.contains(component);
            if about.components.is_empty() || components.iter().any(is_read) {
                writeln!(text, "{} = {{ {} }}", about.name, variable(about)).unwrap();
            }
        }
    }
    text
}

fn variable(about: &About) -> String {
    let quoted = |text: &str| toml::Value::String(text.to_owned()).to_string();
    let value = match about.default {
        Some(default) => format!("default = {}", quoted(default)),
        None => "required = true".to_owned(),
    };
    let secret = if about.is_secret {
        ", secret = true"
    } else {
        ""
    };
    format!(
        "{value}{secret}, description = {}",
        quoted(&about.sentence())
    )
}

/// A heading and a table for each subject.
fn reference() -> String {
    let mut text = String::new();
    for subject in SUBJECTS {
        write!(
            text,
            "\n## {}\n\n| setting | default | allowed | |\n|---|---|---|---|\n",
            subject.title
        )
        .unwrap();
        for about in subject.settings {
            writeln!(text, "{}", row(about)).unwrap();
        }
    }
    text + "\n"
}

fn row(about: &About) -> String {
    let default = match about.default {
        None => String::new(),
        Some("") => "empty".to_owned(),
        Some(text) => format!("`{text}`"),
    };
    let allowed = match about.form {
        Form::Text => String::new(),
        Form::Token(_) => "32 characters or more".to_owned(),
        Form::Number(least, most) => format!("{least} to {most}"),
        Form::Word(words) => format!("`{}`", words.join("`, `")),
        form => form.to_string(),
    };
    let marks = [
        if about.default.is_none() {
            "Required. "
        } else {
            ""
        },
        if about.is_secret { "Secret. " } else { "" },
    ];
    let remarks = match about.remarks() {
        remarks if remarks.is_empty() => remarks,
        remarks => format!(". {remarks}"),
    };
    format!(
        "| `{}` | {default} | {allowed} | {}{}{remarks} |",
        about.name,
        marks.concat(),
        about.sentence()
    )
}
