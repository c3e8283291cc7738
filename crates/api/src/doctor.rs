//! `GET /health`, `GET /health/ready` and `GET /doctor`: how the system is, and what to do.

use std::fmt;

use serde::{Deserialize, Serialize};
use tasker_domain::diagnosis::{Backlog, ComponentHealth, Damage, DatabaseState, Wait};
use tasker_domain::{ErrorCode, StackStatus};
use utoipa::{IntoParams, ToSchema};

use crate::{Problem, Timestamp};

/// A queue that nobody has swept for so long has no timer.
const TIMER_MS: i64 = 30_000;
/// Clocks that differ by more make timers late and tokens invalid.
const SKEW_MS: i64 = 2_000;
/// Work that is due for so long waits for lack of drainers.
const BACKLOG_MS: i64 = 30_000;
/// How many problems of one kind are counted.
pub const DAMAGE_SHOWN: u32 = 50;
/// How far the backlog is counted.
pub const BACKLOG_COUNTED: u32 = 1_000;
/// How many waiting runs are shown.
pub const WAITING_SHOWN: u32 = 50;
/// Runs that have not moved for so long are shown unless the query says otherwise.
const WAITING_SECONDS: u32 = 60;
/// A year: nobody asks for more.
const WAITING_MAX_SECONDS: u32 = 31_536_000;

/// How good or bad something is.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema, Default,
)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// As it should be.
    #[default]
    Ok,
    /// It works, but somebody should look at it.
    Warning,
    /// It does not work.
    Failing,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Failing => "failing",
        })
    }
}

/// Something that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Check {
    /// What: `database`, `migrations`, `clock`, `timer`, `queue`, or `component <name>`.
    pub name: String,
    /// How it is.
    pub status: Verdict,
    /// What was found.
    pub message: String,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub advice: Option<String>,
}

/// `GET /health/ready`: whether the app can do its work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Readiness {
    /// The worst of the parts.
    pub status: Verdict,
    /// Database, migrations, timer and queue.
    pub parts: Vec<Check>,
}

/// Damage: a state that no operation of Tasker leaves behind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DamageFound {
    /// A stable word for the kind of damage.
    pub kind: String,
    /// The run, if it is of one.
    #[schema(required = true)]
    pub task_run_id: Option<String>,
    /// The run's task, if it is known.
    #[schema(required = true)]
    pub task_name: Option<String>,
    /// Where in the run.
    #[schema(required = true)]
    pub path: Option<String>,
    /// Since when, as far as the records tell.
    #[schema(required = true)]
    pub since: Option<Timestamp>,
    /// What is wrong.
    pub message: String,
    /// What happens by itself.
    pub next: String,
    /// What `POST /doctor` does about it.
    pub repair: String,
}

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

/// `GET /doctor` and `POST /doctor`: how everything is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Diagnosis {
    /// The worst of it: `failing` if there is damage.
    pub status: Verdict,
    /// Tasker's version.
    pub version: String,
    /// The server's clock.
    pub now: Timestamp,
    /// What was looked at.
    pub checks: Vec<Check>,
    /// What is damaged.
    pub damage: Vec<DamageFound>,
    /// What runs wait for, the longest first.
    pub waiting: Vec<Waiting>,
    /// What was repaired; absent if that was not asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repaired: Option<Vec<Repaired>>,
}

/// Damage that was repaired.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Repaired {
    /// The kind of damage.
    pub kind: String,
    /// How often.
    pub count: u32,
    /// What was done.
    pub repair: String,
}

/// `GET /doctor?waiting=…`
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct DoctorQuery {
    /// Shows runs that have not moved for so many seconds: at most a year's, 60 if absent.
    #[param(minimum = 0, maximum = 31_536_000)]
    pub waiting: Option<u32>,
}

impl DoctorQuery {
    /// For how long shown runs have not moved, in milliseconds.
    ///
    /// # Errors
    /// [`ErrorCode::BadRequest`].
    pub fn unmoved_ms(&self) -> Result<i64, Problem> {
        let seconds = self.waiting.unwrap_or(WAITING_SECONDS);
        if seconds > WAITING_MAX_SECONDS {
            return Err(Problem::new(
                ErrorCode::BadRequest,
                format!("the query: `waiting` must be 0 to {WAITING_MAX_SECONDS}"),
            ));
        }
        Ok(i64::from(seconds) * 1_000)
    }
}

impl Readiness {
    /// The readiness with these parts.
    #[must_use]
    pub fn of(parts: Vec<Check>) -> Self {
        Self {
            status: worst(&parts),
            parts,
        }
    }
}

/// The worst of what was found.
#[must_use]
pub fn worst(checks: &[Check]) -> Verdict {
    checks
        .iter()
        .map(|check| check.status)
        .max()
        .unwrap_or_default()
}

impl Check {
    /// Something that is as it should be.
    #[must_use]
    pub fn ok(name: &str, message: impl Into<String>) -> Self {
        Self {
            name: name.to_owned(),
            status: Verdict::Ok,
            message: message.into(),
            advice: None,
        }
    }

    /// Something that is not, and what to do.
    #[must_use]
    pub fn bad(
        name: &str,
        status: Verdict,
        message: impl Into<String>,
        advice: impl Into<String>,
    ) -> Self {
        Self {
            status,
            advice: Some(advice.into()),
            ..Self::ok(name, message)
        }
    }

    /// The database does not answer. The reason is in the log alone.
    #[must_use]
    pub fn no_database() -> Self {
        Self::bad(
            "database",
            Verdict::Failing,
            "it cannot be read and written",
            "see the log of the component `tasks`; check the file's rights and the disk's room",
        )
    }

    /// What is told of the database: it, its migrations, its clock and the timer.
    #[must_use]
    pub fn of_database(state: &DatabaseState, now: i64) -> Vec<Self> {
        let migrations = if state.missing == 0 {
            Self::ok("migrations", format!("applied up to {}", state.schema))
        } else {
            Self::bad(
                "migrations",
                Verdict::Failing,
                format!("{} of them are missing", state.missing),
                "the app applies them on first use; see its log for why it could not",
            )
        };
        vec![
            Self::ok("database", "it can be read and written"),
            migrations,
            Self::of_clock("database", "the database's clock", state.clock - now),
            Self::of_timer(state.swept_at, now),
        ]
    }

    /// How far another clock is from the server's.
    #[must_use]
    pub fn of_clock(name: &str, whose: &str, ahead_ms: i64) -> Self {
        let name = format!("clock {name}");
        let (seconds, word) = (
            seconds(ahead_ms.saturating_abs()),
            if ahead_ms < 0 { "behind" } else { "ahead" },
        );
        if ahead_ms.saturating_abs() <= SKEW_MS {
            return Self::ok(&name, format!("{whose} agrees with the server's"));
        }
        Self::bad(
            &name,
            Verdict::Warning,
            format!("{whose} is {seconds} {word} of the server's"),
            "keep the clocks right by NTP: leases, timers and schedules go by them",
        )
    }

    fn of_timer(swept_at: i64, now: i64) -> Self {
        const ADVICE: &str = "start with spin-cron.toml, or have a scheduler call POST /sweep every \
                              few seconds; `tasker sweep` does it once";
        let age = now - swept_at;
        match swept_at {
            0 => Self::bad(
                "timer",
                Verdict::Warning,
                "the queue was never swept",
                ADVICE,
            ),
            _ if age > TIMER_MS => Self::bad(
                "timer",
                Verdict::Warning,
                format!("the queue was last swept {} ago", seconds(age)),
                ADVICE,
            ),
            _ if age < -SKEW_MS => Self::bad(
                "timer",
                Verdict::Warning,
                format!("the last sweep was {} in the future", seconds(-age)),
                "the clock was set back; `tasker sweep` sets the moment right",
            ),
            _ => Self::ok(
                "timer",
                format!("the queue was swept {} ago", seconds(age.max(0))),
            ),
        }
    }

    /// How the queue is.
    #[must_use]
    pub fn of_queue(backlog: Backlog, drainers: Option<u32>) -> Self {
        let count = match backlog.due {
            BACKLOG_COUNTED.. => format!("{BACKLOG_COUNTED} or more rows are due"),
            1 => "1 row is due".to_owned(),
            due => format!("{due} rows are due"),
        };
        let age = seconds(backlog.oldest_ms);
        let workers = drainers.map_or_else(String::new, |drainers| {
            format!("; drainers at work: {drainers}")
        });
        if backlog.due == 0 || backlog.oldest_ms <= BACKLOG_MS {
            return Self::ok("queue", format!("{count}{workers}"));
        }
        let status = match drainers {
            Some(0) => Verdict::Failing,
            _ => Verdict::Warning,
        };
        Self::bad(
            "queue",
            status,
            format!("{count}, the oldest for {age}{workers}"),
            "`tasker doctor --fix` has it worked on; if it stays, raise `drainers`",
        )
    }

    /// How a component is; `None`: it does not answer.
    #[must_use]
    pub fn of_component(name: &str, health: Option<&ComponentHealth>) -> Self {
        let check = format!("component {name}");
        let Some(health) = health else {
            return Self::bad(
                &check,
                Verdict::Failing,
                "it does not answer",
                format!("see the log of `{name}`; check that the manifest has it"),
            );
        };
        if !health.problems.is_empty() {
            return Self::bad(
                &check,
                Verdict::Failing,
                health.problems.join("; "),
                "set the variables as docs/operations.md says, and start again",
            );
        }
        let settings = format!("it answers; {} settings are right", health.settings);
        match &health.upstream {
            Some(upstream) => match &upstream.problem {
                None => Self::ok(&check, format!("{settings}; {} answers", upstream.origin)),
                Some(problem) => Self::bad(
                    &check,
                    Verdict::Warning,
                    format!("{settings}, but {}: {problem}", upstream.origin),
                    "calls of this service would fail; check the address and the network, unless \
                     no task uses it",
                ),
            },
            None => Self::ok(&check, settings),
        }
    }
}

impl From<Damage> for DamageFound {
    fn from(damage: Damage) -> Self {
        let text = |text: String| Some(text).filter(|text| !text.is_empty());
        let what = damage.kind.what();
        Self {
            kind: damage.kind.to_string(),
            task_run_id: text(damage.run),
            task_name: damage.task,
            path: text(damage.path),
            since: (damage.since > 0).then(|| Timestamp::from_millis(damage.since)),
            message: match damage.detail {
                Some(detail) => format!("{what}: {detail}"),
                None => what.to_owned(),
            },
            next: damage.kind.next().to_owned(),
            repair: damage.kind.repair().to_owned(),
        }
    }
}

/// What is due at the end of the year 9999 or later is woken by something else than the time.
const NEVER: i64 = 253_402_300_799_000;

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

fn seconds(ms: i64) -> String {
    match ms {
        ..10_000 => format!("{}.{} s", ms / 1_000, ms % 1_000 / 100),
        10_000..600_000 => format!("{} s", ms / 1_000),
        600_000..36_000_000 => format!("{} min", ms / 60_000),
        _ => format!("{} h", ms / 3_600_000),
    }
}

#[cfg(test)]
mod tests {
    use tasker_domain::Path;
    use tasker_domain::RunId;
    use tasker_domain::diagnosis::{DamageKind, UpstreamHealth};

    use super::*;

    const NOW: i64 = 1_800_000_000_000;

    fn state() -> DatabaseState {
        DatabaseState {
            schema: 30,
            newest: 30,
            missing: 0,
            clock: NOW,
            swept_at: NOW - 4_000,
            drainers: 0,
        }
    }

    #[test]
    fn what_is_wrong_is_told_with_what_to_do() {
        let sound = Check::of_database(&state(), NOW);
        assert_eq!(worst(&sound), Verdict::Ok);
        assert!(sound.iter().all(|check| check.advice.is_none()));
        for (damaged, name, status) in [
            (
                DatabaseState {
                    missing: 2,
                    ..state()
                },
                "migrations",
                Verdict::Failing,
            ),
            (
                DatabaseState {
                    clock: NOW - 9_000,
                    ..state()
                },
                "clock database",
                Verdict::Warning,
            ),
            (
                DatabaseState {
                    swept_at: 0,
                    ..state()
                },
                "timer",
                Verdict::Warning,
            ),
            (
                DatabaseState {
                    swept_at: NOW - 60_000,
                    ..state()
                },
                "timer",
                Verdict::Warning,
            ),
            (
                DatabaseState {
                    swept_at: NOW + 60_000,
                    ..state()
                },
                "timer",
                Verdict::Warning,
            ),
        ] {
            let checks = Check::of_database(&damaged, NOW);
            let bad: Vec<_> = checks
                .iter()
                .filter(|check| check.advice.is_some())
                .collect();
            let [bad] = bad[..] else { panic!("{checks:?}") };
            assert_eq!((bad.name.as_str(), bad.status), (name, status));
        }
        let old = Backlog {
            due: 3,
            oldest_ms: 120_000,
        };
        assert_eq!(
            Check::of_queue(Backlog::default(), Some(0)).status,
            Verdict::Ok
        );
        assert_eq!(Check::of_queue(old, Some(2)).status, Verdict::Warning);
        let stuck = Check::of_queue(old, Some(0));
        assert_eq!(stuck.status, Verdict::Failing);
        assert_eq!(
            stuck.message,
            "3 rows are due, the oldest for 120 s; drainers at work: 0"
        );
    }

    #[test]
    fn a_component_is_judged_by_its_settings_and_its_upstream() {
        let upstream = |problem: Option<&str>| {
            Some(UpstreamHealth {
                origin: "https://api.example.com:443".to_owned(),
                problem: problem.map(str::to_owned),
            })
        };
        let health = |problems: &[&str], upstream| ComponentHealth {
            settings: 3,
            problems: problems.iter().map(|text| (*text).to_owned()).collect(),
            upstream,
            engine: None,
        };
        for (found, status) in [
            (None, Verdict::Failing),
            (Some(health(&[], None)), Verdict::Ok),
            (
                Some(health(&["x is no number"], upstream(None))),
                Verdict::Failing,
            ),
            (Some(health(&[], upstream(None))), Verdict::Ok),
            (
                Some(health(&[], upstream(Some("no answer")))),
                Verdict::Warning,
            ),
        ] {
            let check = Check::of_component("wrappedopenai", found.as_ref());
            assert_eq!(check.status, status, "{check:?}");
        }
    }

    #[test]
    fn every_wait_and_every_kind_of_damage_has_a_reason_and_a_next_step() {
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

        let mut seen = std::collections::BTreeSet::new();
        for kind in DamageKind::ALL {
            let found = DamageFound::from(Damage {
                kind: *kind,
                run: String::new(),
                task: None,
                path: String::new(),
                since: 0,
                detail: None,
            });
            assert!(seen.insert(found.kind.clone()));
            let json = serde_json::to_value(kind).unwrap();
            assert_eq!(json, found.kind, "the word is the wire's too");
            assert!(
                !found.message.is_empty() && !found.next.is_empty() && !found.repair.is_empty()
            );
            assert_eq!((found.task_run_id, found.since), (None, None));
        }
    }
}
