//! What the model remembers.

use std::collections::{BTreeMap, BTreeSet};

use tasker_domain::access::ApiKey;
use tasker_domain::{
    Call, Claimed, FailedAttempt, JournalEntry, Json, Lease, LeaseToken, LogBound, Path, Progress,
    Run, RunId, RunLog, Schedule, StackRunId, StackStatus, TaskFunction, Work,
};
use tasker_store::{
    ConcurrencyLimit, Error, LeaseTerms, Page, Result, SnapshotRecord, TaskRef, TaskSettings,
};

use super::named_leases::Leases;

#[derive(Clone, Default)]
pub(super) struct State {
    /// All versions, and whether each is current.
    pub(super) tasks: BTreeMap<(String, String), (TaskFunction, bool)>,
    /// Which version was current from when on, by task and moment.
    pub(super) publications: BTreeMap<(String, i64), Option<String>>,
    /// The moments whose versions runs meet.
    pub(super) versions_at: BTreeMap<RunId, i64>,
    /// Never suspended here.
    pub(super) runs: BTreeMap<RunId, Run>,
    pub(super) rows: BTreeMap<StackRunId, Row>,
    pub(super) paused: BTreeSet<RunId>,
    /// In the order of settling.
    pub(super) journal: BTreeMap<RunId, Vec<JournalEntry>>,
    /// By the path of the call.
    pub(super) failures: BTreeMap<(RunId, Path), Vec<FailedAttempt>>,
    pub(super) logs: BTreeMap<RunId, Log>,
    /// What is kept of what tasks say of it, and how many times it has changed.
    pub(super) progress: BTreeMap<RunId, (u64, Progress)>,
    pub(super) leases: Leases,
    pub(super) schedules: BTreeMap<String, Schedule>,
    pub(super) settings: BTreeMap<(String, String), TaskSettings>,
    /// Of the runs that say themselves how long they are kept.
    pub(super) retention: BTreeMap<RunId, i64>,
    pub(super) trimmed_up_to: String,
    /// Runs with a limit, and whether each has its slot; `None`: it has not asked.
    pub(super) limits: BTreeMap<RunId, (ConcurrencyLimit, Option<bool>)>,
    /// How many runs each has started.
    pub(super) starts: BTreeMap<RunId, u32>,
    /// Idempotency keys by task: the run, and when the key expires.
    pub(super) used_keys: BTreeMap<(String, String), (RunId, i64)>,
    pub(super) swept_at: i64,
    pub(super) looked_up_to: Option<StackRunId>,
    pub(super) events: Vec<super::events::Event>,
    /// Calls that have looked at all events.
    pub(super) waits: BTreeSet<StackRunId>,
    /// Calls that wait for the end of a run.
    pub(super) run_waits: BTreeMap<StackRunId, RunId>,
    pub(super) keys: BTreeMap<(String, String), Vec<u8>>,
    pub(super) api_keys: BTreeMap<String, ApiKey>,
    /// Since when how many of each client are counted.
    pub(super) requests: BTreeMap<String, (i64, u32)>,
    pub(super) wrong_keys: BTreeMap<String, (i64, u32)>,
}

/// The log of a run.
#[derive(Clone, Default)]
pub(super) struct Log {
    /// The number of the last line, and the bytes of all there were.
    pub(super) seq: u64,
    pub(super) bytes: u64,
    /// Those that are kept, each with the bytes of all up to it.
    pub(super) lines: Vec<(u64, RunLog)>,
}

impl Log {
    pub(super) fn shorten(&mut self, bound: LogBound) {
        let half = u64::from(bound.half_bytes());
        let (last, bytes) = (self.seq, self.bytes);
        if last <= u64::from(bound.lines) && bytes <= 2 * half {
            return;
        }
        self.lines.retain(|(up_to, line)| {
            let is_first = line.seq <= u64::from(bound.first()) && *up_to <= half;
            let is_newest = line.seq + u64::from(bound.newest()) > last && *up_to + half > bytes;
            is_first || is_newest || line.seq == last
        });
    }
}

#[derive(Clone)]
pub(super) struct Row {
    pub(super) id: StackRunId,
    pub(super) run: RunId,
    pub(super) path: Path,
    pub(super) parent: Option<StackRunId>,
    pub(super) call: Call,
    pub(super) frame: Option<FrameState>,
    pub(super) status: StackStatus,
    pub(super) attempt: u32,
    pub(super) run_after: i64,
    /// Its run's priority, turned around, and task.
    pub(super) lane: (i32, String),
    pub(super) token: i64,
    pub(super) lease: Option<LeaseTerms>,
    pub(super) expires_at: Option<i64>,
    /// Has yet to learn that its run is being stopped.
    pub(super) stop_untold: bool,
    /// Its run is paused.
    pub(super) paused: bool,
    pub(super) created_at: i64,
    pub(super) updated_at: i64,
}

#[derive(Clone)]
pub(super) struct FrameState {
    pub(super) task: TaskRef,
    pub(super) input: Json,
    pub(super) started_at: Option<i64>,
    pub(super) log_count: u32,
    pub(super) snapshot: Option<SnapshotRecord>,
}

impl Row {
    pub(super) fn claim(&mut self, terms: &LeaseTerms, now: i64) -> Claimed {
        self.status = StackStatus::Processing;
        self.token += 1;
        self.lease = Some(terms.clone());
        self.updated_at = now;
        Claimed {
            lease: Lease {
                id: self.id,
                token: LeaseToken(self.token),
            },
            run: self.run,
            path: self.path.clone(),
            work: match self.frame {
                Some(_) => Work::Frame,
                None => Work::Call(self.call.clone()),
            },
            attempt: self.attempt,
        }
    }

    pub(super) fn rest(&mut self, status: StackStatus, run_after: i64, now: i64) {
        self.status = status;
        self.lease = None;
        self.run_after = run_after;
        self.updated_at = now;
    }

    pub(super) fn has_expired(&self, now: i64) -> bool {
        self.lease
            .as_ref()
            .is_some_and(|lease| lease.expires_at <= now)
    }
}

impl State {
    pub(super) fn leased(&self, lease: Lease) -> Result<&Row> {
        self.rows
            .get(&lease.id)
            .filter(|row| row.status == StackStatus::Processing && row.token == lease.token.0)
            .ok_or(Error::LeaseLost)
    }

    pub(super) fn leased_mut(&mut self, lease: Lease) -> Result<&mut Row> {
        self.leased(lease)?;
        self.rows.get_mut(&lease.id).ok_or(Error::LeaseLost)
    }

    /// A leased row that is a frame.
    pub(super) fn leased_frame(&self, lease: Lease) -> Result<(Row, FrameState)> {
        let row = self.leased(lease)?;
        let frame = row.frame.clone().ok_or(Error::LeaseLost)?;
        Ok((row.clone(), frame))
    }

    pub(super) fn frame_mut(&mut self, id: StackRunId) -> Option<&mut FrameState> {
        self.rows.get_mut(&id)?.frame.as_mut()
    }

    pub(super) fn entries(&self, run: RunId, frame: &Path) -> impl Iterator<Item = &JournalEntry> {
        let entries = self.journal.get(&run).into_iter().flatten();
        entries.filter(move |entry| entry.frame == *frame)
    }

    pub(super) fn last_position(&self, run: RunId, frame: &Path) -> u32 {
        let positions = self.entries(run, frame).filter_map(|entry| entry.position);
        positions.max().unwrap_or(0)
    }

    pub(super) fn has_unseen(&self, run: RunId, frame: &Path) -> bool {
        self.entries(run, frame)
            .any(|entry| entry.position.is_none())
    }

    pub(super) fn children(&self, frame: StackRunId) -> impl Iterator<Item = &Row> {
        self.rows
            .values()
            .filter(move |row| row.parent == Some(frame))
    }

    /// Drops a row with all that it has still out.
    pub(super) fn drop_row(&mut self, id: StackRunId) -> Option<Row> {
        let row = self.rows.remove(&id)?;
        let children: Vec<_> = self.children(id).map(|row| row.id).collect();
        for child in children {
            self.drop_row(child);
        }
        Some(row)
    }
}

pub(super) fn page<T>(items: impl Iterator<Item = T>, limit: u32) -> Page<T> {
    let limit = limit as usize;
    let mut items: Vec<_> = items.take(limit + 1).collect();
    let more = items.len() > limit;
    items.truncate(limit);
    Page { items, more }
}
