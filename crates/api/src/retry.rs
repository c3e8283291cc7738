//! How runs that fail are begun again.

use serde::{Deserialize, Serialize};
use tasker_domain::ErrorCode;
use tasker_domain::retry::{Policy, RUN_ATTEMPTS_MAX};
use utoipa::ToSchema;

use crate::Problem;

/// Longest pause between two attempts, in milliseconds: a day.
const PAUSE_MAX_MS: i64 = 86_400_000;

/// How a run that fails is begun again, whatever it fails with. What is absent is as the task or the app
/// says.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RetryRun {
    /// It is tried so often in all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 20)]
    pub attempts: Option<u32>,
    /// The first pause, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 86_400_000)]
    pub initial_ms: Option<i64>,
    /// The factor from one pause to the next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 100)]
    pub factor: Option<f64>,
    /// The longest pause, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 86_400_000)]
    pub max_ms: Option<i64>,
    /// Whether a pause is cut by chance, to between half and all of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jitter: Option<bool>,
}

/// `POST /runs/{id}/retry`: how an ended run is run again.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RunAgain {
    /// At which versions.
    #[serde(default, skip_serializing_if = "Versions::is_newest")]
    #[schema(required = false)]
    pub version: Versions,
}

/// At which versions an ended run is run again.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Versions {
    /// Its task and the nested ones at those that are current now; the input must fit.
    #[default]
    Newest,
    /// All at those that the ended run met.
    Same,
}

impl Versions {
    /// Whether they are the newest ones.
    #[must_use]
    pub fn is_newest(&self) -> bool {
        *self == Self::Newest
    }
}

impl RetryRun {
    /// The policy of a run with these wishes.
    ///
    /// # Errors
    /// [`ErrorCode::RetryInvalid`].
    pub fn on(&self, policy: Policy) -> Result<Policy, Problem> {
        let is_pause = |ms: Option<i64>| ms.is_none_or(|ms| (0..=PAUSE_MAX_MS).contains(&ms));
        if let Some(number) = self.attempts {
            attempts(i64::from(number))?;
        }
        if !is_pause(self.initial_ms) || !is_pause(self.max_ms) {
            return Err(invalid(format!(
                "`retry`: `initialMs` and `maxMs` must be 0 to {PAUSE_MAX_MS}"
            )));
        }
        if self
            .factor
            .is_some_and(|factor| !(1.0..=100.0).contains(&factor))
        {
            return Err(invalid("`retry`: `factor` must be 1 to 100".to_owned()));
        }
        Ok(Policy {
            attempts: self.attempts.unwrap_or(policy.attempts),
            initial_ms: self.initial_ms.unwrap_or(policy.initial_ms),
            factor: self.factor.unwrap_or(policy.factor),
            max_ms: self.max_ms.unwrap_or(policy.max_ms),
            jitter: self.jitter.unwrap_or(policy.jitter),
            on: None,
        })
    }
}

/// The number of attempts of a `@retry` tag.
///
/// # Errors
/// [`ErrorCode::RetryInvalid`] unless it is a whole number from 1 to 20.
pub fn retry_tag(text: &str) -> Result<u32, Problem> {
    let word = text.split_whitespace().next().unwrap_or_default();
    match word.parse() {
        Ok(number) => attempts(number),
        Err(_) => {
            let shown: String = word.chars().take(40).collect();
            Err(invalid(format!(
                "`@retry {shown}` is not a number of attempts"
            )))
        }
    }
}

fn attempts(number: i64) -> Result<u32, Problem> {
    u32::try_from(number)
        .ok()
        .filter(|number| (1..=RUN_ATTEMPTS_MAX).contains(number))
        .ok_or_else(|| {
            invalid(format!(
                "a run has 1 to {RUN_ATTEMPTS_MAX} attempts, not {number}"
            ))
        })
}

fn invalid(detail: String) -> Problem {
    Problem::new(ErrorCode::RetryInvalid, detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wishes_are_bounded_and_stand_on_the_policy() {
        assert_eq!(
            (retry_tag("3 times").unwrap(), retry_tag("20").unwrap()),
            (3, 20)
        );
        for bad in ["", "0", "21", "often", "-1", "99999999999999999999"] {
            assert!(
                retry_tag(bad).unwrap_err().is(ErrorCode::RetryInvalid),
                "{bad}"
            );
        }
        let wishes = |json: &str| {
            serde_json::from_str::<RetryRun>(json)
                .unwrap()
                .on(Policy::default())
        };
        let policy = wishes(r#"{"attempts":2,"factor":1.5,"jitter":false}"#).unwrap();
        assert_eq!((policy.attempts, policy.pause_ms(2, None, 0)), (2, 300));
        for bad in [
            r#"{"attempts":0}"#,
            r#"{"attempts":21}"#,
            r#"{"initialMs":-1}"#,
            r#"{"maxMs":86400001}"#,
            r#"{"factor":0.5}"#,
        ] {
            assert!(
                wishes(bad).unwrap_err().is(ErrorCode::RetryInvalid),
                "{bad}"
            );
        }
    }
}
