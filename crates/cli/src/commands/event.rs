//! `event`.

use std::time::Duration;

use clap::Args;
use tasker_api::{RawJson, SendEvent, SentEvent};

use crate::Error;
use crate::client;
use crate::commands::{Execute, source, which};
use crate::context::Context;
use crate::exit::Exit;
use crate::options::parse_duration;

/// Send an event to the runs that wait for it
///
/// Tasks wait with `tools.waitForEvent(name)`. Without --run every run that waits for the name gets
/// it; it is kept for those that begin to wait later.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tasker event order-paid --data '{\"order\": 4711}'
  tasker event approved --run last --data true
  tasker event import-done --data @report.json --id import-2026-01-31 --ttl 2h")]
pub(crate) struct Event {
    /// The event's name
    name: String,
    /// What it says: JSON, @FILE, or - for standard input [default: null]
    #[arg(long, short, value_name = "JSON", allow_hyphen_values = true)]
    data: Option<String>,
    /// Only to this run: its id, the beginning of its id, or `last` for the newest
    #[arg(long)]
    run: Option<String>,
    /// Sending again with the same id does nothing
    #[arg(long)]
    id: Option<String>,
    /// How long it is kept: 30s, 10m, 2h or 7d [default: a day]
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    ttl: Option<Duration>,
}

impl Execute for Event {
    fn execute(&self, context: &Context<'_>) -> Result<Exit, Error> {
        let (client, output) = (&context.client()?, context.output);
        let data = match &self.data {
            Some(data) => source::json("--data", data)?,
            None => RawJson::null(),
        };
        let run = self.run.as_deref();
        let event = SendEvent {
            name: self.name.clone(),
            data,
            run_id: run.map(|run| which::resolve(client, run)).transpose()?,
            id: self.id.clone(),
            ttl_seconds: self
                .ttl
                .map(|ttl| u32::try_from(ttl.as_secs()).unwrap_or(u32::MAX)),
        };
        let raw: RawJson = client.post("/events", &event)?;
        if output.json {
            output.value(&raw)?;
            return Ok(Exit::Done);
        }
        let sent: SentEvent = client::read(&raw)?;
        output.line(sent.id)?;
        output.note(match sent.delivered {
            0 => "nobody waited for it so far".to_owned(),
            1 => "one call waited for it".to_owned(),
            calls => format!("{calls} calls waited for it"),
        });
        Ok(Exit::Done)
    }
}
