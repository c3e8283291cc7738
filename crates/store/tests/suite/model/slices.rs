//! What a slice does under its lease.

use super::Model;
use super::state::{FrameState, Row, State};
use tasker_domain::{
    ErrorCode, ErrorValue, JournalEntry, Lease, Outcome, Path, RunId, RunLog, RunStatus,
    StackStatus,
};
use tasker_store::{
    Absorbed, Child, Control, Error, Finish, Finishing, FollowUp, Frame, LeaseTerms, NewEntry,
    NewLog, Result, Sleep, Sleeping, Slices, Suspend,
};

impl State {
    pub(super) fn load(&mut self, lease: Lease, now: i64) -> Result<Frame> {
        let (row, frame) = self.leased_frame(lease)?;
        let control = self.control(lease)?;
        if control != Control::Stop {
            self.see_all(row.run, &row.path);
        }
        let started_at = frame.started_at.unwrap_or(now);
        if let Some(frame) = self.frame_mut(row.id) {
            frame.started_at = Some(started_at);
        }
        if let Some(run) = self.runs.get_mut(&row.run)
            && run.status == RunStatus::Queued
        {
            run.status = RunStatus::Processing;
            run.started_at.get_or_insert(now);
            run.updated_at = now;
        }
        let mut queued: Vec<_> = self
            .children(row.id)
            .map(|child| child.call.number)
            .collect();
        queued.sort_unstable();
        let version = (frame.task.name, frame.task.version);
        let seen = frame.snapshot.as_ref().map_or(0, |it| it.position);
        Ok(Frame {
            next: self
                .tail(row.run, &row.path, seen, 1)
                .pop()
                .filter(|it| it.position == Some(seen + 1)),
            run: row.run,
            task: self.tasks[&version].0.clone(),
            input: frame.input,
            trace: self.runs[&row.run].trace,
            started_at,
            snapshot: frame.snapshot,
            last_position: self.last_position(row.run, &row.path),
            journal_bytes: self.journal_bytes(row.run),
            path: row.path,
            queued,
            control,
            log_count: frame.log_count,
        })
    }

    fn journal_bytes(&self, run: RunId) -> u64 {
        let entries = self.journal.get(&run).into_iter().flatten();
        let bytes = entries.map(|entry| {
            let value = match &entry.outcome {
                Ok(value) => value.len(),
                Err(error) => serde_json::to_string(error).unwrap().len(),
            };
            let options = entry.call.options.as_deref().map_or(0, str::len);
            (entry.call.args.len() + options + value) as u64
        });
        bytes.sum()
    }

    /// Gives positions to what a frame has not seen, and answers it.
    pub(super) fn see_all(&mut self, run: RunId, frame: &Path) -> Vec<JournalEntry> {
        let mut position = self.last_position(run, frame);
        let mut seen = Vec::new();
        for entry in self.journal.entry(run).or_default() {
            if entry.frame == *frame && entry.position.is_none() {
                position += 1;
                entry.position = Some(position);
                seen.push(entry.clone());
            }
        }
        seen
    }

    pub(super) fn absorb(&mut self, lease: Lease) -> Result<Absorbed> {
        let (row, _) = self.leased_frame(lease)?;
        let control = self.control(lease)?;
        let entries = match control {
            Control::Go => self.see_all(row.run, &row.path),
            Control::Stop | Control::Pause => Vec::new(),
        };
        Ok(Absorbed { entries, control })
    }

    pub(super) fn append(&mut self, lease: Lease, new: &NewEntry, logs: &NewLog) -> Result<()> {
        let (row, _) = self.leased_frame(lease)?;
        let is_taken = |entry: &JournalEntry| {
            entry.call.number == new.call.number || entry.position == Some(new.position)
        };
        if self.entries(row.run, &row.path).any(is_taken) {
            return Err(Error::Unexpected("constraint".to_owned()));
        }
        self.journal.entry(row.run).or_default().push(JournalEntry {
            frame: row.path.clone(),
            call: new.call.clone(),
            position: Some(new.position),
            outcome: new.outcome.clone(),
            attempts: 1,
            failures: Vec::new(),
            started_at: new.started_at,
            finished_at: new.finished_at,
        });
        self.store_lines(lease, logs)
    }

    fn store_lines(&mut self, lease: Lease, new: &NewLog) -> Result<()> {
        let (row, mut frame) = self.leased_frame(lease)?;
        self.log_lines(&row, &mut frame, new);
        if let Some(stored) = self.frame_mut(row.id) {
            stored.log_count = frame.log_count;
        }
        Ok(())
    }

    /// Adds lines to the log of a run. One that is not kept has its number all the same.
    fn log_lines(&mut self, row: &Row, frame: &mut FrameState, new: &NewLog) {
        let log = self.logs.entry(row.run).or_default();
        for line in &new.lines {
            let Some(missing) = line.index.checked_sub(frame.log_count) else {
                continue;
            };
            log.seq += u64::from(missing) + 1;
            log.bytes += line.message.len() as u64;
            frame.log_count = line.index + 1;
            let kept = RunLog {
                seq: log.seq,
                frame: row.path.clone(),
                line: line.clone(),
            };
            log.lines.push((log.bytes, kept));
        }
        log.shorten(new.bound);
        let Some(said) = &new.progress else { return };
        let kept = self.progress.get(&row.run);
        if kept.is_none_or(|(_, kept)| (said.at, said.number) > (kept.at, kept.number)) {
            let revision = kept.map_or(1, |(revision, _)| revision + 1);
            self.progress.insert(row.run, (revision, said.clone()));
        }
    }

    pub(super) fn sleep(
        &mut self,
        lease: Lease,
        sleep: &Sleep,
        claim: Option<&LeaseTerms>,
        now: i64,
    ) -> Result<FollowUp> {
        self.store_lines(lease, &sleep.logs)?;
        let may_be_untold = match sleep.then {
            Suspend::KeepRunning => true,
            Suspend::Yield | Suspend::YieldBehind | Suspend::UntilSettled => {
                sleep.children.is_empty()
            }
        };
        if !may_be_untold && self.control(lease)? == Control::Stop {
            return Err(Error::Stopping);
        }
        let (row, _) = self.leased_frame(lease)?;
        if let Some(frame) = self.frame_mut(row.id) {
            frame.snapshot = Some(sleep.snapshot.clone());
        }
        let withdrawn: Vec<_> = self
            .children(row.id)
            .filter(|child| child.frame.is_none() && sleep.withdrawn.contains(&child.call.number))
            .map(|child| child.id)
            .collect();
        for id in withdrawn {
            self.drop_row(id);
        }
        self.refuse_frames(&row, sleep, now);
        let mut follow_up = FollowUp::default();
        let mut queued = Vec::new();
        for child in &sleep.children {
            if let Some(mut made) = self.new_child(&row, child, now)? {
                if child.in_flight {
                    let terms = claim.cloned().or(row.lease.clone());
                    let terms = terms.ok_or(Error::LeaseLost)?;
                    follow_up.in_flight.push(made.claim(&terms, now));
                } else {
                    queued.push((made.id, made.run_after <= now));
                }
                if !child.failures.is_empty() {
                    let key = (made.run, made.path.clone());
                    self.failures.insert(key, child.failures.clone());
                }
                self.rows.insert(made.id, made);
            }
        }
        let wakes = match sleep.then {
            Suspend::KeepRunning => None,
            Suspend::Yield | Suspend::YieldBehind => Some(true),
            Suspend::UntilSettled => Some(self.has_unseen(row.run, &row.path)),
        };
        let frame = self.leased_mut(lease)?;
        if sleep.then != Suspend::YieldBehind {
            frame.attempt = 0;
        }
        frame.updated_at = now;
        match wakes {
            None => {}
            Some(true) => frame.rest(StackStatus::Pending, now, now),
            Some(false) => frame.rest(StackStatus::Suspended, now, now),
        }
        let runnable = wakes == Some(true);
        if let Some(terms) = claim {
            let next = if runnable {
                Some(row.id)
            } else {
                queued.iter().find(|(_, due)| *due).map(|(id, _)| *id)
            };
            let next = next.and_then(|id| self.rows.get_mut(&id));
            let next = next.filter(|next| !next.paused);
            follow_up.next = next.map(|next| next.claim(terms, now));
        }
        let left = queued.len() + usize::from(runnable);
        follow_up.more = left > usize::from(follow_up.next.is_some());
        Ok(follow_up)
    }

    /// Settles the nested tasks for which the run has no room.
    fn refuse_frames(&mut self, row: &Row, sleep: &Sleep, now: i64) {
        let of_run = |other: &&Row| other.run == row.run && other.frame.is_some();
        let mut frames = self.rows.values().filter(of_run).count() as u32;
        for child in sleep.children.iter().filter(|child| child.task.is_some()) {
            if !self.is_new(row, child) {
                continue;
            }
            frames += 1;
            if frames > sleep.frames {
                let message = format!(
                    "at most {} tasks of a run may be unfinished at once, nested ones included",
                    sleep.frames
                );
                self.journal.entry(row.run).or_default().push(JournalEntry {
                    frame: row.path.clone(),
                    call: child.call.clone(),
                    position: None,
                    outcome: Err(ErrorValue::new(ErrorCode::FramesLimit, message)),
                    attempts: 1,
                    failures: Vec::new(),
                    started_at: now,
                    finished_at: now,
                });
            }
        }
    }

    /// Whether a child has no row and has not settled.
    fn is_new(&self, parent: &Row, child: &Child) -> bool {
        let path = parent.path.call(child.call.number);
        let has_row = self
            .rows
            .values()
            .any(|row| row.run == parent.run && row.path == path);
        let has_settled = self
            .entries(parent.run, &parent.path)
            .any(|entry| entry.call.number == child.call.number);
        !has_row && !has_settled
    }

    /// The row of a child, if it gets one.
    fn new_child(&self, parent: &Row, child: &Child, now: i64) -> Result<Option<Row>> {
        if !self.is_new(parent, child) {
            return Ok(None);
        }
        let frame = child.task.clone().map(|(task, input)| FrameState {
            task,
            input,
            started_at: None,
            log_count: 0,
            snapshot: None,
        });
        if let Some(frame) = &frame
            && !self
                .tasks
                .contains_key(&(frame.task.name.clone(), frame.task.version.clone()))
        {
            return Err(Error::Unexpected("constraint".to_owned()));
        }
        Ok(Some(Row {
            id: child.id,
            run: parent.run,
            path: parent.path.call(child.call.number),
            parent: Some(parent.id),
            call: child.call.clone(),
            frame,
            status: StackStatus::Pending,
            attempt: child.failures.len() as u32 + u32::from(child.was_lost),
            run_after: child.run_after.unwrap_or(now),
            lane: parent.lane.clone(),
            token: 0,
            lease: None,
            expires_at: child.expires_at,
            stop_untold: false,
            paused: parent.paused,
            created_at: now,
            updated_at: now,
        }))
    }

    pub(super) fn finish(
        &mut self,
        lease: Lease,
        finish: &Finish,
        claim: Option<&LeaseTerms>,
        now: i64,
    ) -> Result<FollowUp> {
        self.leased(lease)?;
        let row = self.drop_row(lease.id).ok_or(Error::LeaseLost)?;
        if let Some(mut frame) = row.frame.clone() {
            self.log_lines(&row, &mut frame, &finish.logs);
        }
        Ok(self.settle(&row, &finish.outcome, claim, now))
    }

    /// Records how a row ended that has been dropped, and wakes its parent.
    pub(super) fn settle(
        &mut self,
        row: &Row,
        outcome: &Outcome,
        claim: Option<&LeaseTerms>,
        now: i64,
    ) -> FollowUp {
        let mut follow_up = FollowUp::default();
        let Some(parent) = row.parent.and_then(|id| self.rows.get(&id)).cloned() else {
            if let Err(error) = outcome
                && self.begin_again(row, error, now)
            {
                follow_up.more = true;
                return follow_up;
            }
            self.paused.remove(&row.run);
            if let Some(run) = self.runs.get_mut(&row.run) {
                run.updated_at = now;
                run.finished_at = Some(now);
                let outcome = match &run.stop {
                    Some(stop) => Err(stop.error()),
                    None => outcome.clone(),
                };
                match outcome {
                    Ok(value) => (run.status, run.result) = (RunStatus::Completed, Some(value)),
                    Err(error) => (run.status, run.error) = (RunStatus::Failed, Some(error)),
                }
                if let Some(stop) = &run.stop {
                    run.status = stop.status();
                }
            }
            self.wake_waits(row.run, now);
            self.release_slot_of(row.run, now);
            return follow_up;
        };
        if !self
            .entries(row.run, &parent.path)
            .any(|entry| entry.call.number == row.call.number)
        {
            self.journal.entry(row.run).or_default().push(JournalEntry {
                frame: parent.path.clone(),
                call: row.call.clone(),
                position: None,
                outcome: outcome.clone(),
                attempts: row.attempt + 1,
                failures: Vec::new(),
                started_at: row.created_at,
                finished_at: now,
            });
        }
        if parent.status == StackStatus::Suspended
            && let Some(parent) = self.rows.get_mut(&parent.id)
        {
            match claim.filter(|_| !parent.paused) {
                Some(terms) => follow_up.next = Some(parent.claim(terms, now)),
                None => {
                    parent.rest(StackStatus::Pending, now, now);
                    follow_up.more = true;
                }
            }
        }
        follow_up
    }
}

impl Slices for Model {
    fn load(&self, lease: Lease, now: i64) -> Result<Frame> {
        self.write(|state| state.load(lease, now))
    }
    fn tail(&self, run: RunId, frame: &Path, after: u32, limit: u32) -> Result<Vec<JournalEntry>> {
        self.read(|state| state.tail(run, frame, after, limit))
    }
    fn append(&self, lease: Lease, entry: &NewEntry, logs: &NewLog, _now: i64) -> Result<()> {
        self.write(|state| state.append(lease, entry, logs))
    }
    fn tell(&self, lease: Lease, logs: &NewLog) -> Result<()> {
        self.write(|state| state.store_lines(lease, logs))
    }
    fn absorb(&self, lease: Lease, _now: i64) -> Result<Absorbed> {
        self.write(|state| state.absorb(lease))
    }
}

impl Sleeping for Model {
    fn sleep(
        &self,
        lease: Lease,
        sleep: &Sleep,
        claim: Option<&LeaseTerms>,
        now: i64,
    ) -> Result<FollowUp> {
        self.write(|state| state.sleep(lease, sleep, claim, now))
    }
}

impl Finishing for Model {
    fn finish(
        &self,
        lease: Lease,
        finish: &Finish,
        claim: Option<&LeaseTerms>,
        now: i64,
    ) -> Result<FollowUp> {
        self.write(|state| state.finish(lease, finish, claim, now))
    }
}
