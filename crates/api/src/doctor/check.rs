//! What is looked at, and what is said of it.

use std::fmt;

use serde::{Deserialize, Serialize};
use tasker_domain::diagnosis::{Backlog, ComponentHealth, DatabaseState};
use utoipa::ToSchema;

/// A queue that nobody has swept for this long has no timer.
const TIMER_MS: i64 = 30_000;
/// Clocks that differ by more make timers late and tokens invalid.
const SKEW_MS: i64 = 2_000;
/// Work that has been due for this long lacks drainers.
const BACKLOG_MS: i64 = 30_000;
/// How far the backlog is counted.
pub const BACKLOG_COUNTED: u32 = 1_000;

/// Whether the sweep that a timer makes every few seconds is overdue.
#[must_use]
pub fn is_late(swept_at: i64, now: i64) -> bool {
    now - swept_at > TIMER_MS
}

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

/// Why the database cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// It does not answer.
    Unavailable,
    /// It has no room to grow.
    Full,
    /// Its file is damaged.
    Damaged,
}

/// Something that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Check {
    /// What: `database`, `migrations`, `clock`, `timer`, `queue`, `database file`, `database room`, `database limit`, `settings`, or `component <name>`.
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

    /// The database cannot be used. What it said is in the log alone.
    #[must_use]
    pub fn no_database(trouble: Trouble) -> Self {
        let (message, advice) = match trouble {
            Trouble::Unavailable => (
                "it cannot be read and written",
                "see the log of the component `tasks`; check that PostgreSQL runs and that `database_url` is right, or of a \
                 file its rights and its disk",
            ),
            Trouble::Full => (
                "it cannot be written: it has no room to grow (store_full)",
                "make room on its disk, or raise the quota or the limit that it has reached; nothing needs to be started again",
            ),
            Trouble::Damaged => (
                "its file is damaged (store_damaged)",
                "stop the app, copy the file away, and restore a backup or what `sqlite3` recovers: `GET /errors/store_damaged` says how",
            ),
        };
        Self::bad("database", Verdict::Failing, message, advice)
    }

    /// What a look through the whole file found; `None`: it is sound.
    #[must_use]
    pub fn of_file(problem: Option<&str>) -> Self {
        match problem {
            None => Self::ok("database file", "it is sound"),
            Some(problem) => Self {
                name: "database file".to_owned(),
                message: format!("it is damaged (store_damaged): {problem}"),
                ..Self::no_database(Trouble::Damaged)
            },
        }
    }

    /// Settings with which the app cannot work.
    #[must_use]
    pub fn settings(problems: &[String]) -> Self {
        Self::bad(
            "settings",
            Verdict::Failing,
            problems.join("; "),
            "set the variables as docs/settings.md says, and start again",
        )
    }

    /// How much of the database's file nothing fills; `None`: it can be given back.
    #[must_use]
    pub fn of_room(free: u64, bytes: u64) -> Self {
        Self::bad(
            "database room",
            Verdict::Warning,
            format!(
                "{} MiB of the file's {} MiB are free and stay so",
                free >> 20,
                bytes >> 20
            ),
            "the file was made by a version that could not give room back: docs/operations.md says how to let it do so, once",
        )
    }

    /// How much of the room that it may take the database has filled, in bytes.
    #[must_use]
    pub fn of_limit(used: u64, limit: u64) -> Self {
        const ADVICE: &str =
            "let fewer runs be kept (`retention_days`, `tasker forget`), or raise `database_mib`";
        let name = "database limit";
        let said = format!("{} of {} MiB are filled", used >> 20, limit >> 20);
        if used >= limit {
            let said = format!("{said}: no new runs and tasks are accepted");
            return Self::bad(name, Verdict::Warning, said, ADVICE);
        }
        match used / 4 >= limit / 5 {
            true => Self::bad(name, Verdict::Warning, said, ADVICE),
            false => Self::ok(name, said),
        }
    }

    /// The database cannot be used, and it is plain why.
    #[must_use]
    pub fn unusable_database(what: impl Into<String>, advice: impl Into<String>) -> Self {
        Self::bad("database", Verdict::Failing, what, advice)
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

    /// How a component is; `None`: it does not answer. Whether its upstream answers is nobody's trouble if it is not used.
    #[must_use]
    pub fn of_component(name: &str, health: Option<&ComponentHealth>, is_used: bool) -> Self {
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
                "set the variables as docs/settings.md says, and start again",
            );
        }
        let settings = format!("it answers; {} settings are right", health.settings);
        match &health.upstream {
            Some(upstream) => match &upstream.problem {
                None => Self::ok(&check, format!("{settings}; {} answers", upstream.origin)),
                Some(problem) if !is_used => Self::ok(
                    &check,
                    format!(
                        "{settings}; nobody uses it ({}: {problem})",
                        upstream.origin
                    ),
                ),
                Some(problem) => Self::bad(
                    &check,
                    Verdict::Warning,
                    format!("{settings}, but {}: {problem}", upstream.origin),
                    "calls of this service fail; check the address and the network",
                ),
            },
            None => Self::ok(&check, settings),
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
    use tasker_domain::diagnosis::UpstreamHealth;

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
    fn a_database_is_told_of_before_it_is_full() {
        let limit = 100 << 20;
        for (used, status, refuses) in [
            (0, Verdict::Ok, false),
            ((80 << 20) - 4, Verdict::Ok, false),
            (80 << 20, Verdict::Warning, false),
            (limit, Verdict::Warning, true),
            (limit + 1, Verdict::Warning, true),
        ] {
            let check = Check::of_limit(used, limit);
            assert_eq!(check.status, status, "{used}");
            assert_eq!(
                check.message.contains("accepted"),
                refuses,
                "{}",
                check.message
            );
            assert_eq!(check.advice.is_some(), status == Verdict::Warning);
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
            has_credentials: false,
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
            let check = Check::of_component("wrappedopenai", found.as_ref(), true);
            assert_eq!(check.status, status, "{check:?}");
        }
        // An upstream that nobody uses need not answer; settings must be right all the same.
        let unused = |problems: &[&str]| {
            let health = health(problems, upstream(Some("no answer")));
            Check::of_component("wrappedopenai", Some(&health), false)
        };
        assert_eq!(
            (unused(&[]).status, unused(&[]).advice),
            (Verdict::Ok, None)
        );
        assert_eq!(unused(&["x is no number"]).status, Verdict::Failing);
    }
}
