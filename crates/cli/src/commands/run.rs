//! `run`.

use tasker_api::{RawJson, RetryRun, SubmitRun, Submitted, TaskError, WebhookTarget};
use tasker_domain::RunStatus;
use uuid::Uuid;

use crate::Error;
use crate::args::Run;
use crate::client::{self, Client};
use crate::commands::json;
use crate::commands::watch::{self, Log};
use crate::exit::Exit;
use crate::interrupt;
use crate::output::{self, Output, Tone};

/// Submits a run, and waits for its end if asked to.
pub(crate) fn run(client: &Client, output: Output, options: &Run) -> Result<Exit, Error> {
    let input = match &options.input {
        Some(option) => json::option("--input", option)?,
        None => RawJson::empty_object(),
    };
    let mut body = SubmitRun {
        idempotency_key: options.idempotency_key.clone(),
        priority: options.priority,
        retry: options.retry.map(|attempts| RetryRun {
            attempts: Some(attempts),
            ..RetryRun::default()
        }),
        concurrency_key: options.concurrency_key.clone(),
        tags: options.tags.clone(),
        run_at: options.at,
        delay_ms: options
            .delay
            .map(|delay| i64::try_from(delay.as_millis()).unwrap_or(i64::MAX)),
        timeout_ms: options
            .time_limit
            .map(|limit| i64::try_from(limit.as_millis()).unwrap_or(i64::MAX)),
        webhook: options.webhook.clone().map(|url| WebhookTarget { url }),
        ..SubmitRun::of(options.task.clone(), input)
    };
    if !options.wait {
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
    let log = match options.quiet {
        true => Log::Silent,
        false => Log::Levels,
    };
    let watched = watch::until_end(client, output, id, log, options.timeout)?;
    if output.json {
        output.value(&watched.raw)?;
    }
    end(output, watched.run, |result| {
        output.line(output::indent(result.as_str()))
    })
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
