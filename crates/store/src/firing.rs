//! What becomes of a schedule that fires, and of the runs for its moments: the rule, which both databases apply.

use tasker_domain::{CatchUp, Overlap, QUEUED_MAX, RunId, Schedule, Skipped, WhySkipped};

use crate::{Fired, Firing, Moment, NewRun, ScheduledRun};

/// What becomes of a schedule that fires.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Turn {
    /// The runs that begin.
    pub(crate) begin: Vec<ScheduledRun>,
    /// The runs that are cancelled for them.
    pub(crate) cancel: Vec<RunId>,
    /// The moments whose runs wait.
    pub(crate) queued: Vec<i64>,
    /// The moments that make no run because of others.
    pub(crate) skipped: Option<Skipped>,
    /// When it fires next.
    pub(crate) next_at: Option<i64>,
    /// The last of its moments that has passed.
    pub(crate) last_at: Option<i64>,
}

impl Turn {
    /// What becomes of a schedule of which these runs go on. `None`: it does not fire for this moment any more.
    pub(crate) fn of(firing: &Firing, schedule: &Schedule, going_on: &[RunId]) -> Option<Self> {
        let first = schedule.queued.first().copied();
        let (is_as_read, next_at, last_at) = match firing.moment {
            Moment::Next(at) => (
                schedule.next_at == Some(at),
                firing.next_at,
                Some(firing.last_at),
            ),
            Moment::Queued(at) => (first == Some(at), schedule.next_at, schedule.last_at),
        };
        if schedule.paused || !is_as_read {
            return None;
        }
        let mut turn = Self {
            begin: Vec::new(),
            cancel: Vec::new(),
            queued: schedule.queued.clone(),
            skipped: None,
            next_at,
            last_at,
        };
        turn.take(firing, (schedule.overlap, schedule.catch_up), going_on);
        Some(turn)
    }

    fn take(
        &mut self,
        firing: &Firing,
        (overlap, catch_up): (Overlap, CatchUp),
        going_on: &[RunId],
    ) {
        let runs = match &firing.task {
            Some(_) => &firing.runs[..],
            None => &[],
        };
        let is_free = going_on.is_empty();
        match (firing.moment, overlap) {
            (Moment::Queued(_), _) if runs.is_empty() => drop(self.queued.remove(0)),
            (Moment::Queued(_), _) => {}
            (Moment::Next(_), Overlap::Allow) => self.begin.extend_from_slice(runs),
            (Moment::Next(_), Overlap::CancelPrevious) => {
                if let Some((last, before)) = runs.split_last() {
                    self.begin.push(*last);
                    self.cancel.extend_from_slice(going_on);
                    self.skipped = skipped(before, WhySkipped::Superseded);
                }
            }
            (Moment::Next(_), Overlap::Skip) if !is_free || !self.queued.is_empty() => {
                self.skipped = skipped(runs, WhySkipped::GoingOn);
            }
            (Moment::Next(_), Overlap::Skip | Overlap::Queue) => {
                let waiting = match (overlap, catch_up) {
                    (_, CatchUp::All) => QUEUED_MAX,
                    (Overlap::Queue, _) => 1,
                    _ => 0,
                };
                let room = (waiting + usize::from(is_free)).saturating_sub(self.queued.len());
                self.queued.extend(runs.iter().take(room).map(|run| run.at));
                let left = runs.get(room..).unwrap_or_default();
                self.skipped = skipped(left, WhySkipped::QueueFull);
            }
        }
        // The moment that has waited the longest comes first.
        if let (true, Some(run), Some(at)) = (is_free, runs.first(), self.queued.first().copied()) {
            self.begin.push(ScheduledRun { at, ..*run });
            self.queued.remove(0);
        }
    }

    /// The runs to make, with the schedule's input.
    pub(crate) fn runs(&self, firing: &Firing, schedule: &Schedule, now: i64) -> Vec<NewRun> {
        let Some(task) = &firing.task else {
            return Vec::new();
        };
        let run = |run: &ScheduledRun| NewRun {
            id: run.id,
            frame: run.frame,
            task: task.clone(),
            input: schedule.input.clone(),
            idempotency_key: None,
            run_at: Some(run.at),
            schedule: Some(firing.name.clone()),
            terms: firing.terms.clone(),
            deadline: firing
                .timeout_ms
                .map(|timeout| run.at.max(now).saturating_add(timeout)),
            retry_of: None,
            webhook: firing.webhook.clone(),
            trace: None,
            tags: Vec::new(),
        };
        self.begin.iter().map(run).collect()
    }

    /// All moments that make no run, with those that the caller knew of.
    pub(crate) fn all_skipped(&self, firing: &Firing) -> Option<Skipped> {
        let known = firing.skipped.map(|skipped| skipped.and(self.skipped));
        known.or(self.skipped)
    }

    /// What firing did.
    pub(crate) fn fired(&self) -> Fired {
        let number = |many| u32::try_from(many).unwrap_or(u32::MAX);
        Fired {
            started: self.begin.iter().map(|run| run.id).collect(),
            cancelled: number(self.cancel.len() as u64),
            skipped: self.skipped.map_or(0, |skipped| number(skipped.moments)),
            queued: !self.queued.is_empty(),
        }
    }
}

/// The moments of these runs, for which they are skipped.
fn skipped(runs: &[ScheduledRun], why: WhySkipped) -> Option<Skipped> {
    runs.last().map(|last| Skipped {
        moments: runs.len() as u64,
        last_at: last.at,
        why,
    })
}
