//! `logs`.

use std::io::{self, Write};

use clap::Args;
use tasker_api::{LogEntry, RawJson};

use crate::Error;
use crate::commands::which::RunArg;
use crate::commands::{Execute, watch};
use crate::context::Context;
use crate::exit::Exit;
use crate::options::Patience;
use crate::output::{self, Output, Tone};

/// Show what a run's tasks logged
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tasker logs last
  tasker logs last --follow                    until the run ends
  tasker logs last --json --follow             one JSON object a line")]
pub(crate) struct Logs {
    #[command(flatten)]
    run: RunArg,
    /// Go on with new lines until the run ends
    #[arg(long, short)]
    follow: bool,
    #[command(flatten)]
    patience: Patience,
}

impl Execute for Logs {
    fn execute(&self, context: &Context<'_>) -> Result<Exit, Error> {
        let output = context.output;
        let client = &match self.follow {
            true => context.patient(self.patience.limit)?,
            false => context.client()?,
        };
        let id = self.run.resolve(client)?;
        if output.json && !self.follow {
            let path = format!("/runs/{id}/logs");
            output.value(&client.list::<RawJson>(&path, &[], None)?)?;
            return Ok(Exit::Done);
        }
        if !self.follow {
            for entry in client
                .list::<LogEntry>(&format!("/runs/{id}/logs"), &[], None)?
                .items
            {
                log_line(output, &entry)?;
            }
            return Ok(Exit::Done);
        }
        let wanted = watch::Wanted {
            calls: false,
            logs: true,
        };
        watch::follow(client, id, wanted, None, |event| {
            if event.name != "log" {
                return Ok(());
            }
            if output.json {
                return Ok(writeln!(
                    io::stdout(),
                    "{}",
                    output::tame_json(&event.data)
                )?);
            }
            log_line(
                output,
                &serde_json::from_str(&event.data).map_err(io::Error::from)?,
            )
        })?;
        Ok(Exit::Done)
    }
}

fn log_line(output: Output, entry: &LogEntry) -> Result<(), Error> {
    if let Some(gap) = watch::gap(entry) {
        output.spans(&[(Tone::Faint, &gap)])?;
    }
    let at = output::exact_moment(entry.at);
    let level = entry.level.to_string();
    output.spans(&[
        (Tone::Faint, &at),
        (Tone::of_level(&level), &format!(" {level:<5}")),
        (Tone::Faint, &format!(" {} ", entry.frame)),
        (Tone::Plain, &watch::indented(&entry.message)),
    ])
}
