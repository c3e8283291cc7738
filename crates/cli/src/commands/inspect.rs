//! `inspect`: what the sleeping VMs of a run wait for.

use clap::Args;
use tasker_api::{FrameState, Inspection};

use crate::Error;
use crate::client::encode;
use crate::commands::Execute;
use crate::commands::which::RunArg;
use crate::context::Context;
use crate::exit::Exit;
use crate::output::{self, Output};

/// Look into the stored VMs of a run: what each waits for, and where in its code
///
/// Decodes the snapshot of each sleeping frame: its size, its engine, and the calls that are out with
/// the place that made each.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tasker inspect last
  tasker inspect last --json | jq -r '.frames[].snapshot.pendingCalls[].at'")]
pub(crate) struct Inspect {
    #[command(flatten)]
    run: RunArg,
}

impl Execute for Inspect {
    fn execute(&self, context: &Context<'_>) -> Result<Exit, Error> {
        let (client, output) = (&context.client()?, context.output);
        let id = self.run.resolve(client)?;
        let path = format!("/runs/{id}/inspect");
        let mut all: Inspection = client.get(&path)?;
        while let Some(cursor) = all.next_cursor.take() {
            let page: Inspection = client.get(&format!("{path}?cursor={}", encode(&cursor)))?;
            all.frames.extend(page.frames);
            all.next_cursor = page.next_cursor;
        }
        if output.json {
            output.value(&all)?;
            return Ok(Exit::Done);
        }
        if all.frames.is_empty() {
            output.note("nothing of this run is alive");
        }
        for frame in &all.frames {
            print(output, frame, &all.engine)?;
        }
        Ok(Exit::Done)
    }
}

fn print(output: Output, frame: &FrameState, engine: &str) -> Result<(), Error> {
    let since = output::moment(frame.since);
    output.line(format!(
        "{} {} {} since {since}",
        frame.path, frame.task_name, frame.status
    ))?;
    if let Some(damage) = &frame.damage {
        output.line(format!("  damage: {damage}; see `tasker doctor`"))?;
    }
    let Some(snapshot) = &frame.snapshot else {
        return output.line(format!(
            "  no snapshot: it begins, or replays {} calls, when it wakes",
            frame.journal_position
        ));
    };
    let other = match snapshot.engine == engine {
        true => "",
        false => ", which is not this one",
    };
    output.line(format!(
        "  snapshot of {} ({} before compression), engine {}{other}, after {} calls",
        output::bytes(snapshot.bytes),
        output::bytes(snapshot.raw_bytes),
        snapshot.engine,
        snapshot.journal_position
    ))?;
    if let Some(problem) = &snapshot.problem {
        output.line(format!("  it cannot be restored: {problem}"))?;
    }
    for call in &snapshot.pending_calls {
        let at = call.at.as_deref().unwrap_or("an unknown place");
        output.line(format!(
            "  waits for call {} {} ({}) at {at}",
            call.call, call.label, call.state
        ))?;
    }
    Ok(())
}
