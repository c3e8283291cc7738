//! The one retry policy: exponential back-off with jitter, and a bound on attempts.

use serde::{Deserialize, Serialize};

use crate::options::{CallOptions, RetryOn};
use crate::wire::ServiceError;
use crate::{ErrorCode, ErrorValue};

/// A stack run whose executor was lost this often is given up.
pub const EXECUTOR_ATTEMPTS: u32 = 5;

/// Most attempts of a run.
pub const RUN_ATTEMPTS_MAX: u32 = 20;

/// Errors that are not the task's fault: the machinery under the run has failed.
const FAULTS: [ErrorCode; 5] = [
    ErrorCode::ExecutorLost,
    ErrorCode::ExecutorUnavailable,
    ErrorCode::JournalMismatch,
    ErrorCode::StoreUnavailable,
    ErrorCode::Internal,
];

/// Whether an error is not the task's fault, but that of the machinery under it.
#[must_use]
pub fn is_fault(error: &ErrorValue) -> bool {
    FAULTS
        .iter()
        .any(|fault| error.code.as_deref() == Some(fault.as_str()))
}

/// How a run that fails is begun again.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RunRetry {
    /// How long to wait before each further attempt, in milliseconds: there may be as many as these.
    pub pauses: Vec<i64>,
    /// Whether it is begun again after any error, or only after faults.
    pub any: bool,
}

impl RunRetry {
    /// In how many milliseconds a run is begun again after its attempt number `failed` (from 1) has ended with
    /// this error; `None`: never.
    #[must_use]
    pub fn next(&self, failed: u32, error: &ErrorValue) -> Option<i64> {
        let index = usize::try_from(failed.checked_sub(1)?).ok()?;
        (self.any || is_fault(error)).then(|| self.pauses.get(index).copied())?
    }

    /// When the run is begun again after its attempt number `failed` has ended now, as [`Self::next`] says. One without time
    /// for another attempt ends with its own error, not with that of its time limit.
    #[must_use]
    pub fn next_at(
        &self,
        failed: u32,
        error: &ErrorValue,
        deadline: Option<i64>,
        now: i64,
    ) -> Option<i64> {
        let next_at = now.saturating_add(self.next(failed, error)?);
        deadline
            .is_none_or(|deadline| next_at < deadline)
            .then_some(next_at)
    }
}

/// An upstream's own wish counts up to an hour.
const WISH_MAX_MS: i64 = 3_600_000;

/// How what fails is tried again.
#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    /// How often it is tried in all.
    pub attempts: u32,
    /// The first pause, in milliseconds.
    pub initial_ms: i64,
    /// How many times as long as the one before each pause is.
    pub factor: f64,
    /// The longest pause, in milliseconds.
    pub max_ms: i64,
    /// Whether a pause is cut by chance, to between half and all of it.
    pub jitter: bool,
    /// After which errors; `None`: after those that the service says may pass.
    pub on: Option<Vec<RetryOn>>,
}

impl Default for Policy {
    /// Five attempts; 200 ms, doubled with each failure up to 30 s.
    fn default() -> Self {
        Self {
            attempts: 5,
            initial_ms: 200,
            factor: 2.0,
            max_ms: 30_000,
            jitter: true,
            on: None,
        }
    }
}

impl Policy {
    /// The policy for a call with such options.
    #[must_use]
    pub fn with(&self, options: &CallOptions) -> Self {
        let Some(retry) = options.retry.clone() else {
            return self.clone();
        };
        Self {
            attempts: retry.attempts.unwrap_or(self.attempts),
            initial_ms: retry.initial_ms.unwrap_or(self.initial_ms),
            factor: retry.factor.unwrap_or(self.factor),
            max_ms: retry.max_ms.unwrap_or(self.max_ms),
            jitter: retry.jitter.unwrap_or(self.jitter),
            on: retry.on.or_else(|| self.on.clone()),
        }
    }

    /// In how many milliseconds a call is tried again after its attempt number `failed` (from 1) has ended
    /// with this error; `None`: never.
    #[must_use]
    pub fn next(&self, failed: u32, error: &ServiceError, random: u8) -> Option<i64> {
        (failed < self.attempts && self.covers(error))
            .then(|| self.pause_ms(failed, error.retry_after_ms, random))
    }

    /// The same for a run: `random` cuts each of its pauses.
    #[must_use]
    pub fn of_run(&self, any: bool, mut random: impl FnMut() -> u8) -> RunRetry {
        RunRetry {
            pauses: (1..self.attempts.min(RUN_ATTEMPTS_MAX))
                .map(|failed| self.pause_ms(failed, None, random()))
                .collect(),
            any,
        }
    }

    /// Whether a call is made again although the upstream may have done what an earlier attempt asked.
    #[must_use]
    pub fn covers_unknown(&self) -> bool {
        let on = self.on.as_deref().unwrap_or_default();
        on.iter().any(|on| match on {
            RetryOn::Status(_) => false,
            RetryOn::Word(word) => {
                ["any", "unknown", ErrorCode::OutcomeUnknown.as_str()].contains(&word.as_str())
            }
        })
    }

    fn covers(&self, error: &ServiceError) -> bool {
        let Some(on) = &self.on else {
            return error.retryable;
        };
        on.iter().any(|on| match on {
            RetryOn::Status(status) => error.error.status == Some(*status),
            RetryOn::Word(word) if word == "any" => true,
            RetryOn::Word(word) if word == "retryable" => error.retryable,
            RetryOn::Word(word) if word == "unknown" => error.outcome_unknown,
            RetryOn::Word(word) => error.error.code.as_deref() == Some(word),
        })
    }

    /// How long to wait, in milliseconds, after `failed` attempts (at least 1) before the next;
    /// `random` leaves between half and all of it. An upstream's own wish (`Retry-After`) counts where
    /// it is longer.
    #[must_use]
    pub fn pause_ms(&self, failed: u32, wish_ms: Option<i64>, random: u8) -> i64 {
        let doublings = i32::try_from(failed.saturating_sub(1).min(1_000)).unwrap_or(0);
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            reason = "milliseconds of at most a day; a float is cut to what fits"
        )]
        let full = ((self.initial_ms as f64 * self.factor.powi(doublings)) as i64).min(self.max_ms);
        let pause = match self.jitter {
            true => full / 2 + (full - full / 2) * i64::from(random) / i64::from(u8::MAX),
            false => full,
        };
        pause.max(wish_ms.unwrap_or(0).clamp(0, WISH_MAX_MS))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(retryable: bool) -> ServiceError {
        ServiceError {
            error: ErrorValue {
                status: Some(503),
                ..ErrorValue::new(ErrorCode::UpstreamFailed, "no")
            },
            retryable,
            retry_after_ms: None,
            outcome_unknown: false,
            answer: None,
        }
    }

    #[test]
    fn backs_off_within_its_bounds() {
        let policy = Policy::default();
        assert_eq!(
            (policy.pause_ms(1, None, 0), policy.pause_ms(1, None, 255)),
            (100, 200)
        );
        assert_eq!(policy.pause_ms(2, None, 255), 400);
        assert_eq!(policy.pause_ms(u32::MAX, None, 255), 30_000);
        assert_eq!(policy.pause_ms(1, Some(5_000), 0), 5_000);
        assert_eq!(policy.pause_ms(1, Some(i64::MAX), 0), 3_600_000);
        assert_eq!(policy.pause_ms(1, Some(-1), 255), 200);
    }

    #[test]
    fn a_run_is_begun_again_after_faults_or_if_it_is_asked_for() {
        let policy = Policy {
            attempts: 3,
            jitter: false,
            ..Policy::default()
        };
        let fault = ErrorValue::new(ErrorCode::ExecutorLost, "lost");
        let own = ErrorValue {
            code: None,
            ..fault.clone()
        };
        let retry = policy.of_run(false, || 0);
        assert_eq!(retry.pauses, [200, 400]);
        assert_eq!(
            [0, 1, 2, 3].map(|failed| retry.next(failed, &fault)),
            [None, Some(200), Some(400), None]
        );
        assert_eq!(retry.next(1, &own), None);
        let next_at = |deadline| retry.next_at(1, &fault, deadline, 1_000);
        assert_eq!(next_at(None), Some(1_200));
        assert_eq!(
            (next_at(Some(1_200)), next_at(Some(1_201))),
            (None, Some(1_200))
        );
        assert_eq!(retry.next_at(1, &fault, None, i64::MAX), Some(i64::MAX));
        assert_eq!(retry.next_at(3, &fault, None, 1_000), None);
        assert_eq!(policy.of_run(true, || 0).next(1, &own), Some(200));
        let endless = Policy {
            attempts: u32::MAX,
            ..policy
        };
        assert_eq!(endless.of_run(true, || 0).pauses.len(), 19);
    }

    #[test]
    fn options_change_the_policy() {
        let options = |json: &str| -> CallOptions { serde_json::from_str(json).unwrap() };
        let policy = |json: &str| Policy::default().with(&options(json));
        assert_eq!(policy(r#"{"timeoutMs":5}"#), Policy::default());
        let flat = policy(r#"{"retry":{"attempts":3,"initialMs":7,"factor":1,"jitter":false}}"#);
        assert_eq!(flat.next(1, &failure(true), 9), Some(7));
        assert_eq!(flat.next(2, &failure(true), 9), Some(7));
        assert_eq!(flat.next(3, &failure(true), 9), None);
        assert_eq!(flat.next(1, &failure(false), 9), None);
        for (on, covers) in [
            ("[503]", true),
            ("[500]", false),
            (r#"["any"]"#, true),
            (r#"["retryable"]"#, false),
            (r#"["upstream_failed"]"#, true),
            (r#"["rate_limited",503]"#, true),
            ("[]", false),
        ] {
            let policy = policy(&format!(r#"{{"retry":{{"on":{on}}}}}"#));
            assert_eq!(policy.next(1, &failure(false), 9).is_some(), covers, "{on}");
        }
        let unknown = ServiceError {
            error: ErrorValue::new(ErrorCode::OutcomeUnknown, "who knows"),
            outcome_unknown: true,
            ..failure(false)
        };
        assert!(!Policy::default().covers_unknown());
        assert_eq!(Policy::default().next(1, &unknown, 9), None);
        for (on, covers) in [
            (r#"["unknown"]"#, true),
            (r#"["any"]"#, true),
            (r#"["outcome_unknown"]"#, true),
            (r#"["retryable",503]"#, false),
        ] {
            let policy = policy(&format!(r#"{{"retry":{{"on":{on}}}}}"#));
            assert_eq!(policy.covers_unknown(), covers, "{on}");
            assert_eq!(policy.next(1, &unknown, 9).is_some(), covers, "{on}");
        }
        let status = policy(r#"{"retry":{"on":["unknown"]}}"#);
        assert_eq!(status.next(1, &failure(true), 9), None);
    }
}
