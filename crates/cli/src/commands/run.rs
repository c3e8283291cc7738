//! `run`.

use std::time::Duration;

use clap::Args;
use tasker_api::{RawJson, RetryRun, SubmitRun, Submitted, TaskError, Timestamp, WebhookTarget};
use tasker_domain::RunStatus;
use uuid::Uuid;

use crate::Error;
use crate::client::{self, Client};
use crate::commands::watch::{self, Log};
use crate::commands::{Execute, source};
use crate::context::Context;
use crate::exit::Exit;
use crate::interrupt;
use crate::options::{Patience, parse_duration, parse_moment};
use crate::output::{self, Output, Tone};

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
    task: String,
    /// What the task is given: JSON, @FILE, or - for standard input [default: {}]
    #[arg(long, short, value_name = "JSON", allow_hyphen_values = true)]
    input: Option<String>,
    /// Wait for the run to end
    #[arg(long, short)]
    wait: bool,
    /// How long to wait: 30, 30s, 10m or 2h [default: until it ends]
    #[arg(long, value_name = "TIME", value_parser = parse_duration, requires = "wait")]
    timeout: Option<Duration>,
    /// With --wait: tell nothing of what the run logs
    #[arg(long, short, requires = "wait")]
    quiet: bool,
    #[command(flatten)]
    patience: Patience,
    /// Submitting again with the same key gives the same run [default: with --wait a key is made]
    #[arg(long, value_name = "KEY")]
    idempotency_key: Option<String>,
    /// Runs of a greater priority begin first: -100 to 100 [default: what the task says, or 0]
    #[arg(long, value_name = "NUMBER", allow_hyphen_values = true,
        value_parser = clap::value_parser!(i64).range(-100..=100))]
    priority: Option<i64>,
    /// Try it so often in all, whatever it fails with: 1 to 20 [default: the task's @retry]
    #[arg(long, value_name = "ATTEMPTS", value_parser = clap::value_parser!(u32).range(1..=20))]
    retry: Option<u32>,
    /// At most as many runs with the same key go on at once as the task's @concurrency says
    #[arg(long, value_name = "KEY")]
    concurrency_key: Option<String>,
    /// A word by which the run is found: give it once for each
    #[arg(long = "tag", value_name = "TAG")]
    tags: Vec<String>,
    /// Begin after this time: 30s, 10m, 2h or 7d
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    delay: Option<Duration>,
    /// Stop the run if it has not ended after this time: 30s, 10m or 2h [default: the task's @timeout]
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    time_limit: Option<Duration>,
    /// Begin at this moment, such as 2026-01-31T09:30:00Z
    #[arg(long, value_name = "MOMENT", value_parser = parse_moment, conflicts_with = "delay")]
    at: Option<Timestamp>,
    /// Tell this URL when the run ends, signed; webhook_hosts must allow its host [default: the
    /// variable webhook_url]
    #[arg(long, value_name = "URL")]
    webhook: Option<String>,
}

impl Execute for Run {
    fn execute(&self, context: &Context<'_>) -> Result<Exit, Error> {
        let output = context.output;
        let client = &match self.wait {
            true => context.patient(self.patience.limit)?,
            false => context.client()?,
        };
        let input = match &self.input {
            Some(option) => source::json("--input", option)?,
            None => RawJson::empty_object(),
        };
        let mut body = SubmitRun {
            idempotency_key: self.idempotency_key.clone(),
            priority: self.priority,
            retry: self.retry.map(|attempts| RetryRun {
                attempts: Some(attempts),
                ..RetryRun::default()
            }),
            concurrency_key: self.concurrency_key.clone(),
            tags: self.tags.clone(),
            run_at: self.at,
            delay_ms: self
                .delay
                .map(|delay| i64::try_from(delay.as_millis()).unwrap_or(i64::MAX)),
            timeout_ms: self
                .time_limit
                .map(|limit| i64::try_from(limit.as_millis()).unwrap_or(i64::MAX)),
            webhook: self.webhook.clone().map(|url| WebhookTarget { url }),
            ..SubmitRun::of(self.task.clone(), input)
        };
        if !self.wait {
            let raw: RawJson = client.post("/tasks", &body)?;
            if output.json {
                output.value(&raw)?;
            } else {
                output.line(client::read::<Submitted>(&raw)?.task_run_id)?;
            }
            return Ok(Exit::Done);
        }

        let submitted = submit(client, output, &mut body)?;
        let id = submitted.task_run_id;
        output.note(format!("run {id}"));
        let log = match self.quiet {
            true => Log::Silent,
            false => Log::Levels,
        };
        let watched = watch::until_end(client, output, id, log, self.timeout)?;
        if output.json {
            output.value(&watched.raw)?;
        }
        end(output, watched.run, |result| {
            output.line(output::indent(result.as_str()))
        })
    }
}

/// Submits a run that will be waited for. Under an idempotency key, so that it can be asked for again if
/// the answer did not come: a key is made if none is given.
pub(crate) fn submit(
    client: &Client,
    output: Output,
    run: &mut SubmitRun,
) -> Result<Submitted, Error> {
    let key = run
        .idempotency_key
        .get_or_insert_with(|| format!("cli-{}", Uuid::now_v7()));
    interrupt::say(
        output,
        format!(
            "interrupted before the app said whether it has the run; with `--idempotency-key {key}` the same \
             command gives that run, or makes it"
        ),
    );
    let submitted: Submitted = client.submit(run)?;
    // Before the id is shown: once it is, Ctrl-C must speak of that run.
    interrupt::say_that_goes_on(output, submitted.task_run_id);
    Ok(submitted)
}

/// Says how a run ended; `show` prints the result for people.
pub(crate) fn end(
    output: Output,
    run: tasker_api::Run,
    show: impl FnOnce(&RawJson) -> Result<(), Error>,
) -> Result<Exit, Error> {
    let id = run.task_run_id;
    let ended = run.finished_at.unwrap_or(run.updated_at);
    let took = output::between(run.created_at, ended);
    let status = run.status.to_string();
    let tone = Tone::of_status(&status);
    match run.status {
        RunStatus::Completed => {
            output.note_spans(&[(tone, &status), (Tone::Plain, &format!(" in {took}"))]);
            if !output.json {
                show(&run.result.unwrap_or_else(RawJson::null))?;
            }
            Ok(Exit::Done)
        }
        RunStatus::Failed | RunStatus::Cancelled => {
            output.note_spans(&[(tone, &status), (Tone::Plain, &format!(" after {took}"))]);
            if let Some(error) = &run.error {
                output.note(describe(error));
            }
            output.hint(format!(
                "`tasker logs {id}` shows what it logged, `tasker journal {id}` its calls"
            ));
            Ok(Exit::Failed)
        }
        RunStatus::Queued | RunStatus::Processing | RunStatus::Suspended | RunStatus::Paused => {
            output.note(format!(
                "still {status} when the time was up; it goes on: `tasker show {id}`"
            ));
            Ok(Exit::TimedOut)
        }
    }
}

/// An error of a task for people: what JavaScript would print, with code and status.
pub(crate) fn describe(error: &TaskError) -> String {
    let mut text = output::named(&error.name, &error.message);
    if let Some(code) = &error.code {
        text.push_str(&format!(" ({code})"));
    }
    if let Some(status) = error.status {
        text.push_str(&format!(" [HTTP {status}]"));
    }
    for line in error.stack.iter().flat_map(|stack| stack.lines()) {
        // Some engines repeat the message on the first line.
        if !line.trim().is_empty() && !line.contains(error.message.lines().next().unwrap_or("\n")) {
            text.push_str("\n  ");
            text.push_str(line.trim());
        }
    }
    text
}
