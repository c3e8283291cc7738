//! `stack`.

use clap::Args;
use tasker_api::{RawJson, StackEntry, StackKind};
use tasker_domain::StackStatus;

use crate::Error;
use crate::commands::Execute;
use crate::commands::which::RunArg;
use crate::context::Context;
use crate::exit::Exit;
use crate::output;

/// Show what of a run is alive: its frames, asleep or not, and its queued calls
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tasker stack last
  tasker stack last --json | jq '.items[].snapshotBytes'")]
pub(crate) struct Stack {
    #[command(flatten)]
    run: RunArg,
}

impl Execute for Stack {
    fn execute(&self, context: &Context<'_>) -> Result<Exit, Error> {
        let (client, output) = (&context.client()?, context.output);
        let id = self.run.resolve(client)?;
        let path = format!("/runs/{id}/stack");
        if output.json {
            output.value(&client.list::<RawJson>(&path, &[], None)?)?;
            return Ok(Exit::Done);
        }
        let entries = client.list::<StackEntry>(&path, &[], None)?.items;
        if entries.is_empty() {
            output.note("nothing of this run is alive: it has ended");
            return Ok(Exit::Done);
        }
        let rows = entries.into_iter().map(|entry| {
            let what = match entry.kind {
                StackKind::Frame => {
                    let args: Vec<serde_json::Value> = entry.args.read().unwrap_or_default();
                    args.first()
                        .and_then(|task| task.as_str())
                        .unwrap_or("?")
                        .to_owned()
                }
                StackKind::Call => output::call(&entry.service, &entry.method),
            };
            let kind = match entry.kind {
                StackKind::Frame => "frame",
                StackKind::Call => "call",
            };
            let snapshot = entry.snapshot.map(|snapshot| {
                format!(
                    "{} of {}, at {}",
                    output::bytes(snapshot.snapshot_bytes),
                    output::bytes(snapshot.snapshot_raw_bytes),
                    snapshot.journal_position
                )
            });
            let next = match (entry.status, entry.lease_expires_at) {
                (StackStatus::Processing, Some(at)) => format!("leased to {}", output::moment(at)),
                (StackStatus::Pending, _) => format!("from {}", output::moment(entry.run_after)),
                _ => String::new(),
            };
            [
                entry.path,
                kind.to_owned(),
                what,
                entry.status.to_string(),
                entry.attempt.to_string(),
                entry.pending_calls.len().to_string(),
                snapshot.unwrap_or_default(),
                next,
            ]
        });
        output.table(
            &[
                "PATH",
                "KIND",
                "WHAT",
                "STATUS",
                "ATTEMPT",
                "WAITS FOR",
                "SNAPSHOT",
                "NEXT",
            ],
            rows,
        )?;
        Ok(Exit::Done)
    }
}
