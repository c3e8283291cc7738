//! What becomes of a call after an attempt: it settles, or is tried again after a pause.

use tasker_domain::retry::Policy;
use tasker_domain::wire::ServiceError;
use tasker_domain::{Call, ErrorValue, Outcome};
use tasker_world::World;

use crate::service::Answer;

/// What becomes of a call after an attempt.
pub(crate) enum Verdict {
    /// It settles: with its value, or because it is given up.
    Settle(Outcome),
    /// It is tried again.
    Again {
        /// After so many milliseconds.
        pause: i64,
        /// How the attempt failed.
        error: ErrorValue,
    },
}

impl Verdict {
    /// The verdict on an answer; `before` attempts have failed earlier. `policy` is that of calls which say nothing themselves.
    pub(crate) fn on(
        world: &impl World,
        policy: &Policy,
        call: &Call,
        before: u32,
        answer: Answer,
    ) -> Self {
        let failure = match answer {
            Ok(value) => return Self::Settle(Ok(value)),
            Err(failure) => failure,
        };
        let (failed, [random]) = (before + 1, world.random());
        let policy = policy.with(&call.options());
        if let Some(pause) = policy.next(failed, &failure, random) {
            let error = failure.error;
            return Self::Again { pause, error };
        }
        Self::Settle(given_up(failure, failed))
    }
}

/// The outcome of a call that is not tried again after so many attempts. An upstream's answer is one, if the service says so.
fn given_up(failure: ServiceError, failed: u32) -> Outcome {
    if let Some(answer) = failure.answer {
        return Ok(answer);
    }
    let mut error = failure.error;
    if failed > 1 {
        error.attempts = Some(failed);
    }
    Err(error)
}

#[cfg(test)]
mod tests {
    use tasker_domain::ErrorCode;
    use tasker_service::retryable;

    use super::*;

    #[test]
    fn an_answer_is_the_outcome_of_a_call_that_is_given_up() {
        let failure = retryable(ErrorCode::UpstreamFailed, "it answered 503", None);
        let error = given_up(failure.clone(), 1).unwrap_err();
        assert_eq!(error.attempts, None);
        let error = given_up(failure.clone(), 5).unwrap_err();
        assert_eq!(error.attempts, Some(5));
        let answered = ServiceError {
            answer: Some(r#"{"status":503}"#.to_owned()),
            ..failure
        };
        assert_eq!(given_up(answered, 5).unwrap(), r#"{"status":503}"#);
    }
}
