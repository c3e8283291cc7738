//! `runs`, `journal`, `stack`, `logs`, `export` and `forget`.

use std::io::{self, Write};

use tasker_api::{JournalEntry, LogEntry, RawJson, RunSummary, StackEntry, StackKind};
use tasker_domain::StackStatus;

use crate::Error;
use crate::args;
use crate::client::Client;
use crate::commands::{watch, which};
use crate::exit::Exit;
use crate::output::{self, Output, Tone};

/// Lists runs, newest first.
pub(crate) fn runs(client: &Client, output: Output, options: &args::Runs) -> Result<Exit, Error> {
    let status = options.status.map(|status| status.0.as_str());
    let filters = [
        ("status", status),
        ("task", options.task.as_deref()),
        ("tag", options.tag.as_deref()),
    ];
    let query: Vec<_> = filters
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
        .collect();
    let limit = (!options.all).then_some(options.limit as usize);
    if output.json {
        output.value(&client.list::<RawJson>("/runs", &query, limit)?)?;
        return Ok(Exit::Done);
    }
    let page = client.list::<RunSummary>("/runs", &query, limit)?;
    if page.items.is_empty() {
        output.note("no such run");
        return Ok(Exit::Done);
    }
    let rows = page.items.into_iter().map(|run| {
        let took = match (run.finished_at, run.started_at) {
            (Some(end), _) => output::between(run.created_at, end),
            (None, Some(_)) => "…".to_owned(),
            (None, None) => String::new(),
        };
        let error = run
            .error
            .map(|error| output::named(&error.name, &error.message));
        [
            run.task_run_id.to_string(),
            run.task_name,
            run.status.to_string(),
            output::moment(run.created_at),
            took,
            output::brief(&error.unwrap_or_default(), 60),
        ]
    });
    output.table(
        &["RUN", "TASK", "STATUS", "SUBMITTED", "TOOK", "ERROR"],
        rows,
    )?;
    if page.next_cursor.is_some() {
        output.note("there are more: --limit COUNT or --all");
    }
    Ok(Exit::Done)
}

/// Shows the settled calls of a run.
pub(crate) fn journal(
    client: &Client,
    output: Output,
    options: &args::Journal,
) -> Result<Exit, Error> {
    let id = which::resolve(client, &options.run)?;
    let path = format!("/runs/{id}/journal");
    if output.json {
        output.value(&client.list::<RawJson>(&path, &[], None)?)?;
        return Ok(Exit::Done);
    }
    let entries = client.list::<JournalEntry>(&path, &[], None)?.items;
    if entries.is_empty() {
        output.note("no call of this run has settled");
        return Ok(Exit::Done);
    }
    let limit = if options.full { usize::MAX } else { 48 };
    let rows = entries.into_iter().map(|entry| {
        let outcome = match (&entry.error, &entry.result) {
            (Some(error), _) => output::named(&error.name, &error.message),
            (None, Some(result)) => result.as_str().to_owned(),
            (None, None) => "null".to_owned(),
        };
        [
            format!("{}.{}", entry.frame, entry.call),
            label(&entry.service, &entry.method),
            if entry.error.is_some() {
                "failed"
            } else {
                "ok"
            }
            .to_owned(),
            entry.attempts.to_string(),
            output::between(entry.started_at, entry.finished_at),
            output::brief(entry.args.as_str(), limit),
            output::brief(&outcome, limit),
        ]
    });
    output.table(
        &[
            "PATH",
            "CALL",
            "STATUS",
            "TRIES",
            "TOOK",
            "ARGUMENTS",
            "OUTCOME",
        ],
        rows,
    )?;
    Ok(Exit::Done)
}

/// Shows the frames and queued calls of a run that are alive.
pub(crate) fn stack(client: &Client, output: Output, argument: &str) -> Result<Exit, Error> {
    let id = which::resolve(client, argument)?;
    let path = format!("/runs/{id}/stack");
    if output.json {
        output.value(&client.list::<RawJson>(&path, &[], None)?)?;
        return Ok(Exit::Done);
    }
    let entries = client.list::<StackEntry>(&path, &[], None)?.items;
    if entries.is_empty() {
        output.note("nothing of this run is alive: it has ended");
        return Ok(Exit::Done);
    }
    let rows = entries.into_iter().map(|entry| {
        let what = match entry.kind {
            StackKind::Frame => {
                let args: Vec<serde_json::Value> = entry.args.read().unwrap_or_default();
                args.first()
                    .and_then(|task| task.as_str())
                    .unwrap_or("?")
                    .to_owned()
            }
            StackKind::Call => label(&entry.service, &entry.method),
        };
        let kind = match entry.kind {
            StackKind::Frame => "frame",
            StackKind::Call => "call",
        };
        let snapshot = entry.snapshot.map(|snapshot| {
            format!(
                "{} of {}, at {}",
                output::bytes(snapshot.snapshot_bytes),
                output::bytes(snapshot.snapshot_raw_bytes),
                snapshot.journal_position
            )
        });
        let next = match (entry.status, entry.lease_expires_at) {
            (StackStatus::Processing, Some(at)) => format!("leased to {}", output::moment(at)),
            (StackStatus::Pending, _) => format!("from {}", output::moment(entry.run_after)),
            _ => String::new(),
        };
        [
            entry.path,
            kind.to_owned(),
            what,
            entry.status.to_string(),
            entry.attempt.to_string(),
            entry.pending_calls.len().to_string(),
            snapshot.unwrap_or_default(),
            next,
        ]
    });
    output.table(
        &[
            "PATH",
            "KIND",
            "WHAT",
            "STATUS",
            "ATTEMPT",
            "WAITS FOR",
            "SNAPSHOT",
            "NEXT",
        ],
        rows,
    )?;
    Ok(Exit::Done)
}

/// Shows what a run logged; if asked to, until the run ends.
pub(crate) fn logs(client: &Client, output: Output, options: &args::Logs) -> Result<Exit, Error> {
    let id = which::resolve(client, &options.run)?;
    if output.json && !options.follow {
        let path = format!("/runs/{id}/logs");
        output.value(&client.list::<RawJson>(&path, &[], None)?)?;
        return Ok(Exit::Done);
    }
    if !options.follow {
        for entry in client
            .list::<LogEntry>(&format!("/runs/{id}/logs"), &[], None)?
            .items
        {
            log_line(output, &entry)?;
        }
        return Ok(Exit::Done);
    }
    let wanted = watch::Wanted {
        calls: false,
        logs: true,
    };
    watch::follow(client, id, wanted, None, |event| {
        if event.name != "log" {
            return Ok(());
        }
        if output.json {
            return Ok(writeln!(
                io::stdout(),
                "{}",
                output::tame_json(&event.data)
            )?);
        }
        log_line(
            output,
            &serde_json::from_str(&event.data).map_err(io::Error::from)?,
        )
    })?;
    Ok(Exit::Done)
}

fn log_line(output: Output, entry: &LogEntry) -> Result<(), Error> {
    if let Some(gap) = watch::gap(entry) {
        output.spans(&[(Tone::Faint, &gap)])?;
    }
    let at = output::exact_moment(entry.at);
    let level = entry.level.to_string();
    output.spans(&[
        (Tone::Faint, &at),
        (Tone::of_level(&level), &format!(" {level:<5}")),
        (Tone::Faint, &format!(" {} ", entry.frame)),
        (Tone::Plain, &watch::indented(&entry.message)),
    ])
}

/// Prints a run's whole history, or writes it to a file.
pub(crate) fn export(
    client: &Client,
    output: Output,
    options: &args::Export,
) -> Result<Exit, Error> {
    let id = which::resolve(client, &options.run)?;
    // One that broke off is not JSON, and is refused here.
    let history: RawJson = client.get(&format!("/runs/{id}/export"))?;
    match &options.output {
        None => writeln!(io::stdout(), "{}", output::tame_json(history.as_str()))?,
        Some(path) => {
            std::fs::write(path, history.as_str()).map_err(|error| Error::file(path, error))?;
            output.note(format!("{} holds the history of {id}", path.display()));
        }
    }
    Ok(Exit::Done)
}

/// Deletes an ended run.
pub(crate) fn forget(client: &Client, output: Output, argument: &str) -> Result<Exit, Error> {
    let id = which::resolve(client, argument)?;
    client.delete(&format!("/runs/{id}"))?;
    if output.json {
        output.value(&serde_json::json!({ "taskRunId": id, "deleted": true }))?;
    } else {
        output.line(format!("{id} is deleted"))?;
    }
    Ok(Exit::Done)
}

fn label(service: &str, method: &[String]) -> String {
    let mut label = service.to_owned();
    for part in method {
        label.push('.');
        label.push_str(part);
    }
    label
}
