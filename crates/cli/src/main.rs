//! The `tasker` command line.

mod args;
#[cfg(feature = "up")]
mod base_urls;
#[cfg(feature = "up")]
mod cache;
mod client;
mod commands;
mod config;
#[cfg(feature = "up")]
mod database;
mod error;
mod events;
mod exit;
#[cfg(feature = "up")]
mod file_limit;
mod interrupt;
#[cfg(feature = "up")]
mod log;
mod output;
mod patience;
#[cfg(feature = "up")]
mod sandbox;
#[cfg(feature = "up")]
mod secrets;
#[cfg(feature = "up")]
mod service;
#[cfg(feature = "up")]
mod settings;
#[cfg(feature = "up")]
mod state_dir;

/// The app allocates much and shortly, on all threads.
#[cfg(feature = "up")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

use std::io;
use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use args::{AuthCommand, Cli, Command};
use client::Client;
use commands::change::{self, Action};
use commands::{
    audit, auth, doctor, event, gmail, inspect, keys, publish, run, runs, schedules, show, tasks,
};
use config::Target;
use error::Error;
use exit::Exit;
use output::Output;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let output = Output::new(cli.global.json);
    match execute(&cli, output) {
        Ok(exit) => exit.into(),
        Err(error) if error.is_closed_pipe() => ExitCode::SUCCESS,
        Err(error) => {
            report(output, &error);
            error.exit().into()
        }
    }
}

fn execute(cli: &Cli, output: Output) -> Result<Exit, Error> {
    let client = || Target::find(&cli.global).map(|target| Client::new(output, target));
    let patient = |limit| client().map(|client| client.patient(output, limit));
    match &cli.command {
        #[cfg(feature = "up")]
        Command::Up(options) => commands::up::up(output, options),
        #[cfg(feature = "up")]
        Command::Compile(options) => commands::compile::compile(output, options),
        Command::Publish(options) => publish::publish(&client()?, output, options),
        Command::List(_) => tasks::list(&client()?, output),
        Command::Delete(options) => tasks::delete(&client()?, output, &options.task),
        Command::Run(options) if options.wait => {
            run::run(&patient(options.patience.limit)?, output, options)
        }
        Command::Run(options) => run::run(&client()?, output, options),
        Command::Runs(options) => runs::runs(&client()?, output, options),
        Command::Show(options) => show::show(&client()?, output, &options.run),
        Command::Journal(options) => runs::journal(&client()?, output, options),
        Command::Stack(options) => runs::stack(&client()?, output, &options.run),
        Command::Logs(options) if options.follow => {
            runs::logs(&patient(options.patience.limit)?, output, options)
        }
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
        Command::Retry(options) => {
            change::change(&client()?, output, &options.runs, Action::Retry(options))
        }
        Command::Export(options) => runs::export(&client()?, output, options),
        Command::Forget(options) => runs::forget(&client()?, output, &options.run),
        Command::Schedules(options) => schedules::schedules(&client()?, output, &options.command),
        Command::Sweep(_) => tasks::sweep(&client()?, output),
        Command::Doctor(options) => doctor::doctor(&client()?, output, options),
        Command::Keys(options) => keys::keys(&client()?, output, &options.command),
        Command::Auth(options) => match options.command {
            AuthCommand::Generate => auth::generate(output),
            _ => auth::auth(&client()?, output, &options.command),
        },
        Command::Audit(options) => audit::audit(&client()?, output, options),
        Command::GmailSearch(options) => {
            gmail::search(&patient(options.patience.limit)?, output, options)
        }
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
    output.error(error);
    for field in error.problem().iter().flat_map(|problem| &problem.errors) {
        // The detail names most of them already.
        let known = error.to_string();
        let path = match field.path.as_str() {
            "" => "the input",
            path => path,
        };
        if !known.contains(&field.message) || !known.contains(&field.path) {
            output.note(format!("  {path} {}", field.message));
        }
    }
    for hint in error.hints() {
        output.hint(hint);
    }
    if output.json {
        // If standard output is gone there is nothing left to say.
        _ = output.value(&serde_json::json!({ "error": error.to_json() }));
    }
}
