//! What can be asked for: the commands and their options.

mod audit;
mod auth;
mod choice;
mod keys;
mod schedules;
mod value;

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use tasker_api::Timestamp;

use crate::exit::Exit;

pub(crate) use audit::Audit;
pub(crate) use auth::{Auth, AuthCommand, TokenCommand};
pub(crate) use choice::{Cancel, Choice, Pause, Resume, Retry};
pub(crate) use keys::{Keys, KeysCommand};
pub(crate) use schedules::{Schedules, SchedulesCommand};
pub(crate) use value::Status;
#[cfg(feature = "up")]
pub(crate) use value::Variable;
#[cfg(feature = "up")]
use value::parse_variable;
use value::{parse_duration, parse_moment};

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
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

const GLOBAL: &str = "Global options";

const EXAMPLES: &str = "\
Examples:
  tasker up                                    start the app on this machine
  tasker publish --all                         publish the tasks in ./taskcode
  tasker run nested-calls-test --wait          run a task and see its result
  tasker runs --status failed                  find what went wrong";

fn after_help() -> String {
    format!("{EXAMPLES}\n\n{}", Exit::help())
}

/// Options of every command.
#[derive(Debug, Args)]
pub(crate) struct Global {
    /// Print JSON on standard output instead of tables
    #[arg(long, global = true, help_heading = GLOBAL)]
    pub(crate) json: bool,
    /// Address of the app; else TASKER_URL [default: that of `tasker up`, else http://127.0.0.1:3000]
    #[arg(long, global = true, help_heading = GLOBAL)]
    pub(crate) url: Option<String>,
    /// API key or token. Better in TASKER_TOKEN: other users of the machine can see a command line
    #[arg(long, global = true, help_heading = GLOBAL)]
    pub(crate) token: Option<String>,
    /// File with address and token, such as the client.json of `tasker up`; else TASKER_CONFIG
    #[arg(long, global = true, value_name = "FILE", help_heading = GLOBAL)]
    pub(crate) config: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    #[cfg(feature = "up")]
    Up(Up),
    #[cfg(feature = "up")]
    Compile(Compile),
    Publish(Publish),
    List(List),
    Delete(Delete),
    Run(Run),
    Runs(Runs),
    /// Show a run: where it is, its input, and its result or error
    #[command(after_help = "\
Examples:
  tasker show last
  tasker show 019c2a5e-7d10                    as much of the id as no other run has
  tasker show last --json | jq .result")]
    Show(RunArg),
    Journal(Journal),
    /// Show what of a run is alive: its frames, asleep or not, and its queued calls
    #[command(after_help = "\
Examples:
  tasker stack last
  tasker stack last --json | jq '.items[].snapshotBytes'")]
    Stack(RunArg),
    Logs(Logs),
    Inspect(Inspect),
    Cancel(Cancel),
    Pause(Pause),
    Resume(Resume),
    Retry(Retry),
    Event(Event),
    Schedules(Schedules),
    Export(Export),
    /// Delete an ended run with its journal and its log
    #[command(after_help = "\
Examples:
  tasker forget 019c2a5e-7d10-7b3a-9f6e-2f4f4f0d9c11
  tasker export last > run.json && tasker forget last")]
    Forget(RunArg),
    Sweep(Sweep),
    Doctor(Doctor),
    Keys(Keys),
    Auth(Auth),
    Audit(Audit),
    GmailSearch(GmailSearch),
    Completions(Completions),
}

/// Start the app on this machine
///
/// Runs the app's components in this process, with its timer. The first start makes the API token and the
/// keystore's master key and keeps them in the state folder, readable by you alone; the other
/// commands find the token there. Ctrl-C stops: requests that are being handled are finished, and
/// runs go on at the next start.
#[cfg(feature = "up")]
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tasker up
  tasker up --sandbox                          try the services without an account
  tasker up --listen 127.0.0.1:8080 --variable inline_window_ms=0
  tasker up --variable openai_api_key=@/run/secrets/openai
  tasker up -f ~/tasker/spin.toml --state-dir /var/lib/tasker --quiet")]
pub(crate) struct Up {
    #[command(flatten)]
    pub(crate) manifest: Manifest,
    /// Address to serve on; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:3000")]
    pub(crate) listen: std::net::SocketAddr,
    /// Folder for the database, secrets and logs [default: .spin beside the manifest]
    #[arg(long, value_name = "FOLDER")]
    pub(crate) state_dir: Option<PathBuf>,
    /// Value of an application variable, or with NAME=@FILE the file that holds it, as secrets should be given: everybody on
    /// the machine sees a command line; goes before SPIN_VARIABLE_<NAME>
    #[arg(long = "variable", value_name = "NAME=VALUE", value_parser = parse_variable)]
    pub(crate) variables: Vec<Variable>,
    /// Put a sandbox in the place of Google, OpenAI, Supabase and the web: a local server with made-up
    /// data that lives as long as the app
    #[arg(long)]
    pub(crate) sandbox: bool,
    /// Network that the app may not reach: private, 10.0.0.0/8, none; repeatable [default: private
    /// ones, but for hosts that the manifest or a variable names]
    #[arg(long = "block-network", value_name = "NETWORK")]
    pub(crate) blocked_networks: Vec<tasker_runtime::BlockedNetwork>,
    /// Behave as a host on which components cannot reach each other by name
    #[arg(long, hide = true)]
    pub(crate) no_service_chaining: bool,
    /// Behave as a host on which one request may make this many requests
    #[arg(long, hide = true, value_name = "NUMBER")]
    pub(crate) outbound_requests: Option<u32>,
    /// Behave as a host on which one request may have so much memory
    #[arg(long, hide = true, value_name = "MIB")]
    pub(crate) memory_mib: Option<usize>,
    /// Behave as Spin 4.0.0 to 4.0.2, where a PostgreSQL query that gives no row never comes back
    #[arg(long = "spin-4-0-postgres", hide = true)]
    pub(crate) spin_4_0_postgres: bool,
    /// Keep the components' output off the console
    #[arg(long, short)]
    pub(crate) quiet: bool,
    #[command(flatten)]
    pub(crate) caches: Caches,
    #[command(flatten)]
    pub(crate) log: crate::log::Log,
}

/// Compile the app's components for this machine
///
/// `tasker up` does it by itself when it has to; it starts at once where this was done before. What
/// is compiled already is left as it is.
#[cfg(feature = "up")]
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tasker compile
  tasker compile -f /opt/tasker/spin-cron.toml --cache-dir /var/cache/tasker")]
pub(crate) struct Compile {
    #[command(flatten)]
    pub(crate) manifest: Manifest,
    #[command(flatten)]
    pub(crate) caches: Caches,
    #[command(flatten)]
    pub(crate) log: crate::log::Log,
}

/// The app's manifest.
#[cfg(feature = "up")]
#[derive(Debug, Args)]
pub(crate) struct Manifest {
    /// The application's manifest [default: spin-cron.toml, or else spin.toml]
    #[arg(short = 'f', long = "from", value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
}

/// Where compiled components are kept.
#[cfg(feature = "up")]
#[derive(Debug, Args)]
pub(crate) struct Caches {
    /// Folder for compiled components, which nobody else may write to; of several, the first that can be written to
    /// [default: tasker in your folder of caches, or else cache in the state folder]
    #[arg(long = "cache-dir", value_name = "FOLDER")]
    pub(crate) cache_dirs: Vec<PathBuf>,
}

/// Publish task files
///
/// Takes files, and folders: of a folder, every file directly in it that exports a task or says
/// `@task`. The modules that a task requires by relative paths are packed with it, and listed. Publishing the
/// same code again changes nothing; runs keep the version that they began with.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tasker publish taskcode/parallel-fan-out.js
  tasker publish --all                         everything in ./taskcode
  tasker publish tasks/ --root .               modules may come from all of this folder
  tasker publish report.js --keystore mail --keystore 'reports-*'
  tasker publish --list                        what is published")]
pub(crate) struct Publish {
    /// Task files, or folders of them
    #[arg(value_name = "FILE OR FOLDER", required_unless_present_any = ["all", "list"])]
    pub(crate) paths: Vec<PathBuf>,
    /// Publish the folder ./taskcode
    #[arg(long)]
    pub(crate) all: bool,
    /// List what is published instead, as `tasker list` does
    #[arg(long, conflicts_with_all = ["all", "paths", "root", "name", "keystore", "calls", "hears"])]
    pub(crate) list: bool,
    /// Folder that modules may be taken from [default: the task file's]
    #[arg(long, value_name = "FOLDER")]
    pub(crate) root: Option<PathBuf>,
    /// Namespace of the keystore that the tasks may use, such as reports-*; repeatable, "" for none
    /// [default: what their @keystore says]
    #[arg(long, value_name = "NAMESPACE")]
    pub(crate) keystore: Vec<String>,
    /// Task that the tasks may call and start, such as report-*; repeatable, "" for none [default: what their @calls says]
    #[arg(long, value_name = "TASK")]
    pub(crate) calls: Vec<String>,
    /// Event that the tasks may wait for, such as order-*; repeatable, "" for none [default: what their @hears says]
    #[arg(long, value_name = "EVENT")]
    pub(crate) hears: Vec<String>,
    /// Publish a single file under this name [default: its @task, else the file's name]
    #[arg(long, conflicts_with = "all")]
    pub(crate) name: Option<String>,
}

/// List the published tasks
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tasker list
  tasker list --json | jq -r '.items[].name'")]
pub(crate) struct List {}

/// Withdraw a task
///
/// It can no longer be submitted. Runs that have begun go on.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tasker delete old-report")]
pub(crate) struct Delete {
    /// The task's name
    pub(crate) task: String,
}

/// Run a task
///
/// Without --wait: submits it and prints the run's id. With --wait: tells on standard error what it
/// logs, then prints its result, and the exit code is 0 only if it completed, 1 only if it did not.
/// Stopping the command does not stop the run: see `tasker cancel`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tasker run module-diagnostic --wait
  tasker run nested-calls-test --input '{\"depth\": 5}' --wait
  tasker run report --input @input.json --wait --timeout 10m
  tasker run report --wait --quiet > result.json
  tasker run report --delay 2h
  jq '.order' order.json | tasker run bill --input - --idempotency-key order-4711")]
pub(crate) struct Run {
    /// The task's name
    pub(crate) task: String,
    /// What the task is given: JSON, @FILE, or - for standard input [default: {}]
    #[arg(long, short, value_name = "JSON", allow_hyphen_values = true)]
    pub(crate) input: Option<String>,
    /// Wait for the run to end
    #[arg(long, short)]
    pub(crate) wait: bool,
    /// How long to wait: 30, 30s, 10m or 2h [default: until it ends]
    #[arg(long, value_name = "TIME", value_parser = parse_duration, requires = "wait")]
    pub(crate) timeout: Option<Duration>,
    /// With --wait: tell nothing of what the run logs
    #[arg(long, short, requires = "wait")]
    pub(crate) quiet: bool,
    #[command(flatten)]
    pub(crate) patience: Patience,
    /// Submitting again with the same key gives the same run [default: with --wait a key is made]
    #[arg(long, value_name = "KEY")]
    pub(crate) idempotency_key: Option<String>,
    /// Runs of a greater priority begin first: -100 to 100 [default: what the task says, or 0]
    #[arg(long, value_name = "NUMBER", allow_hyphen_values = true,
        value_parser = clap::value_parser!(i64).range(-100..=100))]
    pub(crate) priority: Option<i64>,
    /// Try it so often in all, whatever it fails with: 1 to 20 [default: the task's @retry]
    #[arg(long, value_name = "ATTEMPTS", value_parser = clap::value_parser!(u32).range(1..=20))]
    pub(crate) retry: Option<u32>,
    /// At most as many runs with the same key go on at once as the task's @concurrency says
    #[arg(long, value_name = "KEY")]
    pub(crate) concurrency_key: Option<String>,
    /// A word by which the run is found: give it once for each
    #[arg(long = "tag", value_name = "TAG")]
    pub(crate) tags: Vec<String>,
    /// Begin after this time: 30s, 10m, 2h or 7d
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    pub(crate) delay: Option<Duration>,
    /// Stop the run if it has not ended after this time: 30s, 10m or 2h [default: the task's @timeout]
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    pub(crate) time_limit: Option<Duration>,
    /// Begin at this moment, such as 2026-01-31T09:30:00Z
    #[arg(long, value_name = "MOMENT", value_parser = parse_moment, conflicts_with = "delay")]
    pub(crate) at: Option<Timestamp>,
    /// Tell this URL when the run ends, signed; webhook_hosts must allow its host [default: the
    /// variable webhook_url]
    #[arg(long, value_name = "URL")]
    pub(crate) webhook: Option<String>,
}

/// Search the mail of a Google Workspace
///
/// Runs the task `comprehensive-gmail-search`: it finds the domains of the account, lists the users
/// of each and searches the mailbox of each. A mailbox or domain that cannot be read is reported and
/// does not end the search.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tasker gmail-search --query 'subject:meeting'
  tasker gmail-search --query has:attachment --max-users-per-domain 2 --max-results-per-user 1
  tasker gmail-search --json | jq '.domains[].users[].messages[].subject'")]
pub(crate) struct GmailSearch {
    /// What to search for, as in Gmail's search box
    #[arg(long, short, default_value = "in:inbox", allow_hyphen_values = true)]
    pub(crate) query: String,
    /// Search at most this many mailboxes of each domain
    #[arg(long, value_name = "COUNT", default_value_t = 5,
        value_parser = clap::value_parser!(u32).range(1..=500))]
    pub(crate) max_users_per_domain: u32,
    /// Show at most this many messages of each mailbox
    #[arg(long, value_name = "COUNT", default_value_t = 3,
        value_parser = clap::value_parser!(u32).range(1..=100))]
    pub(crate) max_results_per_user: u32,
    /// How long to wait: 30, 30s, 10m or 2h [default: until it ends]
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    pub(crate) timeout: Option<Duration>,
    #[command(flatten)]
    pub(crate) patience: Patience,
}

/// How long a command that waits tries again.
#[derive(Debug, Args)]
pub(crate) struct Patience {
    /// While waiting, how long to go on trying when the app cannot be reached or cannot answer: 30s,
    /// 10m or 2h; 0 gives up at once
    #[arg(
        id = "patience",
        long = "patience",
        value_name = "TIME",
        value_parser = parse_duration,
        default_value = "2m"
    )]
    pub(crate) limit: Duration,
}

/// List runs, newest first
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tasker runs
  tasker runs --status failed --task parallel-fan-out
  tasker runs --all --json | jq -r '.items[].taskRunId'")]
pub(crate) struct Runs {
    /// Only runs of this status
    #[arg(long)]
    pub(crate) status: Option<Status>,
    /// Only runs of this task
    #[arg(long)]
    pub(crate) task: Option<String>,
    /// Only runs with this tag
    #[arg(long)]
    pub(crate) tag: Option<String>,
    /// How many runs
    #[arg(long, short = 'n', value_name = "COUNT", default_value_t = 20,
        value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) limit: u32,
    /// Every run there is
    #[arg(long, conflicts_with = "limit")]
    pub(crate) all: bool,
}

/// A command about one run.
#[derive(Debug, Args)]
pub(crate) struct RunArg {
    /// The run: its id, the beginning of its id, or `last` for the newest
    pub(crate) run: String,
}

/// Show the settled calls of a run, in the order in which they settled
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tasker journal last
  tasker journal last --full                   with arguments and results
  tasker journal last --json | jq '.items[] | select(.error)'")]
pub(crate) struct Journal {
    /// The run: its id, the beginning of its id, or `last` for the newest
    pub(crate) run: String,
    /// Show arguments and results in full
    #[arg(long)]
    pub(crate) full: bool,
}

/// Show what a run's tasks logged
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tasker logs last
  tasker logs last --follow                    until the run ends
  tasker logs last --json --follow             one JSON object a line")]
pub(crate) struct Logs {
    /// The run: its id, the beginning of its id, or `last` for the newest
    pub(crate) run: String,
    /// Go on with new lines until the run ends
    #[arg(long, short)]
    pub(crate) follow: bool,
    #[command(flatten)]
    pub(crate) patience: Patience,
}

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
    pub(crate) name: String,
    /// What it says: JSON, @FILE, or - for standard input [default: null]
    #[arg(long, short, value_name = "JSON", allow_hyphen_values = true)]
    pub(crate) data: Option<String>,
    /// Only to this run: its id, the beginning of its id, or `last` for the newest
    #[arg(long)]
    pub(crate) run: Option<String>,
    /// Sending again with the same id does nothing
    #[arg(long)]
    pub(crate) id: Option<String>,
    /// How long it is kept: 30s, 10m, 2h or 7d [default: a day]
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    pub(crate) ttl: Option<Duration>,
}

/// Print a run's whole history as JSON: the run, its journal, its log, and what of it is alive
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tasker export last > run.json
  tasker export 019c2a5e-7d10-7b3a-9f6e-2f4f4f0d9c11 --output run.json")]
pub(crate) struct Export {
    /// The run: its id, the beginning of its id, or `last` for the newest
    pub(crate) run: String,
    /// File to write to instead of standard output
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
}

/// Look into the stored VMs of a run: what each waits for, and where in its code
///
/// Decodes the snapshot of each sleeping frame: its size, its engine, and the calls that are out with
/// the place that made each.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tasker inspect last
  tasker inspect last --json | jq -r '.frames[].snapshot.pendingCalls[].at'")]
pub(crate) struct Inspect {
    /// The run: its id, the beginning of its id, or `last` for the newest
    pub(crate) run: String,
}

/// Look at everything: the database, each component, the timer, damage, and what runs wait for
///
/// Says for each thing that is wrong what to do about it; with --fix it does it: puts damage right,
/// sweeps, and has due work done. Nothing that it does can lose a run. Exit code 1: something does
/// not work or is damaged, and is not repaired.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tasker doctor
  tasker doctor --fix
  tasker doctor --waiting 1h                   which runs have not moved for an hour
  tasker doctor --json | jq -r .status")]
pub(crate) struct Doctor {
    /// Repair what can be repaired
    #[arg(long)]
    pub(crate) fix: bool,
    /// Show runs that have not moved for so long: 30, 90s, 10m or 2h
    #[arg(long, value_name = "TIME", value_parser = parse_duration, default_value = "60s")]
    pub(crate) waiting: Duration,
}

/// Reclaim what lost executors left behind, now
///
/// The app does this by itself every few seconds.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tasker sweep
  tasker sweep --json")]
pub(crate) struct Sweep {}

/// Print the completion script of a shell
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tasker completions bash > ~/.local/share/bash-completion/completions/tasker
  tasker completions zsh > ~/.zfunc/_tasker
  tasker completions fish > ~/.config/fish/completions/tasker.fish")]
pub(crate) struct Completions {
    /// The shell
    pub(crate) shell: clap_complete::Shell,
}
