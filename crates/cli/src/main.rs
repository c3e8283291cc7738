//! The `tasker` command line.

#[cfg(feature = "up")]
mod base_urls;
#[cfg(feature = "up")]
mod cache;
mod client;
mod commands;
mod config;
mod context;
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
#[cfg(feature = "up")]
mod manifest;
mod options;
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
#[cfg(feature = "up")]
mod variable;

/// The app allocates much and shortly, on all threads.
#[cfg(feature = "up")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

use std::process::ExitCode;

use clap::Parser;

use commands::Command;
use context::Context;
use error::Error;
use exit::Exit;
use options::Global;
use output::Output;

/// Runs JavaScript tasks durably: start the app, publish tasks, run and watch them.
#[derive(Debug, Parser)]
#[command(
    name = "tasker",
    version,
    arg_required_else_help = true,
    subcommand_required = true,
    max_term_width = 100,
    after_help = after_help(),
)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "\
Examples:
  tasker up                                    start the app on this machine
  tasker publish --all                         publish the tasks in ./taskcode
  tasker run nested-calls-test --wait          run a task and see its result
  tasker runs --status failed                  find what went wrong";

fn after_help() -> String {
    format!("{EXAMPLES}\n\n{}", Exit::help())
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let output = Output::new(cli.global.json);
    let context = Context {
        output,
        global: &cli.global,
    };
    match cli.command.execute(&context) {
        Ok(exit) => exit.into(),
        Err(error) if error.is_closed_pipe() => ExitCode::SUCCESS,
        Err(error) => {
            report(output, &error);
            error.exit().into()
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
