//! `resume`.

use clap::Args;

use crate::Error;
use crate::commands::Execute;
use crate::commands::change::{Action, change};
use crate::commands::choice::Choice;
use crate::context::Context;
use crate::exit::Exit;

/// Let paused runs go on
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tasker resume last
  tasker resume --all --yes")]
pub(crate) struct Resume {
    #[command(flatten)]
    runs: Choice,
}

impl Execute for Resume {
    fn execute(&self, context: &Context<'_>) -> Result<Exit, Error> {
        change(context, &self.runs, Action::Resume)
    }
}
