//! `export`.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;
use tasker_api::RawJson;

use crate::Error;
use crate::commands::Execute;
use crate::commands::which::RunArg;
use crate::context::Context;
use crate::exit::Exit;
use crate::output;

/// Print a run's whole history as JSON: the run, its journal, its log, and what of it is alive
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tasker export last > run.json
  tasker export 019c2a5e-7d10-7b3a-9f6e-2f4f4f0d9c11 --output run.json")]
pub(crate) struct Export {
    #[command(flatten)]
    run: RunArg,
    /// File to write to instead of standard output
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

impl Execute for Export {
    fn execute(&self, context: &Context<'_>) -> Result<Exit, Error> {
        let (client, output) = (&context.client()?, context.output);
        let id = self.run.resolve(client)?;
        // One that broke off is not JSON, and is refused here.
        let history: RawJson = client.get(&format!("/runs/{id}/export"))?;
        match &self.output {
            None => writeln!(io::stdout(), "{}", output::tame_json(history.as_str()))?,
            Some(path) => {
                std::fs::write(path, history.as_str()).map_err(|error| Error::file(path, error))?;
                output.note(format!("{} holds the history of {id}", path.display()));
            }
        }
        Ok(Exit::Done)
    }
}
