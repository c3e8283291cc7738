//! `auth` and its commands.

use std::time::Duration;

use clap::{Args, Subcommand};
use tasker_domain::access::Role;

use super::parse_duration;

/// Manage API keys: who may do what
///
/// Give each client a key of its own, with the role that it needs and no more:
///   metrics   reads the figures for Prometheus
///   sweep     has the queue swept, for a scheduler outside of the app
///   submit    runs tasks, sends events, and sees how a run is
///   observe   sees everything that runs, and changes nothing
///   operate   cancels, pauses, retries and deletes runs, and repairs
///   deploy    publishes tasks, sets schedules, and keeps the keystore
///   audit     reads who has done what
///   admin     does everything, and makes keys
#[derive(Debug, Args)]
#[command(
    subcommand_required = true,
    arg_required_else_help = true,
    verbatim_doc_comment,
    after_help = "\
Examples:
  tasker auth create prometheus --role metrics
  tasker auth create shop --role submit --tasks 'shop-*' --expires 90d
  tasker auth list
  tasker auth revoke shop
  tasker auth token read last
  tasker auth whoami"
)]
pub(crate) struct Auth {
    #[command(subcommand)]
    pub(crate) command: AuthCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum AuthCommand {
    /// Make a key, and print it this once
    ///
    /// The key alone is on standard output. It is kept nowhere: the app stores its hash. To exchange a key
    /// without a gap, make a second one, give it to the client, and revoke the first.
    #[command(after_help = "\
Examples:
  tasker auth create prometheus --role metrics > /etc/prometheus/tasker-token
  tasker auth create shop --role submit --tasks 'shop-*' --expires 90d
  tasker auth create ci --role deploy --role observe --namespaces 'ci-*'
  tasker auth create ops --role admin --json | jq -r .key")]
    Create {
        /// Name of the key
        name: String,
        /// What it is for; repeatable
        #[arg(long = "role", value_name = "ROLE", required = true, value_parser = parse_role)]
        roles: Vec<Role>,
        /// Pattern of the only tasks that it is for, such as 'shop-*'; repeatable [default: all]
        #[arg(long, value_name = "PATTERN")]
        tasks: Vec<String>,
        /// Pattern of the only namespaces of the keystore that it is for; repeatable [default: all]
        #[arg(long, value_name = "PATTERN")]
        namespaces: Vec<String>,
        /// How long it is taken, such as 12h or 90d [default: until it is revoked]
        #[arg(long, value_name = "TIME", value_parser = parse_duration)]
        expires: Option<Duration>,
    },
    /// List the keys, never the keys themselves
    #[command(after_help = "\
Examples:
  tasker auth list
  tasker auth list --json | jq '.items[] | select(.lastUsedAt == null) | .name'")]
    List,
    /// Revoke a key at once
    #[command(after_help = "\
Examples:
  tasker auth revoke prometheus")]
    Revoke {
        /// Name of the key
        name: String,
    },
    /// Show which key these commands send, and what it is for
    #[command(after_help = "\
Examples:
  tasker auth whoami
  TASKER_TOKEN=tsk_... tasker auth whoami --json")]
    Whoami,
    /// Make a public token for a front end: it allows one thing, for a while
    ///
    /// A browser may hold it. It is checked without a look into the database, so it cannot be taken back before it expires:
    /// keep it short.
    #[command(
        subcommand_required = true,
        arg_required_else_help = true,
        after_help = "\
Examples:
  tasker auth token read last
  tasker auth token submit order --input '{\"customer\": 7}' --open text --read
  tasker auth token send last approved --expires 1h"
    )]
    Token {
        #[command(subcommand)]
        allow: TokenCommand,
    },
    /// Print a fresh random token for the settings `api_token`, `metrics_token` and `sweep_token`
    ///
    /// It asks no app.
    #[command(after_help = "\
Examples:
  SPIN_VARIABLE_API_TOKEN=$(tasker auth generate) spin up")]
    Generate,
}

#[derive(Debug, Subcommand)]
pub(crate) enum TokenCommand {
    /// One that reads a run: its status, its result, its error, as they change
    #[command(after_help = "\
Examples:
  tasker auth token read last
  tasker auth token read 019a9f5e --expires 12h --json | jq -r .token")]
    Read {
        /// The run: its id, the beginning of it, or 'last'
        run: String,
        #[command(flatten)]
        life: TokenLife,
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
        life: TokenLife,
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
        life: TokenLife,
    },
}

/// How long a public token is taken.
#[derive(Debug, Args)]
pub(crate) struct TokenLife {
    /// How long it is taken, such as 10m; a day at most [default: 15m]
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    pub(crate) expires: Option<Duration>,
}

fn parse_role(word: &str) -> Result<Role, String> {
    Role::parse(word).ok_or_else(|| format!("the roles are: {}", Role::WORDS.join(", ")))
}
