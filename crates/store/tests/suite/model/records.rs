//! Runs and what is read of them.

use super::Model;
use super::state::{FrameState, Row, State, page};
use tasker_domain::json::means_the_same;
use tasker_domain::retry::RunRetry;
use tasker_domain::{
    Call, FailedAttempt, JournalEntry, Lease, Path, Progress, Run, RunId, RunLog, RunStatus,
    SnapshotInfo, StackRun, StackStatus,
};
use tasker_store::{
    ConcurrencyLimit, Error, FOREVER, History, Mark, NewRun, Page, Result, RunQuery, RunWaits,
    Runs, Submitted, Tagged,
};

impl State {
    pub(super) fn submit(&mut self, run: &NewRun, now: i64) -> Result<Submitted> {
        let key = run.idempotency_key.clone();
        let key = key.map(|key| (run.task.name.clone(), key));
        let is_known = key
            .as_ref()
            .is_some_and(|key| self.used_keys.contains_key(key));
        if let Some(starter) = &run.terms.starter
            && self.runs.contains_key(&starter.run)
            && self.starts.get(&starter.run).copied().unwrap_or(0) >= starter.at_most
            && !is_known
        {
            return Ok(Submitted::TooMany);
        }
        if let Some((owner, expires_at)) = key.as_ref().and_then(|key| self.used_keys.get(key)) {
            let goes_on = self
                .runs
                .get(owner)
                .is_some_and(|run| run.finished_at.is_none());
            if goes_on || *expires_at > now {
                return Ok(match self.shown(*owner) {
                    Some(shown) if means_the_same(&shown.input, &run.input) => {
                        Submitted::Existing(Box::new(shown))
                    }
                    _ => Submitted::Conflict(*owner),
                });
            }
        }
        let version = (run.task.name.clone(), run.task.version.clone());
        if !self.tasks.contains_key(&version) || self.runs.contains_key(&run.id) {
            return Err(Error::Unexpected("constraint".to_owned()));
        }
        let of = run
            .terms
            .versions_of
            .filter(|of| self.runs.contains_key(of));
        let of = of.and_then(|of| self.versions_at.get(&of));
        let versions_at = of.copied().unwrap_or(now);
        self.versions_at.insert(run.id, versions_at);
        self.runs.insert(
            run.id,
            Run {
                id: run.id,
                task: run.task.name.clone(),
                version: run.task.version.clone(),
                input: run.input.clone(),
                status: RunStatus::Queued,
                result: None,
                error: None,
                idempotency_key: run.idempotency_key.clone(),
                run_at: run.run_at,
                attempt: 1,
                retry: match run.terms.retry.pauses.is_empty() {
                    true => RunRetry::default(),
                    false => run.terms.retry.clone(),
                },
                failures: Vec::new(),
                retry_of: run.retry_of,
                deadline: run.deadline,
                stop: None,
                schedule: run.schedule.clone(),
                priority: run.terms.priority,
                held: false,
                trace: run.trace,
                progress: None,
                tags: run.tags.clone(),
                created_at: now,
                updated_at: now,
                started_at: None,
                finished_at: None,
            },
        );
        self.rows.insert(
            run.frame,
            Row {
                id: run.frame,
                run: run.id,
                path: Path::root(),
                parent: None,
                call: Call {
                    number: 0,
                    service: "tasks".to_owned(),
                    method: vec!["execute".to_owned()],
                    args: format!("[\"{}\",{}]", run.task.name, run.input),
                    options: None,
                },
                frame: Some(FrameState {
                    task: run.task.clone(),
                    input: run.input.clone(),
                    started_at: None,
                    log_count: 0,
                    snapshot: None,
                }),
                status: StackStatus::Pending,
                attempt: 0,
                run_after: run.run_at.unwrap_or(now),
                lane: (-run.terms.priority, run.task.name.clone()),
                token: 0,
                lease: None,
                expires_at: run.deadline,
                stop_untold: false,
                paused: false,
                created_at: now,
                updated_at: now,
            },
        );
        if let Some(starter) = &run.terms.starter
            && self.runs.contains_key(&starter.run)
        {
            *self.starts.entry(starter.run).or_default() += 1;
        }
        if let Some(retention) = run.terms.retention_ms {
            self.retention.insert(run.id, retention);
        }
        if let Some(key) = key {
            self.used_keys
                .insert(key, (run.id, run.terms.key_expires_at));
        }
        if let Some(limit) = &run.terms.concurrency {
            self.limits.insert(run.id, (limit.clone(), None));
            if run.run_at.unwrap_or(now) <= now && !self.admit(run.id) {
                self.hold(run.frame, now);
            }
        }
        if let Some(schedule) = run.schedule.as_ref()
            && let Some(schedule) = self.schedules.get_mut(schedule)
        {
            schedule.last_run = Some(run.id);
        }
        Ok(Submitted::Created)
    }

    fn wait_for_run(&mut self, lease: Lease, run: RunId, now: i64) -> bool {
        let record = self.runs.get(&run);
        let goes_on = record.is_some_and(|run| run.finished_at.is_none());
        match self.leased_mut(lease) {
            Ok(row) if goes_on && row.frame.is_none() => {
                row.rest(StackStatus::Pending, FOREVER, now);
                self.run_waits.insert(lease.id, run);
                true
            }
            _ => false,
        }
    }

    /// What waits for the end of a run is due.
    pub(super) fn wake_waits(&mut self, run: RunId, now: i64) {
        for (id, _) in self.run_waits.extract_if(.., |_, awaited| *awaited == run) {
            if let Some(row) = self.rows.get_mut(&id)
                && row.status == StackStatus::Pending
            {
                (row.run_after, row.updated_at) = (now, now);
            }
        }
    }

    /// A run's record with the status that is shown.
    pub(super) fn shown(&self, id: RunId) -> Option<Run> {
        let mut run = self.runs.get(&id)?.clone();
        run.progress = self.progress.get(&id).map(|(_, progress)| progress.clone());
        run.held = run.finished_at.is_none() && self.is_held(id);
        let mut rows = self.rows.values().filter(|row| row.run == id);
        if self.paused.contains(&id) {
            run.status = RunStatus::Paused;
        } else if run.status == RunStatus::Processing
            && !rows.any(|row| row.status == StackStatus::Processing)
        {
            run.status = RunStatus::Suspended;
        }
        Some(run)
    }

    pub(super) fn mark(&self, id: RunId) -> Option<Mark> {
        Some(Mark {
            status: self.shown(id)?.status,
            calls: self.journal.get(&id).map_or(0, Vec::len) as u32,
            lines: self.logs.get(&id).map_or(0, |log| log.seq),
            progress: self.progress.get(&id).map_or(0, |(revision, _)| *revision),
            tags: self.runs.get(&id)?.tags.len() as u32,
        })
    }

    fn tag(&mut self, id: RunId, tags: &[String], now: i64) -> Option<Tagged> {
        let run = self.runs.get_mut(&id)?;
        let mut all: Vec<_> = run.tags.iter().chain(tags).cloned().collect();
        all.sort();
        all.dedup();
        if all.len() > 20 {
            return Some(Tagged::TooMany);
        }
        if all != run.tags {
            (run.tags, run.updated_at) = (all, now);
        }
        Some(Tagged::Tags(run.tags.clone()))
    }

    pub(super) fn list(&self, query: &RunQuery) -> Page<Run> {
        let newest_first = self.runs.keys().rev();
        let older = newest_first.filter(|id| query.before.is_none_or(|before| **id < before));
        let runs = older.filter_map(|id| self.shown(*id));
        let runs = runs.filter(|run| {
            let of_status = match query.filter.status {
                Some(status) => run.status == status,
                None => !query.filter.live || !run.status.is_terminal(),
            };
            let has_tag = |tag: &String| run.tags.contains(tag);
            of_status
                && query.filter.tag.as_ref().is_none_or(has_tag)
                && query
                    .filter
                    .task
                    .as_ref()
                    .is_none_or(|task| run.task == *task)
        });
        let runs = runs.map(|run| Run {
            input: String::new(),
            result: None,
            ..run
        });
        page(runs, query.limit)
    }

    pub(super) fn count(&self) -> Vec<(RunStatus, u64)> {
        let shown: Vec<_> = self.runs.keys().filter_map(|id| self.shown(*id)).collect();
        let count = |status| shown.iter().filter(|run| run.status == status).count() as u64;
        RunStatus::ALL
            .iter()
            .map(|status| (*status, count(*status)))
            .collect()
    }

    pub(super) fn history(&self, run: RunId, offset: u32, limit: u32) -> Page<JournalEntry> {
        let entries = self.journal.get(&run).into_iter().flatten().cloned();
        let entries = entries.map(|entry| JournalEntry {
            failures: match entry.attempts {
                0 | 1 => Vec::new(),
                _ => self.failures(run, &entry.frame.call(entry.call.number)),
            },
            ..entry
        });
        page(entries.skip(offset as usize), limit)
    }

    fn failures(&self, run: RunId, path: &Path) -> Vec<FailedAttempt> {
        let key = (run, path.clone());
        self.failures.get(&key).cloned().unwrap_or_default()
    }

    pub(super) fn tail(
        &self,
        run: RunId,
        frame: &Path,
        after: u32,
        limit: u32,
    ) -> Vec<JournalEntry> {
        let entries = self.entries(run, frame);
        let mut tail: Vec<_> = entries
            .filter(|entry| entry.position.is_some_and(|position| position > after))
            .cloned()
            .collect();
        tail.sort_by_key(|entry| entry.position);
        tail.truncate(limit as usize);
        tail
    }

    pub(super) fn log(&self, run: RunId, after: u64, limit: u32) -> Page<RunLog> {
        let log = self.logs.get(&run).into_iter();
        let lines = log.flat_map(|log| log.lines.iter().map(|(_, line)| line.clone()));
        page(lines.filter(|line| line.seq > after), limit)
    }

    pub(super) fn stack_page(&self, run: RunId, after: &str, limit: u32) -> Page<StackRun> {
        let rows = self.rows.values();
        let mut rows: Vec<_> = rows
            .filter(|row| row.run == run && row.path.as_str() > after)
            .collect();
        rows.sort_by_key(|row| row.path.as_str());
        let Page { items, more } = page(rows.into_iter(), limit);
        let mut stack: Vec<_> = items
            .into_iter()
            .map(|row| StackRun {
                failures: match row.attempt {
                    0 => Vec::new(),
                    _ => self.failures(run, &row.path),
                },
                ..show(row)
            })
            .collect();
        stack.sort_by_key(|row| {
            let numbers = row.path.as_str().split('.');
            numbers
                .map(|number| number.parse().unwrap())
                .collect::<Vec<u32>>()
        });
        Page { items: stack, more }
    }
}

fn show(row: &Row) -> StackRun {
    let snapshot = row.frame.as_ref().and_then(|frame| frame.snapshot.as_ref());
    StackRun {
        id: row.id,
        path: row.path.clone(),
        call: row.call.clone(),
        status: row.status,
        attempt: row.attempt,
        failures: Vec::new(),
        run_after: row.run_after,
        lease_expires_at: row.lease.as_ref().map(|lease| lease.expires_at),
        created_at: row.created_at,
        updated_at: row.updated_at,
        expires_at: row.expires_at,
        snapshot: snapshot.map(|snapshot| SnapshotInfo {
            bytes: snapshot.bytes.len() as u64,
            raw_bytes: snapshot.raw_bytes,
            engine: snapshot.engine.clone(),
            position: snapshot.position,
        }),
    }
}

impl Runs for Model {
    fn submit(&self, run: &NewRun, now: i64) -> Result<Submitted> {
        self.write(|state| state.submit(run, now))
    }
    fn run(&self, id: RunId) -> Result<Option<Run>> {
        self.read(|state| state.shown(id))
    }
    fn mark(&self, id: RunId) -> Result<Option<Mark>> {
        self.read(|state| state.mark(id))
    }
    fn runs(&self, query: &RunQuery) -> Result<Page<Run>> {
        self.read(|state| state.list(query))
    }
    fn run_progress(&self, id: RunId) -> Result<Option<(u64, Progress)>> {
        self.read(|state| state.progress.get(&id).cloned())
    }
    fn tag(&self, id: RunId, tags: &[String], now: i64) -> Result<Option<Tagged>> {
        self.write(|state| Ok(state.tag(id, tags, now)))
    }
    fn tags(&self, id: RunId) -> Result<Option<Vec<String>>> {
        self.read(|state| state.runs.get(&id).map(|run| run.tags.clone()))
    }
    fn concurrency_limit(&self, run: RunId) -> Result<Option<ConcurrencyLimit>> {
        self.read(|state| state.limits.get(&run).map(|(limit, _)| limit.clone()))
    }
    fn count_runs(&self) -> Result<Vec<(RunStatus, u64)>> {
        self.read(State::count)
    }
}

impl RunWaits for Model {
    fn wait_for_run(&self, lease: Lease, run: RunId, now: i64) -> Result<bool> {
        self.write(|state| Ok(state.wait_for_run(lease, run, now)))
    }
}

impl History for Model {
    fn journal(&self, run: RunId, offset: u32, limit: u32) -> Result<Page<JournalEntry>> {
        self.read(|state| state.history(run, offset, limit))
    }
    fn stack_page(&self, run: RunId, after: &str, limit: u32) -> Result<Page<StackRun>> {
        self.read(|state| state.stack_page(run, after, limit))
    }
    fn logs(&self, run: RunId, after: u64, limit: u32) -> Result<Page<RunLog>> {
        self.read(|state| state.log(run, after, limit))
    }
}
