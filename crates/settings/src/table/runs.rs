//! Runs: the queue, attempts, and how long things are kept.

use std::time::Duration;

use super::table;
use crate::Component::{QuickJs, StackProcessor, Tasks};
use crate::setting::{TEXT, days, number, seconds, word};

pub(super) const DAYS_MAX: u64 = 36_500;
const PAUSE_MS_MAX: u64 = 3_600_000;

tasker_domain::words! {
    /// Who calls the app for what is due while no client does.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub enum Timer {
        /// The app itself: it keeps a request waiting while anything is due later.
        Own = "own",
        /// A timer, a scheduler or the database, which call `POST /sweep`.
        External = "external",
    }
}

table! {
    "Runs and the queue";

    /// How many drainers may work on the queue at once, on all machines together
    ///
    /// With 0 nothing goes on.
    DRAINERS: u32 = number(0, 1_000).or("2").of(&[StackProcessor]);

    /// How many calls may be out at once, on all machines together
    ///
    /// Each has an instance of its service, and those of frames that stay awake for them, a third of them at most, one of the executor
    /// too; a host has room for so many instances: Spin for 1,000. `tasker up` has room for 2,500, and sets 1500 if nothing else is said.
    CALLS_OUT: u32 = number(1, 100_000).or("600").of(&[StackProcessor]);

    /// How many runs of one task may wait to begin, those for later and held ones included; 0: any number
    ///
    /// One more is refused with `queue_full`.
    TASK_QUEUE: u64 = number(0, 1_000_000_000).or("1000000").of(&[Tasks, StackProcessor]);

    /// Tasks that all others may call and start, whoever has published them: patterns separated by commas; empty: none
    ///
    /// Others are called by tasks whose publisher's key was for as much at least: [who may call whom](guide.md#who-may-call-whom).
    SHARED_TASKS: String = TEXT.or("").of(&[Tasks, StackProcessor, QuickJs]);

    /// How long a claim holds before a sweep may take it back
    ///
    /// After that the work of a lost process is taken over. Whoever is at work renews its lease each time a third of
    /// it has passed, so slices and calls may last longer than it. With 1 a busy machine may lose leases of work that goes on, which
    /// is then done again.
    LEASE_SECONDS: Duration = seconds(1, 3_600).or("10").of(&[StackProcessor]);

    /// How often a call is tried in all, if its task does not say
    CALL_ATTEMPTS: u32 = number(1, 100).or("5").of(&[Tasks, StackProcessor, QuickJs]);

    /// The first pause between two attempts of a call; it doubles each time
    CALL_RETRY_MS: i64 = number(0, PAUSE_MS_MAX).or("200").of(&[Tasks, StackProcessor, QuickJs]);

    /// The longest such pause
    CALL_RETRY_MAX_MS: i64 = number(0, PAUSE_MS_MAX).or("30000").of(&[Tasks, StackProcessor, QuickJs]);

    /// How often a run is tried in all if it fails through no fault of its task, unless the task or the submission says otherwise
    ///
    /// `executor_lost`, `journal_mismatch` and the like.
    RUN_ATTEMPTS: u32 = number(1, 100).or("3").of(&[Tasks, StackProcessor]);

    /// How many tasks of one run may be unfinished at once: its own, and nested ones at every depth
    ///
    /// One more is rejected with `frames_limit`.
    RUN_FRAMES: u32 = number(1, 10_000).or("500").of(&[QuickJs]);

    /// How many runs of their own the tasks of one run may start in all, by `tools.tasks.start`
    ///
    /// One more is rejected with `starts_limit`.
    RUN_STARTS: u32 = number(0, 1_000_000).or("1000").of(&[StackProcessor]);

    /// How many MiB the arguments and results of all calls of one run may take together in its journal
    ///
    /// A run that would journal more fails with `journal_limit`.
    RUN_JOURNAL_MIB: u64 = number(1, 1_048_576).or("32").of(&[QuickJs]);

    /// How long the tasks of a run that is cancelled or out of time may clean up
    CANCEL_GRACE_SECONDS: Duration = seconds(0, 86_400).or("10").of(&[Tasks, StackProcessor]);

    /// Who calls the app for what is due while no client does: `own`, itself; `external`, a timer that calls `POST /sweep`
    ///
    /// `external` in `spin-cron.toml`, which has the timer. [More](operations.md#waking).
    TIMER: Timer = word(Timer::WORDS, |text| Timer::parse(text.trim())).or("own").of(&[StackProcessor]);

    /// How many days an ended run is kept; 0: for ever
    ///
    /// With its journal and log, unless its task says otherwise.
    RETENTION_DAYS: Duration = days(0, DAYS_MAX).or("30").of(&[StackProcessor]);

    /// How many runs of each task are kept; 0: all
    ///
    /// Ended ones before them are deleted.
    RETENTION_RUNS: u32 = number(0, 4_294_967_295).or("0").of(&[StackProcessor]);

    /// How many days an idempotency key is kept at least
    IDEMPOTENCY_DAYS: Duration = days(0, DAYS_MAX).or("30").of(&[Tasks, StackProcessor]);
}
