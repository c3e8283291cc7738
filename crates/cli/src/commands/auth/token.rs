//! `auth token`.

use std::time::Duration;

use clap::{Args, Subcommand};
use tasker_api::{
    Allowed, CreatedPublicToken, NewPublicToken, RawJson, ReadRun, SendNamed, SubmitTask,
};

use crate::Error;
use crate::client::{self, Client};
use crate::commands::{source, which};
use crate::exit::Exit;
use crate::options::parse_duration;
use crate::output::{self, Output};

/// What a token allows.
#[derive(Debug, Subcommand)]
pub(crate) enum Allow {
    /// One that reads a run: its status, its result, its error, as they change
    #[command(after_help = "\
Examples:
  tasker auth token read last
  tasker auth token read 019a9f5e --expires 12h --json | jq -r .token")]
    Read {
        /// The run: its id, the beginning of it, or 'last'
        run: String,
        #[command(flatten)]
        life: Life,
    },
    /// One that runs a task, once
    #[command(after_help = "\
Examples:
  tasker auth token submit order --input '{\"customer\": 7}' --open text --open amount
  tasker auth token submit newsletter --open address --repeat --expires 1h")]
    Submit {
        /// The task
        task: String,
        /// Members of the input, which the holder cannot change: an object as JSON, @FILE, or - for standard input
        #[arg(long, short, value_name = "JSON", allow_hyphen_values = true)]
        input: Option<String>,
        /// Name of a member of the input that the holder may give; repeatable [default: none]
        #[arg(long, value_name = "NAME")]
        open: Vec<String>,
        /// The answer may have a token that reads the run
        #[arg(long)]
        read: bool,
        /// Any number of runs until it expires
        #[arg(long)]
        repeat: bool,
        #[command(flatten)]
        life: Life,
    },
    /// One that sends an event to a run, once
    #[command(after_help = "\
Examples:
  tasker auth token send last approved --expires 1h")]
    Send {
        /// The run: its id, the beginning of it, or 'last'
        run: String,
        /// The event's name
        event: String,
        /// Any number of events until it expires
        #[arg(long)]
        repeat: bool,
        #[command(flatten)]
        life: Life,
    },
}

/// How long a public token is taken.
#[derive(Debug, Args)]
pub(crate) struct Life {
    /// How long it is taken, such as 10m; a day at most [default: 15m]
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    expires: Option<Duration>,
}

/// Makes a public token, and prints it.
pub(crate) fn create(client: &Client, output: Output, asked: &Allow) -> Result<Exit, Error> {
    let (allow, life) = match asked {
        Allow::Read { run, life } => {
            let run_id = which::resolve(client, run)?;
            (Allowed::Read(ReadRun { run_id }), life)
        }
        Allow::Submit {
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
                    .map(|input| source::json("--input", input))
                    .transpose()?,
                open: open.clone(),
                repeat: *repeat,
                read: *read,
            });
            (allow, life)
        }
        Allow::Send {
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
