//! Claiming and sweeping.

use std::collections::BTreeMap;

use super::Model;
use super::state::{Row, State};
use tasker_domain::{
    Claimed, ErrorCode, ErrorValue, FailedAttempt, Lease, StackRunId, StackStatus,
};
use tasker_store::{
    AtWork, Control, Failure, LeaseTerms, Leases, Queue, Result, SweepReport, SweepTerms, Sweeping,
};

impl State {
    pub(super) fn claim(
        &mut self,
        frames: u32,
        calls: u32,
        terms: &LeaseTerms,
        now: i64,
    ) -> Vec<Claimed> {
        let mut claims = self.next_of(true, frames as usize, |_, _| true, now);
        claims.extend(self.next_of(false, calls as usize, |_, _| true, now));
        claims.sort();
        self.claim_these(&claims, terms, now)
    }

    pub(super) fn claim_other(&mut self, terms: &LeaseTerms, now: i64) -> Option<Claimed> {
        let others = |state: &Self, task: &str| {
            let mut rows = state.rows.values().filter(|row| row.frame.is_some());
            !rows.any(|row| row.status == StackStatus::Processing && row.lane.1 == task)
        };
        let claims = self.next_of(true, 1, others, now);
        self.claim_these(&claims, terms, now).pop()
    }

    fn claim_these(
        &mut self,
        claims: &[(i64, StackRunId)],
        terms: &LeaseTerms,
        now: i64,
    ) -> Vec<Claimed> {
        let rows = claims.iter().map(|(_, id)| *id);
        let claimed: Vec<_> = rows
            .filter_map(|id| Some(self.rows.get_mut(&id)?.claim(terms, now)))
            .collect();
        self.admit_claimed(claimed, now)
    }

    /// The rows of a kind to claim, of tasks that meet a condition: the best lanes first, then their rows in turn.
    fn next_of(
        &self,
        frames: bool,
        limit: usize,
        condition: impl Fn(&Self, &str) -> bool,
        now: i64,
    ) -> Vec<(i64, StackRunId)> {
        let busy = |lane: &(i32, String)| {
            let rows = self
                .rows
                .values()
                .filter(|row| row.frame.is_some() == frames);
            rows.filter(|row| row.status == StackStatus::Processing && row.lane == *lane)
                .count()
        };
        let mut lanes: BTreeMap<(i32, String), Vec<(i64, StackRunId)>> = BTreeMap::new();
        for row in self.due(now).filter(|row| row.frame.is_some() == frames) {
            let lane = lanes.entry(row.lane.clone()).or_default();
            lane.push((row.run_after, row.id));
        }
        lanes.retain(|(_, task), _| condition(self, task));
        lanes.values_mut().for_each(|rows| rows.sort());
        let mut chosen: Vec<_> = lanes
            .iter()
            .map(|(lane, rows)| ((lane.0, busy(lane), rows[0].0, lane.1.clone()), rows))
            .collect();
        chosen.sort();
        let mut turns: Vec<_> = chosen
            .iter()
            .take(limit)
            .flat_map(|((rank, busy, ..), rows)| {
                let rows = rows.iter().enumerate();
                rows.map(move |(place, row)| (*rank, busy + place, *row))
            })
            .collect();
        turns.sort();
        turns.into_iter().take(limit).map(|(.., row)| row).collect()
    }

    pub(super) fn due(&self, now: i64) -> impl Iterator<Item = &Row> {
        self.pending().filter(move |row| row.run_after <= now)
    }

    fn pending(&self) -> impl Iterator<Item = &Row> {
        self.rows
            .values()
            .filter(|row| row.status == StackStatus::Pending && !row.paused)
    }

    pub(super) fn depth(&self, now: i64) -> (u64, i64) {
        let oldest = self.due(now).map(|row| row.run_after).min();
        (
            self.due(now).count() as u64,
            oldest.map_or(0, |oldest| now - oldest),
        )
    }

    pub(super) fn next_due(&self) -> Option<i64> {
        let due = self.pending().map(|row| row.run_after);
        due.chain(self.rows.values().filter_map(|row| row.expires_at))
            .min()
    }

    pub(super) fn give_back(
        &mut self,
        lease: Lease,
        run_after: i64,
        failure: Option<&Failure>,
        now: i64,
    ) -> Result<()> {
        let row = self.leased_mut(lease)?;
        row.attempt += u32::from(failure.is_some());
        row.rest(StackStatus::Pending, run_after, now);
        let (key, attempt) = ((row.run, row.path.clone()), row.attempt);
        if let Some(failure) = failure
            && row.frame.is_none()
        {
            let failed = FailedAttempt {
                attempt,
                started_at: failure.started_at,
                finished_at: now,
                next_at: run_after,
                error: failure.error.clone(),
            };
            // An attempt has one failure: the first that is told.
            let told = self.failures.entry(key).or_default();
            if told.iter().all(|one| one.attempt != attempt) {
                told.push(failed);
            }
        }
        Ok(())
    }

    pub(super) fn was_lost(&self, lease: Lease) -> Result<bool> {
        let row = self.leased(lease)?;
        let recorded = self.failures.get(&(row.run, row.path.clone()));
        Ok(row.attempt as usize > recorded.map_or(0, Vec::len))
    }

    pub(super) fn at_work(&self) -> AtWork {
        let leased = self.rows.values().filter(|row| row.lease.is_some());
        let (frames, calls): (Vec<_>, Vec<_>) = leased.partition(|row| row.frame.is_some());
        AtWork {
            frames: frames.len() as u32,
            calls: calls.len() as u32,
        }
    }

    pub(super) fn renew(&mut self, lease: Lease, expires_at: i64) -> Result<()> {
        if let Some(terms) = &mut self.leased_mut(lease)?.lease {
            terms.expires_at = expires_at;
        }
        Ok(())
    }

    pub(super) fn sweep(&mut self, terms: &SweepTerms, now: i64) -> SweepReport {
        let (max_attempts, limit) = (terms.max_attempts, terms.limit);
        let mut report = SweepReport {
            schedules_due: !self.due_schedules(1, now).is_empty(),
            oldest: self.oldest(),
            key_expires: self.key_expires(),
            ..SweepReport::default()
        };
        let expired = |state: &Self, is_lost: bool| -> Vec<StackRunId> {
            let rows = state.rows.values().filter(|row| row.has_expired(now));
            let rows = rows.filter(|row| (row.attempt + 1 >= max_attempts) == is_lost);
            let expiry = |row: &Row| row.lease.as_ref().map(|lease| lease.expires_at);
            let mut rows: Vec<_> = rows.map(|row| (expiry(row), row.id)).collect();
            rows.sort();
            rows.into_iter()
                .take(limit as usize)
                .map(|(_, id)| id)
                .collect()
        };
        for id in expired(self, false) {
            if let Some(row) = self.rows.get_mut(&id) {
                row.attempt += 1;
                row.rest(StackStatus::Pending, now, now);
                report.reclaimed += 1;
            }
        }
        let lost = ErrorValue::new(ErrorCode::ExecutorLost, ErrorCode::ExecutorLost.title());
        for id in expired(self, true) {
            if let Some(row) = self.drop_row(id) {
                self.settle(&row, &Err(lost.clone()), None, now);
                report.failed += 1;
            }
        }
        report.expired = self.expire(limit, terms.grace_ms, now);
        report.woken = self.wake_sleepers(limit, now);
        self.remove_expired_events(limit, now);
        self.sweep_slots(now);
        report.due = self.due(now).count() as u32;
        self.swept_at = now;
        report
    }

    fn wake_sleepers(&mut self, limit: u32, now: i64) -> u32 {
        let from = self.looked_up_to;
        let sleepers = self
            .rows
            .values()
            .filter(|row| row.status == StackStatus::Suspended);
        let sleepers = sleepers.filter(|row| from.is_none_or(|from| row.id > from));
        let sleepers: Vec<_> = sleepers.take(limit as usize).cloned().collect();
        self.looked_up_to = match sleepers.last() {
            Some(row) if sleepers.len() == limit as usize => Some(row.id),
            _ => None,
        };
        let mut woken = 0;
        for row in sleepers {
            if self.has_unseen(row.run, &row.path) || self.children(row.id).next().is_none() {
                woken += 1;
                if let Some(row) = self.rows.get_mut(&row.id) {
                    row.rest(StackStatus::Pending, now, now);
                }
            }
        }
        woken
    }
}

impl Queue for Model {
    fn claim(&self, frames: u32, calls: u32, terms: &LeaseTerms, now: i64) -> Result<Vec<Claimed>> {
        self.write(|state| Ok(state.claim(frames, calls, terms, now)))
    }
    fn claim_other(&self, terms: &LeaseTerms, now: i64) -> Result<Option<Claimed>> {
        self.write(|state| Ok(state.claim_other(terms, now)))
    }
    fn queue_depth(&self, now: i64) -> Result<(u64, i64)> {
        self.read(|state| state.depth(now))
    }
    fn next_due(&self) -> Result<Option<i64>> {
        self.read(State::next_due)
    }
    fn at_work(&self) -> Result<AtWork> {
        self.read(State::at_work)
    }
}

impl Leases for Model {
    fn renew(&self, lease: Lease, expires_at: i64) -> Result<()> {
        self.write(|state| state.renew(lease, expires_at))
    }
    fn give_back(
        &self,
        lease: Lease,
        run_after: i64,
        failure: Option<&Failure>,
        now: i64,
    ) -> Result<()> {
        self.write(|state| state.give_back(lease, run_after, failure, now))
    }
    fn control(&self, lease: Lease) -> Result<Control> {
        self.0.borrow().control(lease)
    }
    fn was_lost(&self, lease: Lease) -> Result<bool> {
        self.0.borrow().was_lost(lease)
    }
}

impl Sweeping for Model {
    fn sweep(&self, terms: &SweepTerms, now: i64) -> Result<SweepReport> {
        self.write(|state| Ok(state.sweep(terms, now)))
    }
    fn last_sweep(&self) -> Result<i64> {
        self.read(|state| state.swept_at)
    }
}
