//! How many runs may go on at once.

use tasker_domain::{Claimed, RunId, StackRunId, StackStatus};

use super::state::State;

/// What waits for a slot is due at the end of the year 9999.
const HELD: i64 = 253_402_300_799_000;

impl State {
    pub(super) fn is_held(&self, run: RunId) -> bool {
        matches!(self.limits.get(&run), Some((_, Some(false))))
    }

    fn goes_on_with(&self, run: RunId, has_slot: bool) -> bool {
        self.limits
            .get(&run)
            .is_some_and(|(_, slot)| *slot == Some(has_slot))
            && self.runs[&run].finished_at.is_none()
    }

    fn taken(&self, scope: &str) -> usize {
        let runs = self.limits.iter();
        runs.filter(|(run, (limit, _))| limit.scope == scope && self.goes_on_with(**run, true))
            .count()
    }

    pub(super) fn admit(&mut self, run: RunId) -> bool {
        let Some((limit, None)) = self.limits.get(&run).cloned() else {
            return true;
        };
        let may = self.taken(&limit.scope) < limit.at_once as usize;
        self.limits.insert(run, (limit, Some(may)));
        may
    }

    pub(super) fn hold(&mut self, row: StackRunId, now: i64) {
        self.rows
            .get_mut(&row)
            .unwrap()
            .rest(StackStatus::Pending, HELD, now);
    }

    pub(super) fn admit_claimed(&mut self, claimed: Vec<Claimed>, now: i64) -> Vec<Claimed> {
        let mut admitted = Vec::new();
        for claimed in claimed {
            let is_root = claimed.path.depth() == 0;
            if is_root && !self.admit(claimed.run) {
                self.hold(claimed.lease.id, now);
            } else {
                admitted.push(claimed);
            }
        }
        admitted
    }

    fn release(&mut self, scope: &str, now: i64) {
        loop {
            let waiting = self.limits.iter().filter(|(run, (limit, _))| {
                limit.scope == scope && self.goes_on_with(**run, false)
            });
            let next = waiting
                .map(|(run, (limit, _))| (-self.runs[run].priority, *run, limit.at_once))
                .min();
            let Some((_, run, at_once)) = next else {
                return;
            };
            if self.taken(scope) >= at_once as usize {
                return;
            }
            self.limits.get_mut(&run).unwrap().1 = Some(true);
            for row in self.rows.values_mut() {
                if row.run == run && row.status == StackStatus::Pending && row.run_after == HELD {
                    (row.run_after, row.updated_at) = (now, now);
                }
            }
        }
    }

    pub(super) fn release_slot_of(&mut self, run: RunId, now: i64) {
        if let Some((limit, _)) = self.limits.get(&run).cloned() {
            self.release(&limit.scope, now);
        }
    }

    pub(super) fn sweep_slots(&mut self, now: i64) {
        let scopes: Vec<_> = self
            .limits
            .values()
            .map(|(limit, _)| limit.scope.clone())
            .collect();
        for scope in scopes {
            self.release(&scope, now);
        }
    }
}
