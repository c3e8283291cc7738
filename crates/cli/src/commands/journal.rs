//! `journal`.

use clap::Args;
use tasker_api::{JournalEntry, RawJson};

use crate::Error;
use crate::commands::Execute;
use crate::commands::which::RunArg;
use crate::context::Context;
use crate::exit::Exit;
use crate::output;

/// Show the settled calls of a run, in the order in which they settled
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tasker journal last
  tasker journal last --full                   with arguments and results
  tasker journal last --json | jq '.items[] | select(.error)'")]
pub(crate) struct Journal {
    #[command(flatten)]
    run: RunArg,
    /// Show arguments and results in full
    #[arg(long)]
    full: bool,
}

impl Execute for Journal {
    fn execute(&self, context: &Context<'_>) -> Result<Exit, Error> {
        let (client, output) = (&context.client()?, context.output);
        let id = self.run.resolve(client)?;
        let path = format!("/runs/{id}/journal");
        if output.json {
            output.value(&client.list::<RawJson>(&path, &[], None)?)?;
            return Ok(Exit::Done);
        }
        let entries = client.list::<JournalEntry>(&path, &[], None)?.items;
        if entries.is_empty() {
            output.note("no call of this run has settled");
            return Ok(Exit::Done);
        }
        let limit = if self.full { usize::MAX } else { 48 };
        let rows = entries.into_iter().map(|entry| {
            let outcome = match (&entry.error, &entry.result) {
                (Some(error), _) => output::named(&error.name, &error.message),
                (None, Some(result)) => result.as_str().to_owned(),
                (None, None) => "null".to_owned(),
            };
            [
                format!("{}.{}", entry.frame, entry.call),
                output::call(&entry.service, &entry.method),
                if entry.error.is_some() {
                    "failed"
                } else {
                    "ok"
                }
                .to_owned(),
                entry.attempts.to_string(),
                output::between(entry.started_at, entry.finished_at),
                output::brief(entry.args.as_str(), limit),
                output::brief(&outcome, limit),
            ]
        });
        output.table(
            &[
                "PATH",
                "CALL",
                "STATUS",
                "TRIES",
                "TOOK",
                "ARGUMENTS",
                "OUTCOME",
            ],
            rows,
        )?;
        Ok(Exit::Done)
    }
}
