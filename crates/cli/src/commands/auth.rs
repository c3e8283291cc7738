//! `auth`.

mod token;

use std::time::Duration;

use clap::Args;
use serde_json::json;
use tasker_api::{ApiKey, CreatedApiKey, NewApiKey, RawJson};
use tasker_domain::access::Role;

use crate::Error;
use crate::client::{self, Client, encode};
use crate::commands::Execute;
use crate::context::Context;
use crate::exit::Exit;
use crate::options::parse_duration;
use crate::output::{self, Output};

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
    command: Subcommand,
}

#[derive(Debug, clap::Subcommand)]
enum Subcommand {
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
        allow: token::Allow,
    },
    /// Print a fresh random token for the settings `api_token`, `metrics_token` and `sweep_token`
    ///
    /// It asks no app.
    #[command(after_help = "\
Examples:
  SPIN_VARIABLE_API_TOKEN=$(tasker auth generate) spin up")]
    Generate,
}

fn parse_role(word: &str) -> Result<Role, String> {
    Role::parse(word).ok_or_else(|| format!("the roles are: {}", Role::WORDS.join(", ")))
}

/// `create` alone prints a key, and `token` a public token.
impl Execute for Auth {
    fn execute(&self, context: &Context<'_>) -> Result<Exit, Error> {
        let (output, client) = (context.output, || context.client());
        match &self.command {
            Subcommand::Create {
                name,
                roles,
                tasks,
                namespaces,
                expires,
            } => {
                let limit = |patterns: &[String]| (!patterns.is_empty()).then(|| patterns.to_vec());
                let body = NewApiKey {
                    name: name.clone(),
                    roles: roles.clone(),
                    tasks: limit(tasks),
                    namespaces: limit(namespaces),
                    expires_in_seconds: expires.map(|expires| expires.as_secs()),
                };
                create(&client()?, output, &body)
            }
            Subcommand::List => list(&client()?, output),
            Subcommand::Revoke { name } => {
                client()?.delete(&format!("/api-keys/{}", encode(name)))?;
                if output.json {
                    output.value(&json!({ "name": name, "revoked": true }))?;
                } else {
                    output.line(format!("{name} is revoked"))?;
                }
                Ok(Exit::Done)
            }
            Subcommand::Whoami => {
                let raw: RawJson = client()?.get("/api-keys/self")?;
                if output.json {
                    output.value(&raw)?;
                } else {
                    table(output, vec![client::read(&raw)?])?;
                }
                Ok(Exit::Done)
            }
            Subcommand::Token { allow } => token::create(&client()?, output, allow),
            Subcommand::Generate => generate(output),
        }
    }
}

fn create(client: &Client, output: Output, body: &NewApiKey) -> Result<Exit, Error> {
    let raw: RawJson = client.post("/api-keys", body)?;
    if output.json {
        output.value(&raw)?;
    } else {
        let CreatedApiKey { key, about } = client::read(&raw)?;
        output.note(format!(
            "{} is made. This is the only time that its key is shown",
            about.name
        ));
        output.line(key)?;
    }
    Ok(Exit::Done)
}

/// A token for the settings. It needs no app.
fn generate(output: Output) -> Result<Exit, Error> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|error| Error::Stdio(std::io::Error::other(error)))?;
    let token: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    if output.json {
        output.value(&json!({ "token": token }))?;
    } else {
        output.line(token)?;
    }
    Ok(Exit::Done)
}

fn list(client: &Client, output: Output) -> Result<Exit, Error> {
    if output.json {
        output.value(&client.list::<RawJson>("/api-keys", &[], None)?)?;
        return Ok(Exit::Done);
    }
    let keys = client.list::<ApiKey>("/api-keys", &[], None)?.items;
    if keys.is_empty() {
        output.note("there is no API key; `tasker auth create --help` shows how to make one");
        return Ok(Exit::Done);
    }
    table(output, keys)?;
    Ok(Exit::Done)
}

fn table(output: Output, keys: Vec<ApiKey>) -> Result<(), Error> {
    let limit = |patterns: Option<Vec<String>>| match patterns {
        None => "all".to_owned(),
        Some(patterns) if patterns.is_empty() => "none".to_owned(),
        Some(patterns) => patterns.join(" "),
    };
    let rows = keys.into_iter().map(|key| {
        let roles: Vec<_> = key.roles.iter().map(|role| role.as_str()).collect();
        let moment = |at: Option<_>| at.map(output::moment).unwrap_or_default();
        [
            key.name,
            roles.join(" "),
            limit(key.tasks),
            limit(key.namespaces),
            moment(key.created_at),
            moment(key.expires_at),
            moment(key.last_used_at),
        ]
    });
    output.table(
        &[
            "KEY",
            "ROLES",
            "TASKS",
            "NAMESPACES",
            "MADE",
            "EXPIRES",
            "LAST USED",
        ],
        rows,
    )
}
