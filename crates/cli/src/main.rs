//! The `tasker` command line.

mod args;
mod base_urls;
mod client;
mod commands;
mod config;
mod database;
mod error;
mod events;
mod output;
mod pack;
#[cfg(feature = "up")]
mod sandbox;
#[cfg(feature = "up")]
mod secrets;

use std::io;
use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use args::{Cli, Command};
use client::Client;
use commands::change::{self, Action};
use commands::{doctor, event, gmail, inspect, keys, publish, run, runs, schedules, tasks};
use config::Connection;
use error::{Error, Exit};
use output::Output;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let output = Output {
        json: cli.global.json,
    };
    match execute(&cli, output) {
        Ok(exit) => exit.into(),
        Err(error) if error.is_closed_pipe() => ExitCode::SUCCESS,
        Err(error) => {
            report(output, &error);
            error.exit_code()
        }
    }
}

fn execute(cli: &Cli, output: Output) -> Result<Exit, Error> {
    let client = || Connection::find(&cli.global).map(|connection| Client::new(&connection));
    match &cli.command {
        #[cfg(feature = "up")]
        Command::Up(options) => commands::up::up(output, options),
        Command::Publish(options) => publish::publish(&client()?, output, options),
        Command::List(_) => tasks::list(&client()?, output),
        Command::Delete(options) => tasks::delete(&client()?, output, &options.task),
        Command::Run(options) => run::run(&client()?, output, options),
        Command::Runs(options) => runs::runs(&client()?, output, options),
        Command::Show(options) => runs::show(&client()?, output, &options.run),
        Command::Journal(options) => runs::journal(&client()?, output, options),
        Command::Stack(options) => runs::stack(&client()?, output, &options.run),
        Command::Logs(options) => runs::logs(&client()?, output, options),
        Command::Inspect(options) => inspect::inspect(&client()?, output, &options.run),
        Command::Cancel(options) => {
            change::change(&client()?, output, &options.runs, Action::Cancel(options))
        }
        Command::Event(options) => event::send(&client()?, output, options),
        Command::Pause(options) => change::change(&client()?, output, &options.runs, Action::Pause),
        Command::Resume(options) => {
            change::change(&client()?, output, &options.runs, Action::Resume)
        }
        Command::Retry(options) => change::change(&client()?, output, &options.runs, Action::Retry),
        Command::Export(options) => runs::export(&client()?, output, options),
        Command::Forget(options) => runs::forget(&client()?, output, &options.run),
        Command::Schedules(options) => schedules::schedules(&client()?, output, &options.command),
        Command::Sweep(_) => tasks::sweep(&client()?, output),
        Command::Doctor(options) => doctor::doctor(&client()?, output, options),
        Command::Keys(options) => keys::keys(&client()?, output, &options.command),
        Command::GmailSearch(options) => gmail::search(&client()?, output, options),
        Command::Completions(options) => {
            let mut script = Vec::new();
            clap_complete::generate(options.shell, &mut Cli::command(), "tasker", &mut script);
            io::Write::write_all(&mut io::stdout(), &script)?;
            Ok(Exit::Done)
        }
    }
}

/// Says what went wrong: to people, and with `--json` to programs too.
fn report(output: Output, error: &Error) {
    output.note(format!("error: {error}"));
    if let Error::Refused { problem } = error {
        for field in &problem.errors {
            let path = if field.path.is_empty() {
                "the input"
            } else {
                &field.path
            };
            output.note(format!("  {path} {}", field.message));
        }
    }
    if let Some(hint) = error.hint() {
        output.note(format!("hint: {hint}"));
    }
    if output.json {
        // If standard output is gone there is nothing left to say.
        _ = output.value(&serde_json::json!({ "error": error.to_json() }));
    }
}
