//! `forget`.

use clap::Args;
use serde_json::json;

use crate::Error;
use crate::commands::Execute;
use crate::commands::which::RunArg;
use crate::context::Context;
use crate::exit::Exit;

/// Delete an ended run with its journal and its log
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tasker forget 019c2a5e-7d10-7b3a-9f6e-2f4f4f0d9c11
  tasker export last > run.json && tasker forget last")]
pub(crate) struct Forget {
    #[command(flatten)]
    run: RunArg,
}

impl Execute for Forget {
    fn execute(&self, context: &Context<'_>) -> Result<Exit, Error> {
        let (client, output) = (&context.client()?, context.output);
        let id = self.run.resolve(client)?;
        client.delete(&format!("/runs/{id}"))?;
        if output.json {
            output.value(&json!({ "taskRunId": id, "deleted": true }))?;
        } else {
            output.line(format!("{id} is deleted"))?;
        }
        Ok(Exit::Done)
    }
}
