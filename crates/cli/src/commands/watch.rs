//! Waiting for a run to end.

use std::io;
use std::thread;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use tasker_api::{EVENTS_MAX_SECONDS, LogEntry, Page, RawJson, Run, RunMoved, RunSummary};
use tasker_domain::{RunId, RunStatus};

use crate::Error;
use crate::client::{self, Client};
use crate::events::Event;
use crate::output::Output;

/// A stream of events is given up after so long: the app ends it well before.
const STREAM_MAX: Duration = Duration::from_secs(EVENTS_MAX_SECONDS + 30);
/// The pause before a stream that told nothing is asked for again.
const RECONNECT: Duration = Duration::from_millis(200);
/// How long an app may be away while a run is waited for: it may be starting again.
const AWAY_MAX: Duration = Duration::from_secs(60);

/// A run that was waited for.
pub(crate) struct Watched {
    /// The record as the server gave it.
    pub(crate) raw: RawJson,
    /// The same, read.
    pub(crate) run: Run,
}

/// The run that an argument means: its id, or `last`.
pub(crate) fn resolve(client: &Client, argument: &str) -> Result<RunId, Error> {
    if argument == "last" {
        let newest: Page<RunSummary> = client.page("/runs", &[], 1, None)?;
        let run = newest.items.first().map(|run| run.task_run_id);
        return run.ok_or_else(|| Error::Usage("there is no run yet".to_owned()));
    }
    argument.parse().map_err(|_| {
        Error::Usage(format!(
            "`{argument}` is not a run id; `tasker runs` shows them"
        ))
    })
}

/// Asks for a run, and waits for it to end for at most so long.
pub(crate) fn fetch(client: &Client, id: RunId, wait: Duration) -> Result<Watched, Error> {
    let path = if wait.is_zero() {
        format!("/runs/{id}")
    } else {
        format!("/runs/{id}?wait={:.3}", wait.as_secs_f64())
    };
    let raw: RawJson = client.get(&path)?;
    let run = client::read(&raw)?;
    Ok(Watched { raw, run })
}

/// Waits until a run ends or the time is up, and gives its record as it is then. On a terminal it
/// shows how things stand; with `logs` it also tells what the task logs, as it does.
pub(crate) fn until_end(
    client: &Client,
    output: Output,
    id: RunId,
    logs: bool,
    timeout: Option<Duration>,
) -> Result<Watched, Error> {
    let mut display = Display::new();
    let told = Told {
        calls: display.is_live(),
        logs,
    };
    let ended = follow(client, output, id, told, timeout, |event| {
        if event.name == "log" {
            let entry: LogEntry = serde_json::from_str(&event.data).map_err(io::Error::from)?;
            display.bar.suspend(|| output.note(entry.message));
        }
        display.show(event)
    })?;
    match ended {
        Some(watched) => Ok(watched),
        None => fetch(client, id, Duration::ZERO),
    }
}

/// What is told of a run besides its status.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Told {
    /// Its settled calls.
    pub(crate) calls: bool,
    /// Its log lines.
    pub(crate) logs: bool,
}

/// Follows a run until it ends, and gives its record then; `None`: the time is up. Each event before
/// the end is given to `see` once, in order.
///
/// An app that is away for less than a minute does not end this: runs survive that.
pub(crate) fn follow(
    client: &Client,
    output: Output,
    id: RunId,
    told: Told,
    timeout: Option<Duration>,
    mut see: impl FnMut(&Event) -> Result<(), Error>,
) -> Result<Option<Watched>, Error> {
    let Told { calls, logs } = told;
    let path = format!("/runs/{id}/events?calls={calls}&logs={logs}");
    let deadline = timeout.map(|timeout| Instant::now() + timeout);
    let mut last = String::new();
    let mut away: Option<Instant> = None;
    loop {
        let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        if left.is_some_and(|left| left.is_zero()) {
            return Ok(None);
        }
        match client.events(
            &path,
            &last,
            left.map_or(STREAM_MAX, |left| left.min(STREAM_MAX)),
        ) {
            Ok(events) => {
                if away.take().is_some() {
                    output.note("the app is back");
                }
                let before = last.clone();
                // A stream that breaks off is taken up again where it was.
                for event in events.map_while(Result::ok) {
                    last.clone_from(&event.id);
                    if event.name == "end" {
                        let raw = RawJson::parse(event.data).map_err(io::Error::from)?;
                        let run = client::read(&raw)?;
                        return Ok(Some(Watched { raw, run }));
                    }
                    see(&event)?;
                }
                // One that breaks off at once must not be asked for again and again.
                if last == before {
                    thread::sleep(RECONNECT);
                }
            }
            // The time was up before there was an answer.
            Err(_) if deadline.is_some_and(|deadline| Instant::now() >= deadline) => {}
            Err(error @ Error::Unreachable { .. })
                if away.is_none_or(|since| since.elapsed() < AWAY_MAX) =>
            {
                if away.is_none() {
                    away = Some(Instant::now());
                    output.note(format!("{error}; trying again for a minute"));
                }
                thread::sleep(Duration::from_millis(500));
            }
            Err(error) => return Err(error),
        }
    }
}

/// The line that shows how a run stands; hidden if standard error is no terminal.
struct Display {
    bar: ProgressBar,
    status: RunStatus,
    calls: u64,
}

impl Display {
    fn new() -> Self {
        let bar = ProgressBar::new_spinner();
        let style = ProgressStyle::with_template("{spinner} {msg} · {elapsed}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
        bar.set_message(RunStatus::Queued.as_str());
        bar.enable_steady_tick(Duration::from_millis(120));
        Self {
            bar,
            status: RunStatus::Queued,
            calls: 0,
        }
    }

    fn is_live(&self) -> bool {
        !self.bar.is_hidden()
    }

    fn show(&mut self, event: &Event) -> Result<(), Error> {
        match event.name.as_str() {
            "status" => {
                let moved: RunMoved = serde_json::from_str(&event.data).map_err(io::Error::from)?;
                self.status = moved.status;
            }
            "call" => self.calls += 1,
            _ => {}
        }
        let (status, calls) = (self.status, self.calls);
        let plural = if calls == 1 { "" } else { "s" };
        self.bar
            .set_message(format!("{status} · {calls} call{plural} settled"));
        Ok(())
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
