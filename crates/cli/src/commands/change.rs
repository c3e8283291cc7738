//! `cancel`, `pause`, `resume` and `retry`: of one run, of several, or of all that fit a filter.

use std::io::{self, BufRead, IsTerminal, Write};

use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use serde_json::{Value, json};
use tasker_api::{
    CancelRun, CancelRuns, Cancelled, ChangedRuns, RawJson, RunAgain, RunMoved, RunsFilter,
    Submitted, Versions,
};
use tasker_domain::RunId;

use crate::Error;
use crate::client::{self, Client};
use crate::commands::cancel::Cancel;
use crate::commands::choice::Choice;
use crate::commands::retry::Retry;
use crate::commands::which;
use crate::context::Context;
use crate::exit::Exit;
use crate::output::{self, Output};

/// What is done to runs.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Action<'a> {
    /// Cancels them.
    Cancel(&'a Cancel),
    /// Pauses them.
    Pause,
    /// Lets them go on.
    Resume,
    /// Runs them again.
    Retry(&'a Retry),
}

impl Action<'_> {
    /// The last segment of the call's path, and what people say.
    fn verb(self) -> &'static str {
        match self {
            Self::Cancel(_) => "cancel",
            Self::Pause => "pause",
            Self::Resume => "resume",
            Self::Retry(_) => "retry",
        }
    }

    /// What was done to a run, for people.
    fn done(self) -> &'static str {
        match self {
            Self::Cancel(_) => "cancelled",
            Self::Pause => "paused",
            Self::Resume => "resumed",
            Self::Retry(_) => "submitted again",
        }
    }
}

/// Changes the runs that are chosen.
pub(crate) fn change(
    context: &Context<'_>,
    choice: &Choice,
    action: Action<'_>,
) -> Result<Exit, Error> {
    let (client, output) = (&context.client()?, context.output);
    match &choice.runs[..] {
        [] => by_filter(client, output, choice, action),
        [run] => {
            let id = which::resolve(client, run)?;
            let raw = change_one(client, id, action)?;
            if output.json {
                output.value(&raw)?;
            } else {
                tell(output, id, &raw, action)?;
            }
            Ok(Exit::Done)
        }
        runs => each(client, output, runs, action),
    }
}

/// Changes runs one after another. One that cannot be changed does not stop the others.
fn each(
    client: &Client,
    output: Output,
    runs: &[String],
    action: Action<'_>,
) -> Result<Exit, Error> {
    // Nothing is changed if one of them is not an id.
    let ids: Vec<RunId> = runs
        .iter()
        .map(|run| which::resolve(client, run))
        .collect::<Result<_, _>>()?;
    let mut items = Vec::new();
    let mut exit = Exit::Done;
    for id in ids {
        match change_one(client, id, action) {
            Ok(raw) if output.json => items.push(raw),
            Ok(raw) => tell(output, id, &raw, action)?,
            Err(error) if error.is_connection() => return Err(error),
            Err(error) => {
                exit = Exit::Failed;
                output.error(format!("{id}: {error}"));
                let failed = json!({ "taskRunId": id, "error": error.to_json() });
                items.push(RawJson::of(&failed).map_err(io::Error::from)?);
            }
        }
    }
    if output.json {
        output.value(&json!({ "items": items }))?;
    }
    Ok(exit)
}

fn change_one(client: &Client, id: RunId, action: Action<'_>) -> Result<RawJson, Error> {
    let path = format!("/runs/{id}/{}", action.verb());
    match action {
        Action::Cancel(options) => {
            let body = CancelRun {
                reason: options.reason.clone(),
                by: options.by.clone(),
                force: options.force,
            };
            client.post(&path, &body)
        }
        Action::Retry(options) => client.post(
            &path,
            &RunAgain {
                version: versions(options),
            },
        ),
        Action::Pause | Action::Resume => client.post_empty(&path),
    }
}

fn tell(output: Output, id: RunId, raw: &RawJson, action: Action<'_>) -> Result<(), Error> {
    match action {
        Action::Cancel(_) => {
            let cancelled: Cancelled = client::read(raw)?;
            match cancelled.grace_until {
                None => output.line(format!("{id} is cancelled")),
                Some(until) => output.line(format!(
                    "{id} is being cancelled: it ends by {}",
                    output::moment(until)
                )),
            }
        }
        Action::Pause | Action::Resume => {
            let moved: RunMoved = client::read(raw)?;
            output.line(format!("{id} is {}", moved.status))
        }
        Action::Retry(_) => output.line(client::read::<Submitted>(raw)?.task_run_id),
    }
}

/// Changes the runs that fit, in as many requests as it takes.
fn by_filter(
    client: &Client,
    output: Output,
    choice: &Choice,
    action: Action<'_>,
) -> Result<Exit, Error> {
    let call = Call {
        client,
        output,
        path: format!("/runs/{}", action.verb()),
        body: body(choice, action)?,
    };
    if choice.dry_run {
        let fitting = call.all(true, None)?;
        if output.json {
            output.value(&fitting)?;
        } else {
            for id in &fitting.task_run_ids {
                output.line(id)?;
            }
        }
        output.note(format!("{} fit; none was changed", count(fitting.matched)));
        return Ok(Exit::Done);
    }
    let mut total = None;
    if !choice.yes {
        let matched = call.all(true, None)?.matched;
        if matched > 0 && !confirmed(matched, action)? {
            output.note("nothing was changed");
            return Ok(Exit::Failed);
        }
        total = Some(matched);
    }
    let done = call.all(false, total)?;
    if output.json {
        output.value(&done)?;
    } else if let Action::Retry(_) = action {
        for id in &done.task_run_ids {
            output.line(id)?;
        }
    }
    let left = match done.skipped {
        0 => String::new(),
        skipped => format!("; {skipped} left as they were"),
    };
    output.note(format!("{} {}{left}", count(done.changed), action.done()));
    Ok(Exit::Done)
}

/// The body of the call without what changes from one request to the next.
fn body(choice: &Choice, action: Action<'_>) -> Result<Value, Error> {
    let filter = RunsFilter {
        status: choice.status.map(|status| status.0),
        task: choice.task.clone(),
        schedule: choice.schedule.clone(),
        created_after: choice.after,
        created_before: choice.before,
    };
    let (mut reason, mut by, mut force) = (None, None, false);
    if let Action::Cancel(options) = action {
        (reason, by) = (options.reason.clone(), options.by.clone());
        force = options.force;
    }
    // Fields that the other calls do not know are left out when absent.
    let body = CancelRuns {
        filter: RawJson::of(&filter).map_err(io::Error::from)?,
        all: choice.all,
        dry_run: false,
        limit: Some(tasker_api::PAGE_MAX),
        cursor: None,
        reason,
        by,
        force,
    };
    let mut body = serde_json::to_value(body).map_err(io::Error::from)?;
    if let Action::Retry(options) = action
        && options.same_version
    {
        body["version"] = json!(versions(options));
    }
    Ok(body)
}

fn versions(options: &Retry) -> Versions {
    match options.same_version {
        true => Versions::Same,
        false => Versions::Newest,
    }
}

/// A call that is made again and again until there are no more runs.
struct Call<'a> {
    client: &'a Client,
    output: Output,
    path: String,
    body: Value,
}

/// What all requests together did.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Sum {
    matched: u64,
    changed: u64,
    skipped: u64,
    task_run_ids: Vec<RunId>,
}

impl Call<'_> {
    fn all(&self, dry_run: bool, total: Option<u64>) -> Result<Sum, Error> {
        let bar = match total {
            Some(total) => ProgressBar::new(total),
            None => ProgressBar::new_spinner(),
        };
        let style = ProgressStyle::with_template("{spinner} {human_pos} runs · {elapsed}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
        let mut sum = Sum::default();
        let mut body = self.body.clone();
        body["dryRun"] = json!(dry_run);
        loop {
            let done: ChangedRuns = match self.client.post(&self.path, &body) {
                Ok(done) => done,
                Err(error) => {
                    bar.finish_and_clear();
                    if sum.changed > 0 {
                        let done = count(sum.changed);
                        self.output
                            .note(format!("{done} changed before this failed:"));
                    }
                    return Err(error);
                }
            };
            sum.matched += u64::from(done.matched);
            sum.changed += u64::from(done.changed);
            sum.skipped += u64::from(done.skipped);
            sum.task_run_ids.extend(done.task_run_ids);
            bar.set_position(sum.matched);
            match done.next_cursor {
                Some(cursor) => body["cursor"] = json!(cursor),
                None => break,
            }
        }
        bar.finish_and_clear();
        Ok(sum)
    }
}

/// Asks whether to change this many runs; without a terminal nobody can be asked.
fn confirmed(matched: u64, action: Action<'_>) -> Result<bool, Error> {
    let (runs, verb) = (count(matched), action.verb());
    if !io::stdin().is_terminal() {
        return Err(Error::Usage(format!(
            "{runs} fit: --yes to {verb} them, --dry-run to list them"
        )));
    }
    write!(io::stderr(), "{verb} {runs}? [y/N] ")?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

fn count(runs: u64) -> String {
    match runs {
        1 => "1 run".to_owned(),
        runs => format!("{runs} runs"),
    }
}
