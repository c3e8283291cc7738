//! `GET /health`, `GET /health/ready` and `GET /doctor`: how the system is, and what to do.

mod check;
mod waiting;

use serde::{Deserialize, Serialize};
use tasker_domain::ErrorCode;
use tasker_domain::diagnosis::Damage;
use utoipa::{IntoParams, ToSchema};

pub use check::{BACKLOG_COUNTED, Check, Readiness, Trouble, Verdict, is_late, worst};
pub use waiting::Waiting;

use crate::{Problem, Timestamp};

/// How many problems of one kind are counted.
pub const DAMAGE_SHOWN: u32 = 50;
/// How many waiting runs are shown.
pub const WAITING_SHOWN: u32 = 50;
/// Runs that have not moved for this long are shown, unless the query says otherwise.
const WAITING_SECONDS: u32 = 60;
/// A year: nobody asks for more.
const WAITING_MAX_SECONDS: u32 = 31_536_000;

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
    /// Shows runs that have not moved for this many seconds: at most a year's, 60 if absent.
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use tasker_domain::diagnosis::DamageKind;

    use super::*;

    #[test]
    fn every_kind_of_damage_has_a_word_of_its_own_and_a_next_step() {
        let mut seen = BTreeSet::new();
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
            assert!(
                !found.message.is_empty() && !found.next.is_empty() && !found.repair.is_empty()
            );
            assert_eq!((found.task_run_id, found.since), (None, None));
        }
    }
}
