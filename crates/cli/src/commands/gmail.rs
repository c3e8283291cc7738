//! `gmail-search`.

use std::io;

use serde::Deserialize;
use serde_json::json;
use tasker_api::{RawJson, SubmitRun};
use tasker_domain::ErrorCode;

use crate::Error;
use crate::args::GmailSearch;
use crate::client::{self, Client};
use crate::commands::run;
use crate::commands::watch::{self, Log};
use crate::exit::Exit;
use crate::output::{self, Output};

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

/// Runs the search, shows where it is, and prints what was found.
pub(crate) fn search(
    client: &Client,
    output: Output,
    options: &GmailSearch,
) -> Result<Exit, Error> {
    let input = json!({
        "query": options.query,
        "maxUsersPerDomain": options.max_users_per_domain,
        "maxResultsPerUser": options.max_results_per_user,
    });
    let mut body = SubmitRun {
        task_name: TASK.to_owned(),
        input: RawJson::parse(input.to_string()).map_err(io::Error::from)?,
        idempotency_key: None,
        priority: None,
        retry: None,
        concurrency_key: None,
        tags: Vec::new(),
        run_at: None,
        delay_ms: None,
        timeout_ms: None,
        webhook: None,
    };
    let submitted = run::submit(client, output, &mut body).inspect_err(|error| {
        if error.code() == ErrorCode::TaskNotFound.as_str() {
            output.hint(
                "the search is a task of the folder taskcode: `tasker publish --all` publishes it",
            );
        }
    })?;
    output.note(format!(
        "searching for `{}` in run {}",
        options.query, submitted.task_run_id
    ));
    let (id, log) = (submitted.task_run_id, Log::Messages);
    let watched = watch::until_end(client, output, id, log, options.timeout)?;
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
