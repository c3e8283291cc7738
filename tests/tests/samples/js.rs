//! Samples in JavaScript and TypeScript: published, run to their end, and compared with what they say.

use std::fs;

use serde_json::{Value, json};
use tasker_api::{Run, StackEntry};
use tasker_domain::{RunId, RunStatus};
use tasker_tests::until;

use crate::followed;
use crate::markdown::Sample;
use crate::script;
use crate::stage::Stage;

/// Runs a sample.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn run(stage: &Stage, sample: &Sample) -> Result<(), String> {
    let module = script::module(&sample.text, sample.line)?;
    published_and_run(stage, sample, "js", &module.code)
}

/// Runs a sample that is a whole file of TypeScript.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn run_typed(stage: &Stage, sample: &Sample) -> Result<(), String> {
    published_and_run(stage, sample, "ts", &sample.text)
}

fn published_and_run(
    stage: &Stage,
    sample: &Sample,
    ending: &str,
    code: &str,
) -> Result<(), String> {
    let file = format!("samples/{}.{ending}", sample.name());
    fs::write(stage.folder().join(&file), code).map_err(|error| error.to_string())?;
    let published = stage.shell(&format!("tasker publish {file} --json"), "");
    if published.code != 0 {
        let said = format!("{}{}", published.out, published.err);
        return match followed(sample) {
            Some(lacks) if said.contains(lacks) => Ok(()),
            _ => Err(format!("is not published: {said}")),
        };
    }
    let published: Value =
        serde_json::from_str(&published.out).map_err(|error| error.to_string())?;
    let task = &published["items"][0];
    let name = task["name"].as_str().unwrap_or_default();
    stage.reset();
    let run = drive(
        stage,
        stage.client().submit(name, example(&task["inputSchema"])),
    );
    stage.take_back(name);
    judge(sample, &run)
}

fn judge(sample: &Sample, run: &Run) -> Result<(), String> {
    let error = run
        .error
        .as_ref()
        .map(|error| format!("{}: {}", error.name, error.message));
    match (run.status, error, followed(sample)) {
        (RunStatus::Completed, _, None) => Ok(()),
        (RunStatus::Failed, Some(error), Some(lacks)) if error.contains(lacks) => Ok(()),
        (status, error, _) => Err(format!("ends {status:?}: {}", error.unwrap_or_default())),
    }
}

/// Follows a run to its end: time passes for what sleeps, and what waits for an event gets one that fits.
fn drive(stage: &Stage, run: RunId) -> Run {
    let client = stage.client();
    until(&format!("run {run} ends"), 60, || {
        let now = client.show(run);
        if now.status.is_terminal() {
            return Some(now);
        }
        if now.status == RunStatus::Suspended {
            for call in client.stack(run) {
                match call.service.as_str() {
                    "event" => send(stage, run, &call),
                    "timer" => pass(stage, TIMERS, run),
                    "runs" => pass(stage, STARTED, run),
                    _ => {}
                }
            }
        }
        None
    })
}

/// Sends the event that a call waits for.
fn send(stage: &Stage, run: RunId, call: &StackEntry) {
    let args: Value = call.args.read().unwrap_or_default();
    let mut data = json!({});
    for (path, value) in args[1]["match"].as_object().into_iter().flatten() {
        let mut place = &mut data;
        for name in path.split('.') {
            place = &mut place[name];
        }
        *place = value.clone();
    }
    let event = json!({ "name": args[0], "data": data, "runId": run, "ttlSeconds": 0 });
    // The run may have gone on meanwhile.
    stage.client().post("/events", &event);
}

/// What a run sleeps for is due.
const TIMERS: &str = "UPDATE stack_runs SET run_after = 0
     WHERE run_id = ?1 AND service = 'timer' AND status = 'pending'";

/// The runs that a run has started begin.
const STARTED: &str = "UPDATE stack_runs SET run_after = 0
     WHERE parent_id IS NULL AND status = 'pending'
       AND run_id IN (SELECT id FROM task_runs WHERE idempotency_key LIKE '%' || ?1 || '%')";

/// Lets time pass, as the statement does with a run.
fn pass(stage: &Stage, statement: &str, run: RunId) {
    let database = stage.app.database();
    database.change(statement, [run.to_string()]);
    stage.client().call("POST", "/sweep", None);
}

/// An input that fits a schema, with all that must be there.
fn example(schema: &Value) -> Value {
    if let Some(first) = schema["enum"].get(0) {
        return first.clone();
    }
    match schema["type"].as_str() {
        Some("array") => json!([example(&schema["items"])]),
        Some("string") => json!("Ada"),
        Some("number" | "integer") => json!(7),
        Some("boolean") => json!(true),
        _ => {
            let required = schema["required"].as_array().into_iter().flatten();
            let members = required.filter_map(Value::as_str);
            let members =
                members.map(|name| (name.to_owned(), example(&schema["properties"][name])));
            Value::Object(members.collect())
        }
    }
}
