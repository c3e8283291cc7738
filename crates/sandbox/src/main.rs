//! The program: starts a sandbox of the outside world and prints its address.

use std::net::SocketAddr;
use std::process::ExitCode;

use clap::Parser;
use tasker_sandbox::{Sandbox, Settings};

/// A SANDBOX of the outside world: one local server that behaves like Google, OpenAI, Supabase and
/// search engines. For tests and demonstrations; nothing in it is real.
#[derive(Debug, Parser)]
#[command(version)]
struct Args {
    /// Where to serve; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,

    /// Write the service account that the sandbox's Google knows to this file.
    #[arg(long, value_name = "FILE")]
    service_account: Option<std::path::PathBuf>,
}

fn main() -> ExitCode {
    let args = Args::parse();
    let sandbox = match Sandbox::start(&Settings {
        listen: args.listen,
    }) {
        Ok(sandbox) => sandbox,
        Err(error) => {
            eprintln!("error: {error}");
            return ExitCode::FAILURE;
        }
    };
    if let Some(file) = args.service_account
        && let Err(error) = std::fs::write(&file, sandbox.service_account().to_json())
    {
        eprintln!("error: {}: {error}", file.display());
        return ExitCode::FAILURE;
    }
    println!("Sandbox of the outside world on {}", sandbox.url());
    sandbox.wait();
    ExitCode::SUCCESS
}
