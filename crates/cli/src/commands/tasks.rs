//! `list`, `delete` and `sweep`.

use tasker_api::{RawJson, SweepReport, TaskSummary};

use crate::Error;
use crate::client::{self, Client, encode};
use crate::exit::Exit;
use crate::output::{self, Output};

/// Lists the published tasks.
pub(crate) fn list(client: &Client, output: Output) -> Result<Exit, Error> {
    if output.json {
        output.value(&client.list::<RawJson>("/tasks", &[], None)?)?;
        return Ok(Exit::Done);
    }
    let tasks = client.list::<TaskSummary>("/tasks", &[], None)?.items;
    if tasks.is_empty() {
        output.note("no task is published; `tasker publish FILE` publishes one");
        return Ok(Exit::Done);
    }
    let rows = tasks.into_iter().map(|task| {
        let description = output::brief(task.description.as_deref().unwrap_or(""), 80);
        [
            task.name,
            short(&task.version),
            output::moment(task.created_at),
            description,
        ]
    });
    output.table(&["TASK", "VERSION", "PUBLISHED", "DESCRIPTION"], rows)?;
    Ok(Exit::Done)
}

/// Withdraws a task.
pub(crate) fn delete(client: &Client, output: Output, task: &str) -> Result<Exit, Error> {
    client.delete(&format!("/tasks/{}", encode(task)))?;
    if output.json {
        output.value(&serde_json::json!({ "name": task, "deleted": true }))?;
    } else {
        output.line(format!("{task} is withdrawn"))?;
    }
    Ok(Exit::Done)
}

/// Has the app reclaim what lost executors left behind.
pub(crate) fn sweep(client: &Client, output: Output) -> Result<Exit, Error> {
    let raw: RawJson = client.post_empty("/sweep")?;
    if output.json {
        output.value(&raw)?;
        return Ok(Exit::Done);
    }
    let SweepReport {
        reclaimed,
        failed,
        woken,
        expired,
        due,
        scheduled,
        purged,
    } = client::read(&raw)?;
    output.line(format!(
        "{reclaimed} reclaimed, {failed} given up, {woken} woken, {expired} out of time, {due} due, {scheduled} scheduled, {purged} purged"
    ))?;
    Ok(Exit::Done)
}

/// Enough of a version to tell it from others.
pub(crate) fn short(version: &str) -> String {
    version.chars().take(12).collect()
}
