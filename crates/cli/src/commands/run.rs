//! `run`.

use tasker_api::{RawJson, RetryRun, SubmitRun, Submitted, TaskError, WebhookTarget};
use tasker_domain::RunStatus;

use crate::Error;
use crate::args::Run;
use crate::client::{self, Client};
use crate::commands::{source, watch};
use crate::error::Exit;
use crate::output::{self, Output};

/// Submits a run, and waits for its end if asked to.
pub(crate) fn run(client: &Client, output: Output, options: &Run) -> Result<Exit, Error> {
    let body = SubmitRun {
        task_name: options.task.clone(),
        input: input(options.input.as_deref())?,
        idempotency_key: options.idempotency_key.clone(),
        priority: options.priority,
        retry: options.retry.map(|attempts| RetryRun {
            attempts: Some(attempts),
            ..RetryRun::default()
        }),
        concurrency_key: options.concurrency_key.clone(),
        run_at: options.at,
        delay_ms: options
            .delay
            .map(|delay| i64::try_from(delay.as_millis()).unwrap_or(i64::MAX)),
        timeout_ms: options
            .time_limit
            .map(|limit| i64::try_from(limit.as_millis()).unwrap_or(i64::MAX)),
        webhook: options.webhook.clone().map(|url| WebhookTarget { url }),
    };
    let raw: RawJson = client.post("/tasks", &body)?;
    let submitted: Submitted = client::read(&raw)?;
    let id = submitted.task_run_id;
    if !options.wait {
        if output.json {
            output.value(&raw)?;
        } else {
            output.line(id)?;
        }
        return Ok(Exit::Done);
    }

    output.note(format!("run {id}"));
    let watched = watch::until_end(client, output, id, false, options.timeout)?;
    if output.json {
        output.value(&watched.raw)?;
    }
    end(output, watched.run, |result| {
        output.line(output::indent(result.as_str()))
    })
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
    match run.status {
        RunStatus::Completed => {
            output.note(format!("completed in {took}"));
            if !output.json {
                show(&run.result.unwrap_or_else(RawJson::null))?;
            }
            Ok(Exit::Done)
        }
        RunStatus::Failed | RunStatus::Cancelled => {
            output.note(format!("{} after {took}", run.status));
            if let Some(error) = &run.error {
                output.note(describe(error));
            }
            output.note(format!("`tasker journal {id}` shows its calls"));
            Ok(Exit::Failed)
        }
        RunStatus::Queued | RunStatus::Processing | RunStatus::Suspended | RunStatus::Paused => {
            output.note(format!(
                "still {} when the time was up; it goes on: `tasker show {id}`",
                run.status
            ));
            Ok(Exit::TimedOut)
        }
    }
}

/// An error of a task for people: what JavaScript would print, with code and status.
pub(crate) fn describe(error: &TaskError) -> String {
    let mut text = error.to_string();
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

fn input(option: Option<&str>) -> Result<RawJson, Error> {
    let Some(option) = option else {
        return Ok(RawJson::empty_object());
    };
    RawJson::parse(source(option)?.trim())
        .map_err(|error| Error::Usage(format!("the input is not JSON: {error}")))
}
