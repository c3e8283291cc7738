//! How much the journal of a run may hold yet.
//!
//! Other frames of the run may add to it meanwhile; each counts anew when it wakes.

use tasker_domain::{Call, ErrorCode, ErrorValue, Outcome};
use tasker_store::Frame;

/// The bytes of a run's journal.
pub(super) struct Room {
    held: u64,
    bound: u64,
}

impl Room {
    pub(super) fn new(held: u64, bound: u64) -> Self {
        Self { held, bound }
    }

    /// Refuses to go on with a journal that holds more than it may.
    pub(super) fn check(&self) -> Result<(), ErrorValue> {
        self.with(0).map(drop)
    }

    /// Counts what a settled call adds, unless that would be too much.
    pub(super) fn take(&mut self, call: &Call, outcome: &Outcome) -> Result<(), ErrorValue> {
        let options = call.options.as_deref().map_or(0, str::len);
        let value = match outcome {
            Ok(value) => value.len(),
            Err(error) => error.message.len(),
        };
        self.held = self.with(call.args.len() + options + value)?;
        Ok(())
    }

    /// The outcome of a frame. That of a nested task is journaled with its arguments, unless that would be too much.
    pub(super) fn admit(&self, frame: &Frame, outcome: Outcome) -> Outcome {
        match outcome {
            Ok(value) if frame.path.parent().is_some() => {
                self.with(frame.input.len() + value.len())?;
                Ok(value)
            }
            outcome => outcome,
        }
    }

    fn with(&self, bytes: usize) -> Result<u64, ErrorValue> {
        let held = self.held + bytes as u64;
        match held > self.bound {
            false => Ok(held),
            true => Err(ErrorValue::new(
                ErrorCode::JournalLimit,
                format!(
                    "the calls of a run may take {} MiB together in its journal",
                    self.bound >> 20
                ),
            )),
        }
    }
}
