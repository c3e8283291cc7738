//! `cancel`.

use clap::Args;

use crate::Error;
use crate::commands::Execute;
use crate::commands::change::{Action, change};
use crate::commands::choice::Choice;
use crate::context::Context;
use crate::exit::Exit;

/// Cancel runs and everything that they started
///
/// Their tasks learn of it within a second: what they wait for fails with the code `cancelled`, and they
/// may clean up for a short time (the variable cancel_grace_seconds). A run that has not begun ends
/// at once.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tasker cancel last
  tasker cancel last --reason 'wrong month' --by ada
  tasker cancel 019c2a5e-7d10-7b3a-9f6e-2f4f4f0d9c11 --force
  tasker cancel --task report --status queued --dry-run
  tasker cancel --all --reason 'maintenance' --yes")]
pub(crate) struct Cancel {
    #[command(flatten)]
    runs: Choice,
    /// Why; kept with the run and told to its tasks
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: Option<String>,
    /// Who cancels it; kept with the run
    #[arg(long, value_name = "NAME")]
    pub(crate) by: Option<String>,
    /// End it at once, without letting its tasks clean up
    #[arg(long)]
    pub(crate) force: bool,
}

impl Execute for Cancel {
    fn execute(&self, context: &Context<'_>) -> Result<Exit, Error> {
        change(context, &self.runs, Action::Cancel(self))
    }
}
