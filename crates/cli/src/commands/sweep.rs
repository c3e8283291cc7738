//! `sweep`.

use clap::Args;
use tasker_api::{RawJson, SweepReport};

use crate::Error;
use crate::client;
use crate::commands::Execute;
use crate::context::Context;
use crate::exit::Exit;

/// Reclaim what lost executors left behind, now
///
/// The app does this by itself every few seconds.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tasker sweep
  tasker sweep --json")]
pub(crate) struct Sweep {}

impl Execute for Sweep {
    fn execute(&self, context: &Context<'_>) -> Result<Exit, Error> {
        let output = context.output;
        let raw: RawJson = context.client()?.post_empty("/sweep")?;
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
}
