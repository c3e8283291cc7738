//! `auth token`.

use std::time::Duration;

use tasker_api::{
    Allowed, CreatedPublicToken, NewPublicToken, RawJson, ReadRun, SendNamed, SubmitTask,
};

use crate::Error;
use crate::args::TokenCommand;
use crate::client::{self, Client};
use crate::commands::{json, which};
use crate::exit::Exit;
use crate::output::{self, Output};

/// Makes a public token, and prints it.
pub(crate) fn create(
    client: &Client,
    output: Output,
    command: &TokenCommand,
) -> Result<Exit, Error> {
    let (allow, life) = match command {
        TokenCommand::Read { run, life } => {
            let run_id = which::resolve(client, run)?;
            (Allowed::Read(ReadRun { run_id }), life)
        }
        TokenCommand::Submit {
            task,
            input,
            open,
            read,
            repeat,
            life,
        } => {
            let input = input.as_deref();
            let allow = Allowed::Submit(SubmitTask {
                task_name: task.clone(),
                input: input
                    .map(|input| json::option("--input", input))
                    .transpose()?,
                open: open.clone(),
                repeat: *repeat,
                read: *read,
            });
            (allow, life)
        }
        TokenCommand::Send {
            run,
            event,
            repeat,
            life,
        } => {
            let allow = Allowed::Send(SendNamed {
                run_id: which::resolve(client, run)?,
                name: event.clone(),
                repeat: *repeat,
            });
            (allow, life)
        }
    };
    let seconds = |time: Duration| u32::try_from(time.as_secs()).unwrap_or(u32::MAX);
    let body = NewPublicToken {
        allow,
        expires_in_seconds: life.expires.map(seconds),
    };
    let raw: RawJson = client.post("/tokens", &body)?;
    if output.json {
        output.value(&raw)?;
        return Ok(Exit::Done);
    }
    let made: CreatedPublicToken = client::read(&raw)?;
    output.note(format!(
        "it is taken until {}, and cannot be revoked",
        output::moment(made.expires_at)
    ));
    output.line(made.token)?;
    Ok(Exit::Done)
}
