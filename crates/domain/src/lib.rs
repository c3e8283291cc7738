//! What Tasker's parts agree on: ids, statuses, records, wire contracts and error codes. No I/O.

pub mod access;
pub mod audit;
mod code;
pub mod diagnosis;
pub mod event;
mod event_url;
pub mod figures;
pub mod hash;
mod id;
pub mod internal;
pub mod json;
pub mod keystore;
mod log;
mod mac;
pub mod module;
pub mod options;
mod progress;
pub mod reach;
mod record;
pub mod retry;
mod schedule;
mod secret;
pub mod started;
mod status;
mod stop;
pub mod tag;
pub mod timer;
pub mod trace;
mod value;
pub mod webhook;
pub mod wire;
mod words;

pub use code::ErrorCode;
pub use event_url::{EventUrl, Page as EventPage};
pub use id::{Lease, LeaseToken, Path, RunId, StackRunId};
pub use log::{LogBound, LogBuffer, LogLevel, LogLine};
pub use progress::{PROGRESS_MAX_BYTES, Progress};
pub use record::{
    Call, Claimed, FailedAttempt, JournalEntry, NEVER, Run, RunLog, SnapshotInfo, StackRun,
    TaskFunction, Work,
};
pub use schedule::{CatchUp, Origin, Overlap, QUEUED_MAX, Schedule, Skipped, WhySkipped};
pub use status::{RunStatus, StackStatus};
pub use stop::{Stop, StopCause};
pub use value::{ErrorValue, Json, Outcome, Reason};
