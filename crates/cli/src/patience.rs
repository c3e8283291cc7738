//! Trying again after passing errors: an app that restarts, a database that is away for a moment, a proxy
//! that cannot reach the app.

use std::cell::Cell;
use std::thread;
use std::time::{Duration, Instant};

use crate::Error;
use crate::output::{self, Output};

/// The first pause before the app is asked again; each is twice as long as the one before.
const FIRST_PAUSE: Duration = Duration::from_millis(200);

/// The longest one.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// How often and how long to try again after passing errors.
pub(crate) struct Patience {
    output: Output,
    /// For how long, from the first of several in a row.
    limit: Duration,
    /// When to give up in any case.
    deadline: Cell<Option<Instant>>,
    away: Cell<Option<Away>>,
}

/// Errors in a row.
#[derive(Clone, Copy)]
struct Away {
    since: Instant,
    pause: Duration,
    /// Whether people were told that it is over, although that is not certain yet.
    is_over: bool,
}

impl Patience {
    /// Tries again for this long; zero never does.
    pub(crate) fn new(output: Output, limit: Duration) -> Self {
        Self {
            output,
            limit,
            deadline: Cell::new(None),
            away: Cell::new(None),
        }
    }

    /// Ends the patience at a moment, however much is left.
    pub(crate) fn end_at(&self, deadline: Option<Instant>) {
        self.deadline.set(deadline);
    }

    /// Asks until the answer is not a passing error.
    pub(crate) fn ask<T>(&self, mut ask: impl FnMut() -> Result<T, Error>) -> Result<T, Error> {
        loop {
            match ask() {
                Err(error) if error.is_passing() => self.pause_after(error)?,
                answer => {
                    self.back();
                    return answer;
                }
            }
        }
    }

    /// Pauses after a passing error before the next try.
    ///
    /// # Errors
    /// The error itself, if it is not a passing one or the time for trying is up.
    pub(crate) fn pause_after(&self, error: Error) -> Result<(), Error> {
        if !error.is_passing() {
            return Err(error);
        }
        let now = Instant::now();
        let away = self.away.get().unwrap_or(Away {
            since: now,
            pause: FIRST_PAUSE,
            is_over: false,
        });
        let mut left = self.limit.saturating_sub(now - away.since);
        if let Some(deadline) = self.deadline.get() {
            left = left.min(deadline.saturating_duration_since(now));
        }
        if left.is_zero() {
            return Err(error);
        }
        if self.away.get().is_none() {
            let limit = output::as_option(self.limit);
            self.output
                .note(format!("{error}; trying again for {limit}"));
        }
        self.away.set(Some(Away {
            pause: (away.pause * 2).min(LONGEST_PAUSE),
            ..away
        }));
        let wanted = error.retry_after().unwrap_or_default();
        thread::sleep(away.pause.max(wanted).min(left));
        Ok(())
    }

    /// The app begins to answer. If the answer says nothing in the end, it counts as one more error in the
    /// row.
    pub(crate) fn hear(&self) {
        if let Some(away) = self.away.get().filter(|away| !away.is_over) {
            self.output.note("the app answers again");
            self.away.set(Some(Away {
                is_over: true,
                ..away
            }));
        }
    }

    /// The app has answered.
    pub(crate) fn back(&self) {
        self.hear();
        self.away.set(None);
    }
}
