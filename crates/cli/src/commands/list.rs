//! `list`.

use clap::Args;
use tasker_api::{RawJson, TaskSummary};

use crate::Error;
use crate::client::Client;
use crate::commands::Execute;
use crate::context::Context;
use crate::exit::Exit;
use crate::output::{self, Output};

/// List the published tasks
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tasker list
  tasker list --json | jq -r '.items[].name'")]
pub(crate) struct List {}

impl Execute for List {
    fn execute(&self, context: &Context<'_>) -> Result<Exit, Error> {
        list(&context.client()?, context.output)
    }
}

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

/// Enough of a version to tell it from others.
pub(crate) fn short(version: &str) -> String {
    version.chars().take(12).collect()
}
