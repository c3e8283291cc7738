//! What becomes of a call after an attempt: it settles, or is tried again after a pause.

use tasker_domain::retry::Policy;
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
        let mut failure = match answer {
            Ok(value) => return Self::Settle(Ok(value)),
            Err(failure) => failure,
        };
        let (failed, [random]) = (before + 1, world.random());
        let policy = policy.with(&call.options());
        if let Some(pause) = policy.next(failed, &failure, random) {
            let error = failure.error;
            return Self::Again { pause, error };
        }
        if failed > 1 {
            failure.error.attempts = Some(failed);
        }
        Self::Settle(Err(failure.error))
    }
}
