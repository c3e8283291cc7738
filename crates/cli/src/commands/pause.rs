//! `pause`.

use clap::Args;

use crate::Error;
use crate::commands::Execute;
use crate::commands::change::{Action, change};
use crate::commands::choice::Choice;
use crate::context::Context;
use crate::exit::Exit;

/// Pause runs: nothing of them goes on until they are resumed
///
/// Calls that are under way are finished; a task that is awake sleeps within a second.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tasker pause last
  tasker pause --task report")]
pub(crate) struct Pause {
    #[command(flatten)]
    runs: Choice,
}

impl Execute for Pause {
    fn execute(&self, context: &Context<'_>) -> Result<Exit, Error> {
        change(context, &self.runs, Action::Pause)
    }
}
