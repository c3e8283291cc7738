//! Requests of all kinds, made from the API's document: no failure of the server, and every answer as the document
//! says. `TASKER_FUZZ_SECONDS` makes it longer.

use std::process::{Command, Stdio};

use serde_json::json;
use tasker_domain::{RunId, RunStatus};
use tasker_tests::{App, Client, Settings, paths, until};

/// What must hold of every answer.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,\
    response_headers_conformance,response_schema_conformance,negative_data_rejection,\
    unsupported_method,missing_required_header";

const TASK: &str = r#"
/**
 * @param {string} [input.name]
 * @schedule "0 0 1 1 *" Europe/Amsterdam
 * @timeout 30d
 */
module.exports = async function execute({ name }) {
    console.log("hello", name);
    await tools.keystore.set("fuzzed", "name", name || "nobody");
    if (name === "fail") throw new Error("it was to fail");
    if (name === "sleep") await tools.sleep("20d");
    return name;
};
"#;

#[test]
fn every_answer_is_as_the_document_says() {
    let seconds: u32 = std::env::var("TASKER_FUZZ_SECONDS")
        .map_or(40, |text| text.parse().expect("a number of seconds"));
    let fuzzer = paths::root().join("target/api-fuzzer/python/bin/schemathesis");
    assert!(
        fuzzer.exists(),
        "the API's fuzzer is not installed: run scripts/api-fuzzer"
    );
    let app = App::start(&Settings::default());
    let client = app.client();
    client.publish("fuzzed", TASK);
    let runs = runs(client);
    let known = json!({
        "runs.id": runs,
        "tasks.taskRunId": runs,
        "tasks.name": ["fuzzed"],
        "schedules.name": ["fuzzed:1", "fuzzed"],
        "keys.namespace": ["fuzzed"],
        "keys.key": ["name"],
        "errors.code": ["run_not_found", "filter_invalid"],
    });

    let folder = tempfile::tempdir().expect("a temporary folder");
    let ended = Command::new(fuzzer)
        .arg("run")
        .arg(format!("{}/openapi.json", client.url()))
        .args([
            "--header",
            &format!("Authorization: Bearer {}", client.token()),
        ])
        .args([
            "--phases",
            "examples,coverage,fuzzing",
            "--seed",
            "1",
            "--no-shrink",
        ])
        .args(["--generation-deterministic"])
        .args([
            "--checks",
            CHECKS,
            "--continue-on-failure",
            "--request-timeout",
            "100",
        ])
        .args(["--max-time", &seconds.to_string(), "--warnings", "off"])
        .args(["--max-examples", &(seconds / 4).max(10).to_string()])
        // It lives for half a minute, and its answers are compared with the journal elsewhere.
        .args(["--exclude-operation-id", "followRun"])
        // A client that sends many wrong keys is slowed, which is tested elsewhere.
        .args(["--exclude-operation-id", "beginSession"])
        .current_dir(folder.path())
        .env(
            "SCHEMATHESIS_HOOKS",
            paths::root().join("tests/api-fuzzer/hooks.py"),
        )
        .env("TASKER_FUZZ_KNOWN", known.to_string())
        .env("NO_COLOR", "1")
        .env("PYTHONHASHSEED", "0")
        .stdin(Stdio::null())
        .output()
        .expect("the fuzzer starts");
    let said = String::from_utf8_lossy(&ended.stdout);
    assert!(
        ended.status.success(),
        "{said}\n{}",
        String::from_utf8_lossy(&ended.stderr)
    );
    println!("{said}");

    // The app is as well as before.
    let log = app.log("tasks");
    assert!(!log.contains("internal error"), "{log}");
    client.publish("fuzzed", TASK);
    let run = client.run("fuzzed", json!({ "name": "still here" }));
    assert_eq!(run.status, RunStatus::Completed, "{:?}", run.error);
}

/// Runs that have ended either way, and some that are asleep.
fn runs(client: &Client) -> Vec<RunId> {
    let names = ["ada", "bob", "fail", "fail", "sleep", "sleep", "sleep"];
    let runs = names.map(|name| client.submit("fuzzed", json!({ "name": name })));
    for (run, name) in runs.iter().zip(names) {
        until("the run rests", 30, || {
            let status = client.show(*run).status;
            let rests = match name {
                "sleep" => status == RunStatus::Suspended,
                _ => status.is_terminal(),
            };
            rests.then_some(())
        });
    }
    runs.to_vec()
}
