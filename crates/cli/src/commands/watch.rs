//! Waiting for a run to end.

use std::thread;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use serde::de::IgnoredAny;
use tasker_api::{PAGE_MAX, Page, RawJson, Run, RunSummary};
use tasker_domain::{RunId, RunStatus};

use crate::Error;
use crate::client::{self, Client};
use crate::output::Output;

/// How long one request waits while nobody looks on.
const QUIET_WAIT: Duration = Duration::from_secs(30);
/// How long one request waits while the display shows what goes on.
const LIVE_WAIT: Duration = Duration::from_secs(1);
/// How long an app may be away while a run is waited for: it may be starting again.
const AWAY_MAX: Duration = Duration::from_secs(60);
/// Pages of the journal that are counted between two requests for the status.
const PAGES_A_TURN: usize = 5;

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
/// shows how things stand.
///
/// An app that is away for less than a minute does not end the wait: runs survive that.
pub(crate) fn until_end(
    client: &Client,
    output: Output,
    id: RunId,
    timeout: Option<Duration>,
) -> Result<Watched, Error> {
    let deadline = timeout.map(|timeout| Instant::now() + timeout);
    let mut display = Display::new();
    let mut away: Option<Instant> = None;
    loop {
        let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        let turn = if display.is_live() {
            LIVE_WAIT
        } else {
            QUIET_WAIT
        };
        match fetch(client, id, left.map_or(turn, |left| left.min(turn))) {
            Ok(watched) => {
                let is_over = watched.run.status.is_terminal();
                if is_over || left.is_some_and(|left| left.is_zero()) {
                    return Ok(watched);
                }
                if away.take().is_some() {
                    output.note("the app is back");
                }
                display.show(client, id, watched.run.status);
            }
            Err(error @ Error::Unreachable { .. })
                if left.is_none_or(|left| !left.is_zero())
                    && away.is_none_or(|since| since.elapsed() < AWAY_MAX) =>
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
    counted: Counted,
}

/// How far the journal is counted.
#[derive(Default)]
struct Counted {
    cursor: Option<String>,
    /// Entries on the pages before the cursor.
    before: usize,
    /// All entries seen.
    entries: usize,
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
            counted: Counted::default(),
        }
    }

    fn is_live(&self) -> bool {
        !self.bar.is_hidden()
    }

    fn show(&mut self, client: &Client, id: RunId, status: RunStatus) {
        if !self.is_live() {
            return;
        }
        // The count is an extra: if it cannot be had, the display goes without.
        _ = self.counted.go_on(client, id);
        let calls = self.counted.entries;
        let plural = if calls == 1 { "" } else { "s" };
        self.bar
            .set_message(format!("{status} · {calls} call{plural} settled"));
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

impl Counted {
    /// Counts on from the last page seen, a few pages at a time.
    fn go_on(&mut self, client: &Client, id: RunId) -> Result<(), Error> {
        let path = format!("/runs/{id}/journal");
        for _ in 0..PAGES_A_TURN {
            let page: Page<IgnoredAny> =
                client.page(&path, &[], PAGE_MAX as usize, self.cursor.as_deref())?;
            self.entries = self.before + page.items.len();
            let Some(next) = page.next_cursor else { break };
            self.before = self.entries;
            self.cursor = Some(next);
        }
        Ok(())
    }
}
