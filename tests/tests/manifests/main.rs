//! The manifests, the documents and the files for other hosts fit each other and the table of settings.

mod made;

use std::collections::BTreeSet;
use std::fs;

use serde_json::{Value, json};
use tasker_settings::{Form, named};
use tasker_tests::paths;

/// The variables, components and triggers of the manifest without a timer.
fn plain() -> toml::Table {
    let text = fs::read_to_string(paths::manifest()).unwrap();
    text.parse().unwrap()
}

/// The public API's paths.
fn api_paths() -> BTreeSet<String> {
    let text = fs::read_to_string(paths::root().join("docs/openapi.json")).unwrap();
    let api: Value = serde_json::from_str(&text).unwrap();
    api["paths"].as_object().unwrap().keys().cloned().collect()
}

#[test]
fn the_cluster_runs_the_app_as_it_is() {
    let text = fs::read_to_string(paths::root().join("deploy/spinkube/tasker.yaml")).unwrap();
    let documents: Vec<Value> = serde_saphyr::from_multiple(&text).unwrap();
    let [app, sweep] = &documents[..] else {
        panic!("an app and a job: {documents:?}")
    };
    assert_eq!(app["kind"], "SpinApp");
    assert_eq!(sweep["kind"], "CronJob");
    let manifest = plain();

    let components: Vec<_> = manifest["component"].as_table().unwrap().keys().collect();
    let deployed: BTreeSet<_> = strings(&app["spec"]["components"]).collect();
    assert_eq!(
        deployed,
        components.iter().map(|name| name.as_str()).collect()
    );

    let known = manifest["variables"].as_table().unwrap();
    let mut given = BTreeSet::new();
    for variable in app["spec"]["variables"].as_array().unwrap() {
        let name = variable["name"].as_str().unwrap();
        let declared = known
            .get(name)
            .unwrap_or_else(|| panic!("there is no variable {name}"));
        let is_secret = declared.get("secret") == Some(&true.into());
        let from = &variable["valueFrom"]["secretKeyRef"];
        assert_eq!(is_secret, from.is_object(), "{name}");
        if is_secret {
            assert_eq!(
                (&from["name"], &from["key"]),
                (&json!("tasker"), &json!(name))
            );
        }
        assert!(given.insert(name.to_owned()), "{name} is given twice");
    }
    for (name, declared) in known {
        let is_required = declared.get("required") == Some(&true.into());
        assert!(!is_required || given.contains(name), "{name} is not given");
    }

    let paths = api_paths();
    for check in ["liveness", "readiness"] {
        let path = app["spec"]["checks"][check]["httpGet"]["path"]
            .as_str()
            .unwrap();
        assert!(paths.contains(path), "{check}: {path}");
    }
    let pod = &sweep["spec"]["jobTemplate"]["spec"]["template"]["spec"];
    let container = &pod["containers"][0];
    let script = container["args"][0].as_str().unwrap();
    let name = app["metadata"]["name"].as_str().unwrap();
    assert!(
        script.contains(&format!(" http://{name}/sweep ")),
        "{script}"
    );
    assert!(paths.contains("/sweep"));
    let token = &container["env"][0]["valueFrom"]["secretKeyRef"];
    assert_eq!(token, &json!({ "name": "tasker", "key": "sweep_token" }));
}

fn strings(list: &Value) -> impl Iterator<Item = &str> {
    list.as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
}

#[test]
fn the_service_starts_the_program_as_it_is() {
    let unit = fs::read_to_string(paths::root().join("deploy/systemd/tasker.service")).unwrap();
    let start = unit
        .lines()
        .find_map(|line| line.strip_prefix("ExecStart="));
    let mut words = start.unwrap().split_whitespace();
    assert_eq!(words.next(), Some("/opt/tasker/tasker"));
    assert_eq!(words.next(), Some("up"));
    let help = fs::read_to_string(paths::root().join("crates/cli/tests/cli/help.txt")).unwrap();
    for option in words.clone().filter(|word| word.starts_with('-')) {
        let mut known = help
            .split_whitespace()
            .map(|word| word.trim_end_matches(','));
        assert!(known.any(|word| word == option), "there is no {option}");
    }
    let manifest = words.find(|word| word.ends_with(".toml")).unwrap();
    let manifest = manifest.rsplit('/').next().unwrap();
    assert!(paths::root().join(manifest).is_file(), "{manifest}");
}

#[test]
fn documents_name_variables_that_there_are() {
    let manifest = fs::read_to_string(paths::manifest_with_timer()).unwrap();
    let manifest: toml::Table = manifest.parse().unwrap();
    let known = manifest["variables"].as_table().unwrap();
    let mut files = vec![paths::root().join("README.md")];
    for folder in ["docs", "docs/services", "deploy/systemd"] {
        let entries = fs::read_dir(paths::root().join(folder)).unwrap();
        files.extend(
            entries
                .map(|entry| entry.unwrap().path())
                .filter(|path| path.is_file()),
        );
    }
    let mut named = 0;
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        for rest in text.split("SPIN_VARIABLE_").skip(1) {
            let end =
                rest.find(|c: char| !c.is_ascii_uppercase() && !c.is_ascii_digit() && c != '_');
            let name = rest[..end.unwrap_or(rest.len())].to_lowercase();
            named += usize::from(!name.is_empty());
            assert!(
                name.is_empty() || known.contains_key(&name),
                "{}: there is no variable {name}",
                file.display()
            );
        }
    }
    assert!(named > 3);
}

#[test]
fn every_number_among_the_settings_has_its_range_and_every_default_fits() {
    let plain = fs::read_to_string(paths::manifest()).unwrap();
    let manifest: toml::Table = plain.parse().unwrap();
    let mut numbers = 0;
    for (name, variable) in manifest["variables"].as_table().unwrap() {
        let Some(default) = variable.get("default").and_then(toml::Value::as_str) else {
            continue;
        };
        let about = named(name).unwrap_or_else(|| panic!("{name} is not in the table"));
        assert_eq!(about.check(default), Ok(()), "{name}");
        if default.parse::<u64>().is_ok() {
            let form = about.form;
            assert!(matches!(form, Form::Number(..)), "{name}: {form:?}");
            numbers += 1;
        }
    }
    assert!(numbers > 15);
}
