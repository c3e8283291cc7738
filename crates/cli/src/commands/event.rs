//! `event`.

use tasker_api::{RawJson, SendEvent, SentEvent};

use crate::Error;
use crate::args;
use crate::client::{self, Client};
use crate::commands::{json, which};
use crate::exit::Exit;
use crate::output::Output;

/// Sends an event.
pub(crate) fn send(client: &Client, output: Output, options: &args::Event) -> Result<Exit, Error> {
    let data = match &options.data {
        Some(data) => json::option("--data", data)?,
        None => RawJson::null(),
    };
    let run = options.run.as_deref();
    let event = SendEvent {
        name: options.name.clone(),
        data,
        run_id: run.map(|run| which::resolve(client, run)).transpose()?,
        id: options.id.clone(),
        ttl_seconds: options
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
