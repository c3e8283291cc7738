//! What runs wait for, and what happens next.

use serde::{Deserialize, Serialize};
use tasker_domain::diagnosis::Wait;
use tasker_domain::{NEVER, StackStatus};
use utoipa::ToSchema;

use crate::Timestamp;

/// Something that a run waits for, and has for long.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Waiting {
    /// The run.
    pub task_run_id: String,
    /// Its task.
    pub task_name: String,
    /// Where in the run.
    pub path: String,
    /// What it waits for.
    pub reason: String,
    /// Since when it has not moved.
    pub since: Timestamp,
    /// What happens next, or what to do.
    pub next: String,
    /// When that is, if that is known.
    #[schema(required = true)]
    pub next_at: Option<Timestamp>,
}

impl Waiting {
    /// What a row says of its run's wait.
    #[must_use]
    pub fn of(wait: Wait, now: i64) -> Self {
        let what = match &wait.call {
            Some(call) => format!("the call `{call}`"),
            None => "the task".to_owned(),
        };
        let tried = match wait.attempt {
            0 => String::new(),
            1 => ", which failed once".to_owned(),
            attempt => format!(", which failed {attempt} times"),
        };
        let is_timer = wait.call.as_deref() == Some("timer.sleep");
        let awaits_run = wait.call.as_deref() == Some("runs.wait");
        let later = (wait.run_after < NEVER).then_some(wait.run_after);
        let (reason, next, next_at) = match (wait.status, &wait.event) {
            (StackStatus::Processing, _) => (
                format!("{what} is being worked on"),
                "it ends, or its lease does and a sweep queues it again".to_owned(),
                wait.lease_expires_at,
            ),
            (StackStatus::Pending, _) if wait.paused => (
                "its run is paused".to_owned(),
                format!(
                    "it goes on once the run is resumed: `tasker resume {}`",
                    wait.run
                ),
                None,
            ),
            (StackStatus::Pending, _) if wait.held => (
                "as many runs go on as its `@concurrency` allows".to_owned(),
                "it begins once one of them has ended".to_owned(),
                None,
            ),
            (StackStatus::Pending, Some(name)) if wait.run_after > now => (
                format!("it waits for the event `{name}`"),
                match later {
                    Some(_) => "it goes on once the event is sent, or gives up at that moment",
                    None => "it goes on once the event is sent",
                }
                .to_owned(),
                later,
            ),
            (StackStatus::Pending, _) if wait.run_after > now && is_timer => (
                "it sleeps, as its task says".to_owned(),
                "it goes on at that moment".to_owned(),
                later,
            ),
            (StackStatus::Pending, _) if wait.run_after >= NEVER && awaits_run => (
                "it waits for the end of a run that it has started".to_owned(),
                "it goes on once that run has ended".to_owned(),
                None,
            ),
            (StackStatus::Pending, _) if wait.run_after > now && wait.attempt > 0 => (
                format!("{what} waits to be tried again{tried}"),
                "it is tried again at that moment".to_owned(),
                later,
            ),
            (StackStatus::Pending, _) if wait.run_after > now => (
                format!("{what} is to begin later"),
                "it begins at that moment".to_owned(),
                later,
            ),
            (StackStatus::Pending, _) => (
                format!("{what} is due and nobody works on it{tried}"),
                "a drainer takes it; `tasker doctor --fix` pokes one".to_owned(),
                None,
            ),
            (StackStatus::Suspended, _) => (
                format!("{what} sleeps"),
                "a sweep wakes it".to_owned(),
                None,
            ),
        };
        let (reason, next, next_at) = match wait.stopped_by {
            Some(end) => (
                format!("{reason}; its run is being stopped"),
                format!("{next}; at that moment the run ends"),
                Some(end),
            ),
            None => (reason, next, next_at),
        };
        Self {
            task_run_id: wait.run.to_string(),
            task_name: wait.task,
            path: wait.path.to_string(),
            reason,
            since: Timestamp::from_millis(wait.since),
            next,
            next_at: next_at.map(Timestamp::from_millis),
        }
    }
}

#[cfg(test)]
mod tests {
    use tasker_domain::{Path, RunId};

    use super::*;

    const NOW: i64 = 1_800_000_000_000;

    #[test]
    fn every_wait_has_a_reason_and_a_next_step() {
        let wait = |status, run_after| Wait {
            run: RunId::new(NOW, [1; 10]),
            task: "report".to_owned(),
            path: Path::from("0.3".to_owned()),
            call: Some("gapi.drive.files.list".to_owned()),
            event: None,
            status,
            attempt: 2,
            run_after,
            lease_expires_at: Some(NOW + 7),
            since: NOW - 90_000,
            paused: false,
            stopped_by: None,
            held: false,
        };
        let later = Waiting::of(wait(StackStatus::Pending, NOW + 5_000), NOW);
        assert_eq!(
            later.reason,
            "the call `gapi.drive.files.list` waits to be tried again, which failed 2 times"
        );
        assert_eq!(later.next_at.unwrap().millis(), NOW + 5_000);
        let due = Waiting::of(wait(StackStatus::Pending, NOW), NOW);
        assert!(due.reason.contains("nobody works on it") && due.next_at.is_none());
        let held = Waiting::of(wait(StackStatus::Processing, 0), NOW);
        assert_eq!(held.next_at.unwrap().millis(), NOW + 7);

        let pending = |run_after| wait(StackStatus::Pending, run_after);
        let timer = Wait {
            call: Some("timer.sleep".to_owned()),
            ..pending(NOW + 9)
        };
        let event = |run_after| Wait {
            event: Some("paid".to_owned()),
            ..pending(run_after)
        };
        let of_run = |paused, held| Wait {
            call: None,
            attempt: 0,
            paused,
            held,
            ..pending(NEVER)
        };
        let begins = Wait {
            run_after: NOW + 9,
            ..of_run(false, false)
        };
        let stopping = Wait {
            stopped_by: Some(NOW + 8),
            ..pending(NOW)
        };
        for (wait, reason, next, next_at) in [
            (timer, "sleeps", "at that moment", Some(9)),
            (event(NEVER), "the event `paid`", "is sent", None),
            (event(NOW + 9), "the event `paid`", "or gives up", Some(9)),
            (of_run(true, false), "is paused", "tasker resume", None),
            (of_run(false, true), "@concurrency", "has ended", None),
            (begins, "is to begin later", "at that moment", Some(9)),
            (stopping, "is being stopped", "the run ends", Some(8)),
        ] {
            let told = Waiting::of(wait, NOW);
            assert!(told.reason.contains(reason), "{told:?}");
            assert!(told.next.contains(next), "{told:?}");
            let at = told.next_at.map(|at| at.millis() - NOW);
            assert_eq!(at, next_at, "{told:?}");
        }
    }
}
