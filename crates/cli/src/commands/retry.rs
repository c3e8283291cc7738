//! `retry`.

use clap::Args;

use crate::Error;
use crate::commands::Execute;
use crate::commands::change::{Action, change};
use crate::commands::choice::Choice;
use crate::context::Context;
use crate::exit::Exit;

/// Run again what has ended, with the same input, at the newest versions
///
/// Prints the ids of the new runs. By a filter, those that failed are run again, or those of --status; a run
/// that was run again by a filter before is left out.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tasker retry last
  tasker retry 019c2a5e-7d10-7b3a-9f6e-2f4f4f0d9c11
  tasker retry --task report --after 2h        what failed in the last two hours
  tasker retry last --same-version             with the code that it had then
  tasker retry --task report --status cancelled --yes")]
pub(crate) struct Retry {
    #[command(flatten)]
    runs: Choice,
    /// At the versions that the ended run had, of its task and of all nested ones
    #[arg(long)]
    pub(crate) same_version: bool,
}

impl Execute for Retry {
    fn execute(&self, context: &Context<'_>) -> Result<Exit, Error> {
        change(context, &self.runs, Action::Retry(self))
    }
}
