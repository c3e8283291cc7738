//! `delete`.

use clap::Args;
use serde_json::json;

use crate::Error;
use crate::client::encode;
use crate::commands::Execute;
use crate::context::Context;
use crate::exit::Exit;

/// Withdraw a task
///
/// It can no longer be submitted. Runs that have begun go on.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tasker delete old-report")]
pub(crate) struct Delete {
    /// The task's name
    task: String,
}

impl Execute for Delete {
    fn execute(&self, context: &Context<'_>) -> Result<Exit, Error> {
        let (output, task) = (context.output, &self.task);
        context
            .client()?
            .delete(&format!("/tasks/{}", encode(task)))?;
        if output.json {
            output.value(&json!({ "name": task, "deleted": true }))?;
        } else {
            output.line(format!("{task} is withdrawn"))?;
        }
        Ok(Exit::Done)
    }
}
