//! Waiting for a run to end.

use std::io;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use tasker_api::{EVENTS_MAX_SECONDS, LogEntry, RawJson, Run, RunMoved, RunProgress};
use tasker_domain::{RunId, RunStatus};

use crate::Error;
use crate::client::{self, Client};
use crate::events::Event;
use crate::interrupt;
use crate::output::{self, Output, Tone};

/// A stream of events is given up after this time: the app ends it well before.
const STREAM_MAX: Duration = Duration::from_secs(EVENTS_MAX_SECONDS + 30);
/// A shorter stream that told nothing was cut: the app keeps one open for much longer.
const CUT: Duration = Duration::from_secs(1);

/// A run that was waited for.
pub(crate) struct Watched {
    /// The record as the server gave it.
    pub(crate) raw: RawJson,
    /// The same, read.
    pub(crate) run: Run,
}

/// Asks for a run.
pub(crate) fn fetch(client: &Client, id: RunId) -> Result<Watched, Error> {
    let raw: RawJson = client.get(&format!("/runs/{id}"))?;
    let run = client::read(&raw)?;
    Ok(Watched { raw, run })
}

/// How much is told of what a run logs while it is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Log {
    /// Nothing.
    Silent,
    /// What it says.
    Messages,
    /// That and how much it matters.
    Levels,
}

/// Waits until a run ends or the time is up, and gives its record as it is then. On standard error it tells
/// what the run logs, and on a terminal how things stand. Ctrl-C does not stop the run, and says so.
///
/// # Errors
/// [`Error::Lost`] if how the run ends cannot be learned.
pub(crate) fn until_end(
    client: &Client,
    output: Output,
    id: RunId,
    log: Log,
    timeout: Option<Duration>,
) -> Result<Watched, Error> {
    interrupt::say_that_goes_on(output, id);
    let watched = watch(client, output, id, log, timeout);
    interrupt::say_nothing();
    watched.map_err(|error| Error::Lost {
        run: id,
        source: Box::new(error),
    })
}

fn watch(
    client: &Client,
    output: Output,
    id: RunId,
    log: Log,
    timeout: Option<Duration>,
) -> Result<Watched, Error> {
    let mut display = Display::new();
    let wanted = Wanted {
        calls: display.is_live(),
        logs: log != Log::Silent,
    };
    let ended = follow(client, id, wanted, timeout, |event| {
        if event.name == "log" {
            let entry: LogEntry = serde_json::from_str(&event.data).map_err(io::Error::from)?;
            tell(output, log, &entry);
        }
        display.show(event)
    })?;
    match ended {
        Some(watched) => Ok(watched),
        None => fetch(client, id),
    }
}

/// What to say of the lines before this one that are not kept, if there are any.
pub(crate) fn gap(entry: &LogEntry) -> Option<String> {
    match entry.not_kept {
        0 => None,
        1 => Some("… 1 line is not kept …".to_owned()),
        lines => Some(format!("… {lines} lines are not kept …")),
    }
}

fn tell(output: Output, log: Log, entry: &LogEntry) {
    if let Some(gap) = gap(entry) {
        output.note_spans(&[(Tone::Faint, &gap)]);
    }
    let message = indented(&entry.message);
    if log == Log::Messages {
        return output.note(message);
    }
    let level = entry.level.to_string();
    let head = format!("{level:<5}");
    let tone = Tone::of_level(&level);
    output.note_spans(&[(tone, &head), (Tone::Plain, " "), (Tone::Plain, &message)]);
}

/// A message of several lines, so that none of them looks like a line of its own.
pub(crate) fn indented(message: &str) -> String {
    message.replace('\n', "\n      ")
}

/// What a client that follows a run wants to see besides its status.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted {
    /// Its settled calls.
    pub(crate) calls: bool,
    /// Its log lines.
    pub(crate) logs: bool,
}

/// Follows a run until it ends, and gives its record then; `None`: the time is up. Each event before
/// the end is given to `see` once, in order. Passing errors are tried again as the client's patience says: runs
/// survive them.
pub(crate) fn follow(
    client: &Client,
    id: RunId,
    wanted: Wanted,
    timeout: Option<Duration>,
    mut see: impl FnMut(&Event) -> Result<(), Error>,
) -> Result<Option<Watched>, Error> {
    let Wanted { calls, logs } = wanted;
    let path = format!("/runs/{id}/events?calls={calls}&logs={logs}");
    let deadline = timeout.map(|timeout| Instant::now() + timeout);
    client.patience().end_at(deadline);
    let mut last = String::new();
    loop {
        let begin = Instant::now();
        let left = deadline.map(|deadline| deadline.saturating_duration_since(begin));
        if left.is_some_and(|left| left.is_zero()) {
            return Ok(None);
        }
        let limit = left.map_or(STREAM_MAX, |left| left.min(STREAM_MAX));
        let events = match client.events(&path, &last, limit) {
            Ok(events) => events,
            // The time was up before there was an answer.
            Err(_) if deadline.is_some_and(|deadline| Instant::now() >= deadline) => continue,
            Err(error) => {
                client.patience().pause_after(error)?;
                continue;
            }
        };
        let before = last.clone();
        // A stream that breaks off is resumed where it was.
        for event in events.map_while(Result::ok) {
            client.patience().back();
            last.clone_from(&event.id);
            if event.name == "end" {
                let raw = RawJson::parse(event.data).map_err(io::Error::from)?;
                let run = client::read(&raw)?;
                return Ok(Some(Watched { raw, run }));
            }
            see(&event)?;
        }
        if last == before && begin.elapsed() < CUT {
            client.patience().pause_after(client.broken_off())?;
        } else {
            client.patience().back();
        }
    }
}

/// The line that shows how a run stands; hidden if standard error is no terminal.
struct Display {
    bar: ProgressBar,
    status: RunStatus,
    calls: u64,
    progress: Option<String>,
}

impl Display {
    fn new() -> Self {
        let bar = ProgressBar::new_spinner();
        let style = ProgressStyle::with_template("{spinner} {msg} · {elapsed}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
        bar.set_message(RunStatus::Queued.as_str());
        bar.enable_steady_tick(Duration::from_millis(120));
        output::show_bar(Some(bar.clone()));
        Self {
            bar,
            status: RunStatus::Queued,
            calls: 0,
            progress: None,
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
            "progress" => {
                let progress: RunProgress =
                    serde_json::from_str(&event.data).map_err(io::Error::from)?;
                let value = output::brief(progress.value.as_str(), 60);
                self.progress = Some(format!(" · {value}"));
            }
            _ => {}
        }
        let (status, calls) = (self.status, self.calls);
        let progress = self.progress.as_deref().unwrap_or_default();
        let plural = if calls == 1 { "" } else { "s" };
        self.bar
            .set_message(format!("{status} · {calls} call{plural} settled{progress}"));
        Ok(())
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        output::show_bar(None);
    }
}
