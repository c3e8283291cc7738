//! Runs that are begun again.

use tasker_domain::{ErrorValue, FailedAttempt, Path, RunStatus, StackStatus};

use super::state::{FrameState, Row, State};

impl State {
    /// Begins a run again whose root frame has failed, if that is due.
    pub(super) fn begin_again(&mut self, root: &Row, error: &ErrorValue, now: i64) -> bool {
        let (Some(run), Some(frame)) = (self.runs.get_mut(&root.run), &root.frame) else {
            return false;
        };
        let next_at = run.retry.next_at(run.attempt, error, run.deadline, now);
        let (Some(next_at), None) = (next_at, &run.stop) else {
            return false;
        };
        run.failures.push(FailedAttempt {
            attempt: run.attempt,
            started_at: frame.started_at.unwrap_or(root.created_at),
            finished_at: now,
            next_at,
            error: error.clone(),
        });
        run.attempt += 1;
        run.status = RunStatus::Queued;
        run.updated_at = now;
        let next = Row {
            path: Path::of_attempt(run.attempt),
            frame: Some(FrameState {
                started_at: None,
                log_count: 0,
                snapshot: None,
                ..frame.clone()
            }),
            status: StackStatus::Pending,
            attempt: 0,
            run_after: next_at,
            lease: None,
            paused: self.paused.contains(&root.run),
            created_at: now,
            updated_at: now,
            ..root.clone()
        };
        self.rows.insert(root.id, next);
        self.offer_events(root.run);
        true
    }
}
