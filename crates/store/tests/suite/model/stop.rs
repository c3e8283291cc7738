//! Stopping runs, and what is out of time.

use super::Model;
use super::state::State;
use tasker_domain::{
    Call, ErrorCode, ErrorValue, JournalEntry, Lease, Outcome, Path, RunId, RunStatus, StackRunId,
    StackStatus, Stop, StopCause,
};
use tasker_store::{Absorbed, Cancellation, Control, Pause, Pausing, Result, Stopping};

impl State {
    pub(super) fn cancel(
        &mut self,
        run: RunId,
        stop: &Stop,
        force: bool,
        now: i64,
    ) -> Option<Cancellation> {
        let record = self.runs.get(&run)?;
        let first = record.stop.clone().unwrap_or_else(|| stop.clone());
        Some(if record.status.is_terminal() {
            Cancellation::Finished
        } else if force || record.status == RunStatus::Queued {
            self.end_stopped(run, &first, now);
            Cancellation::Ended
        } else {
            if record.stop.is_none() {
                self.begin_stop(run, &first, now);
            }
            Cancellation::Stopping {
                grace_until: first.grace_until,
            }
        })
    }

    fn end_stopped(&mut self, run: RunId, stop: &Stop, now: i64) {
        if let Some(record) = self.runs.get_mut(&run) {
            record.status = stop.status();
            record.error = Some(stop.error());
            record.stop = Some(stop.clone());
            record.updated_at = now;
            record.finished_at = Some(now);
        }
        self.rows.retain(|_, row| row.run != run);
        self.paused.remove(&run);
        self.wake_waits(run, now);
        self.release_slot_of(run, now);
    }

    fn begin_stop(&mut self, run: RunId, stop: &Stop, now: i64) {
        if let Some(record) = self.runs.get_mut(&run) {
            record.stop = Some(stop.clone());
            record.updated_at = now;
        }
        self.paused.remove(&run);
        let over = self.rows.values().filter(|row| {
            let never_began = |frame: &super::state::FrameState| frame.started_at.is_none();
            row.run == run && row.parent.is_some() && row.frame.as_ref().is_none_or(never_began)
        });
        let over: Vec<_> = over.cloned().collect();
        for row in &over {
            let tried = row.attempt + u32::from(row.status == StackStatus::Processing);
            if let Some(frame) = row.path.parent() {
                let outcome = Err(stop.error());
                self.journal_once(run, &frame, &row.call, outcome, tried, row.created_at, now);
            }
        }
        for row in over {
            self.drop_row(row.id);
        }
        let frames: Vec<StackRunId> = self
            .rows
            .values()
            .filter(|row| row.run == run)
            .map(|row| row.id)
            .collect();
        for id in frames {
            let row = self.rows[&id].clone();
            let has_unseen = self.has_unseen(run, &row.path);
            let Some(row) = self.rows.get_mut(&id) else {
                continue;
            };
            row.paused = false;
            if row.parent.is_none() {
                row.expires_at = Some(stop.grace_until);
            }
            match row.status {
                StackStatus::Suspended if has_unseen => row.rest(StackStatus::Pending, now, now),
                StackStatus::Suspended | StackStatus::Processing => row.stop_untold = true,
                StackStatus::Pending => {
                    row.stop_untold = true;
                    row.run_after = row.run_after.min(now);
                }
            }
        }
    }

    /// Journals a call that its frame has not seen, unless it has settled.
    #[expect(clippy::too_many_arguments, reason = "the columns of an entry")]
    fn journal_once(
        &mut self,
        run: RunId,
        frame: &Path,
        call: &Call,
        outcome: Outcome,
        attempts: u32,
        started_at: i64,
        finished_at: i64,
    ) {
        if self
            .entries(run, frame)
            .any(|entry| entry.call.number == call.number)
        {
            return;
        }
        self.journal.entry(run).or_default().push(JournalEntry {
            frame: frame.clone(),
            call: call.clone(),
            position: None,
            outcome,
            attempts,
            failures: Vec::new(),
            started_at,
            finished_at,
        });
    }

    pub(super) fn set_paused(&mut self, run: RunId, paused: bool, now: i64) -> Option<Pause> {
        let record = self.runs.get_mut(&run)?;
        Some(if record.status.is_terminal() {
            Pause::Finished
        } else if record.stop.is_some() {
            Pause::Stopping
        } else if self.paused.contains(&run) == paused {
            Pause::Already
        } else {
            record.updated_at = now;
            match paused {
                true => self.paused.insert(run),
                false => self.paused.remove(&run),
            };
            let rows = self.rows.values_mut().filter(|row| row.run == run);
            rows.for_each(|row| row.paused = paused);
            Pause::Done
        })
    }

    pub(super) fn control(&self, lease: Lease) -> Result<Control> {
        let row = self.leased(lease)?;
        Ok(match (row.stop_untold, row.paused) {
            (true, _) => Control::Stop,
            (false, true) => Control::Pause,
            (false, false) => Control::Go,
        })
    }

    pub(super) fn stop_calls(
        &mut self,
        lease: Lease,
        calls: &[Call],
        now: i64,
    ) -> Result<Absorbed> {
        let (row, _) = self.leased_frame(lease)?;
        if !row.stop_untold {
            return self.absorb(lease);
        }
        let stop = self.runs[&row.run].stop.as_ref().map(Stop::error);
        let stop = stop.expect("only a run that is being stopped has such frames");
        for call in calls {
            let path = row.path.call(call.number);
            let mut rows = self.rows.values();
            if !rows.any(|other| other.run == row.run && other.path == path) {
                self.journal_once(row.run, &row.path, call, Err(stop.clone()), 1, now, now);
            }
        }
        let entries = self.see_all(row.run, &row.path);
        let tells = |entry: &JournalEntry| {
            let error = entry.outcome.as_ref().err();
            error.is_some_and(|error| error.code == stop.code || entry.call.is_nested_task())
        };
        let is_told = entries.iter().any(tells);
        self.leased_mut(lease)?.stop_untold = !is_told;
        Ok(Absorbed {
            entries,
            control: match is_told {
                true => Control::Go,
                false => Control::Stop,
            },
        })
    }

    pub(super) fn expire(&mut self, limit: u32, grace_ms: i64, now: i64) -> u32 {
        let mut expired: Vec<_> = self
            .rows
            .values()
            .filter_map(|row| Some((row.expires_at?, row.id)))
            .filter(|(at, _)| *at <= now)
            .collect();
        expired.sort();
        let mut count = 0;
        for (_, id) in expired.into_iter().take(limit as usize) {
            let Some(row) = self.rows.get(&id).cloned() else {
                continue;
            };
            count += 1;
            if row.parent.is_some() {
                let message = "the call did not settle within its time";
                let error = ErrorValue::new(ErrorCode::CallTimeout, message);
                self.drop_row(id);
                self.settle(&row, &Err(error), None, now);
                continue;
            }
            let record = self.runs[&row.run].clone();
            let stop = Stop::new(StopCause::Timeout, grace_ms, now);
            match record.stop {
                Some(stop) => self.end_stopped(row.run, &stop, now),
                None if record.status == RunStatus::Queued => self.end_stopped(row.run, &stop, now),
                None => self.begin_stop(row.run, &stop, now),
            }
        }
        count
    }
}

impl Stopping for Model {
    fn cancel(
        &self,
        run: RunId,
        stop: &Stop,
        force: bool,
        now: i64,
    ) -> Result<Option<Cancellation>> {
        self.write(|state| Ok(state.cancel(run, stop, force, now)))
    }
    fn stop_calls(&self, lease: Lease, calls: &[Call], now: i64) -> Result<Absorbed> {
        self.write(|state| state.stop_calls(lease, calls, now))
    }
    fn expire(&self, limit: u32, grace_ms: i64, now: i64) -> Result<u32> {
        self.write(|state| Ok(state.expire(limit, grace_ms, now)))
    }
}

impl Pausing for Model {
    fn set_paused(&self, run: RunId, paused: bool, now: i64) -> Result<Option<Pause>> {
        self.write(|state| Ok(state.set_paused(run, paused, now)))
    }
}
