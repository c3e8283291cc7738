//! `show`: one run.

use std::fmt::Display;
use std::time::{SystemTime, UNIX_EPOCH};

use clap::Args;
use tasker_api::{Run, Timestamp};
use tasker_domain::RunStatus;

use crate::Error;
use crate::commands::which::RunArg;
use crate::commands::{Execute, run as runs, watch};
use crate::context::Context;
use crate::exit::Exit;
use crate::output::{self, Output, Tone};

/// Show a run: where it is, its input, and its result or error
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tasker show last
  tasker show 019c2a5e-7d10                    as much of the id as no other run has
  tasker show last --json | jq .result")]
pub(crate) struct Show {
    #[command(flatten)]
    run: RunArg,
}

impl Execute for Show {
    fn execute(&self, context: &Context<'_>) -> Result<Exit, Error> {
        let (client, output) = (&context.client()?, context.output);
        let id = self.run.resolve(client)?;
        let watched = watch::fetch(client, id)?;
        if output.json {
            output.value(&watched.raw)?;
            return Ok(Exit::Done);
        }
        let run = watched.run;
        let page = Page(output);
        page.head(&run)?;
        page.times(&run)?;
        page.attempts(&run)?;
        page.settings(&run)?;
        output.line(format!("\ninput\n{}", output::indent(run.input.as_str())))?;
        if let Some(result) = &run.result {
            output.line(format!("\nresult\n{}", output::indent(result.as_str())))?;
        }
        if let Some(error) = &run.error {
            output.line(format!("\nerror\n{}", runs::describe(error)))?;
        }
        Ok(Exit::Done)
    }
}

/// Where it is shown.
struct Page(Output);

impl Page {
    fn field(&self, name: &str, value: impl Display) -> Result<(), Error> {
        self.0.field(name, Tone::Plain, value)
    }

    fn head(&self, run: &Run) -> Result<(), Error> {
        self.field("run", run.task_run_id)?;
        self.field(
            "task",
            format!("{} (version {})", run.task_name, run.version),
        )?;
        let status = run.status.to_string();
        let held = match run.held {
            true => ", held: no more runs may go on at once",
            false => "",
        };
        let tone = Tone::of_status(&status);
        self.0.field("status", tone, format!("{status}{held}"))?;
        match &run.progress {
            Some(progress) => self.field("progress", output::brief(progress.value.as_str(), 200)),
            None => Ok(()),
        }
    }

    fn times(&self, run: &Run) -> Result<(), Error> {
        self.field("submitted", output::moment(run.created_at))?;
        if let Some(begins) = begins(run) {
            self.field("begins", begins)?;
        }
        if let Some(at) = run.started_at {
            // One that was submitted for later waits only since that moment.
            let due = run
                .run_at
                .filter(|due| due.millis() > run.created_at.millis());
            let waited = output::between(due.unwrap_or(run.created_at), at);
            self.field(
                "started",
                format!("{} (after {waited})", output::moment(at)),
            )?;
        }
        if let Some(at) = run.finished_at {
            let took = output::between(run.created_at, at);
            self.field("finished", format!("{} (after {took})", output::moment(at)))?;
        }
        Ok(())
    }

    fn attempts(&self, run: &Run) -> Result<(), Error> {
        for failed in &run.failures {
            let (at, error) = (output::moment(failed.finished_at), &failed.error);
            let attempt = failed.attempt;
            self.field(
                "failed",
                format!("{at} (attempt {attempt}): {}", error.message),
            )?;
        }
        if run.attempt > 1 {
            self.field("attempt", run.attempt)?;
        }
        if let Some(of) = run.retry_of {
            self.field("retry of", of)?;
        }
        if let Some(deadline) = run.deadline {
            self.field("deadline", output::moment(deadline))?;
        }
        let Some(stop) = &run.stop else {
            return Ok(());
        };
        let by = stop.by.as_ref().map(|by| format!(", by {by}"));
        let reason = stop.reason.as_ref().map(|reason| format!(": {reason}"));
        let (by, reason) = (by.unwrap_or_default(), reason.unwrap_or_default());
        let cause = stop.cause.as_str();
        self.field(
            "stopped",
            format!("{} ({cause}{by}){reason}", output::moment(stop.at)),
        )
    }

    fn settings(&self, run: &Run) -> Result<(), Error> {
        if let Some(schedule) = &run.schedule {
            let moment = run.run_at.map(output::moment);
            self.field(
                "schedule",
                format!("{schedule}, {}", moment.as_deref().unwrap_or("triggered")),
            )?;
        }
        if !run.tags.is_empty() {
            self.field("tags", run.tags.join(" "))?;
        }
        if run.priority != 0 {
            self.field("priority", run.priority)?;
        }
        if let Some(key) = &run.idempotency_key {
            self.field("key", key)?;
        }
        let Some(webhook) = &run.webhook else {
            return Ok(());
        };
        let error = webhook.error.as_ref().map(|error| format!(" ({error})"));
        let next = webhook
            .next_at
            .map(|at| format!(", again at {}", output::moment(at)));
        let (error, next) = (error.unwrap_or_default(), next.unwrap_or_default());
        self.field(
            "webhook",
            format!("{}: {}{error}{next}", webhook.url, webhook.state),
        )
    }
}

/// When a run will begin that was submitted for later.
fn begins(run: &Run) -> Option<String> {
    let at = run.run_at?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).ok()?;
    let now = Timestamp::from_millis(i64::try_from(now.as_millis()).ok()?);
    let is_waiting = run.status == RunStatus::Queued && run.started_at.is_none();
    (is_waiting && at.millis() > now.millis())
        .then(|| format!("{} (in {})", output::moment(at), output::between(now, at)))
}
