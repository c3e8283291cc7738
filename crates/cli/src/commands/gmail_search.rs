//! `gmail-search`.

use std::io;
use std::time::Duration;

use clap::Args;
use serde::Deserialize;
use serde_json::json;
use tasker_api::{RawJson, SubmitRun};
use tasker_domain::ErrorCode;

use crate::Error;
use crate::client;
use crate::commands::watch::{self, Log};
use crate::commands::{Execute, run};
use crate::context::Context;
use crate::exit::Exit;
use crate::options::{Patience, parse_duration};
use crate::output::{self, Output};

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
    query: String,
    /// Search at most this many mailboxes of each domain
    #[arg(long, value_name = "COUNT", default_value_t = 5,
        value_parser = clap::value_parser!(u32).range(1..=500))]
    max_users_per_domain: u32,
    /// Show at most this many messages of each mailbox
    #[arg(long, value_name = "COUNT", default_value_t = 3,
        value_parser = clap::value_parser!(u32).range(1..=100))]
    max_results_per_user: u32,
    /// How long to wait: 30, 30s, 10m or 2h [default: until it ends]
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    timeout: Option<Duration>,
    #[command(flatten)]
    patience: Patience,
}

const TASK: &str = "comprehensive-gmail-search";

/// The result of the task, as far as it is shown.
#[derive(Debug, Deserialize)]
struct Found {
    summary: Summary,
    domains: Vec<Domain>,
}

#[derive(Debug, Deserialize)]
struct Summary {
    domains: u64,
    users: u64,
    messages: u64,
    failures: u64,
}

#[derive(Debug, Deserialize)]
struct Domain {
    domain: String,
    #[serde(default)]
    users: Vec<User>,
    error: Option<Failure>,
}

#[derive(Debug, Deserialize)]
struct User {
    user: String,
    #[serde(default)]
    messages: Vec<Message>,
    error: Option<Failure>,
}

#[derive(Debug, Deserialize)]
struct Message {
    #[serde(default)]
    date: String,
    #[serde(default)]
    from: String,
    #[serde(default)]
    subject: String,
}

#[derive(Debug, Deserialize)]
struct Failure {
    message: String,
}

impl Execute for GmailSearch {
    fn execute(&self, context: &Context<'_>) -> Result<Exit, Error> {
        let (client, output) = (&context.patient(self.patience.limit)?, context.output);
        let input = json!({
            "query": self.query,
            "maxUsersPerDomain": self.max_users_per_domain,
            "maxResultsPerUser": self.max_results_per_user,
        });
        let input = RawJson::parse(input.to_string()).map_err(io::Error::from)?;
        let mut body = SubmitRun::of(TASK.to_owned(), input);
        let submitted = run::submit(client, output, &mut body).inspect_err(|error| {
            if error.code() == ErrorCode::TaskNotFound.as_str() {
                output.hint(
                    "the search is a task of the folder taskcode: `tasker publish --all` publishes it",
                );
            }
        })?;
        output.note(format!(
            "searching for `{}` in run {}",
            self.query, submitted.task_run_id
        ));
        let (id, log) = (submitted.task_run_id, Log::Messages);
        let watched = watch::until_end(client, output, id, log, self.timeout)?;
        if output.json {
            match &watched.run.result {
                Some(result) => output.value(result)?,
                // A program is told of the run why there is nothing.
                None => output.value(&watched.raw)?,
            }
        }
        run::end(output, watched.run, |result| {
            show(output, &client::read(result)?)
        })
    }
}

fn show(output: Output, found: &Found) -> Result<(), Error> {
    let rows = found.domains.iter().flat_map(|domain| {
        let whole = domain.error.iter().map(|error| {
            [
                domain.domain.clone(),
                String::new(),
                String::new(),
                format!("failed: {}", output::brief(&error.message, 80)),
            ]
        });
        whole.chain(domain.users.iter().flat_map(rows_of))
    });
    output.table(&["MAILBOX", "DATE", "FROM", "SUBJECT"], rows)?;
    let Summary {
        domains,
        users,
        messages,
        failures,
    } = found.summary;
    output.line(format!(
        "\n{messages} messages in {users} mailboxes of {domains} domains; {failures} could not be read"
    ))
}

/// A row for each message; one row for a mailbox with none.
fn rows_of(user: &User) -> Vec<[String; 4]> {
    let row = |date: &str, from: &str, subject: String| {
        [
            user.user.clone(),
            date.to_owned(),
            output::brief(from, 40),
            subject,
        ]
    };
    if let Some(error) = &user.error {
        let failed = format!("failed: {}", output::brief(&error.message, 80));
        return vec![row("", "", failed)];
    }
    if user.messages.is_empty() {
        return vec![row("", "", "nothing found".to_owned())];
    }
    user.messages
        .iter()
        .map(|message| {
            row(
                &message.date,
                &message.from,
                output::brief(&message.subject, 80),
            )
        })
        .collect()
}
