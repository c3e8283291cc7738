//! The program: starts a sandbox of the outside world and prints its address.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::process::ExitCode;
use std::thread;

use anyhow::Context;
use clap::Parser;
use serde_json::json;
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

    /// Print one line of JSON instead: the address, and the variables that make the app use it.
    #[arg(long)]
    json: bool,

    /// End when standard input ends, and so with the program that holds it, however that ends.
    #[arg(long)]
    until_stdin_ends: bool,
}

fn main() -> ExitCode {
    match serve(&Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn serve(args: &Args) -> anyhow::Result<()> {
    let sandbox = Sandbox::start(&Settings {
        listen: args.listen,
    })?;
    if let Some(file) = &args.service_account {
        std::fs::write(file, sandbox.service_account().to_string())
            .with_context(|| file.display().to_string())?;
    }
    let line = if args.json {
        json!({ "url": sandbox.url(), "variables": sandbox.variables() }).to_string()
    } else {
        format!("Sandbox of the outside world on {}", sandbox.url())
    };
    writeln!(io::stdout(), "{line}")?;
    if args.until_stdin_ends {
        thread::spawn(|| {
            // An input that breaks has ended as well.
            let _ = io::copy(&mut io::stdin(), &mut io::sink());
            std::process::exit(0);
        });
    }
    sandbox.wait();
    Ok(())
}
