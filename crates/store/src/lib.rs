//! The store: everything that Tasker knows, and the only place with SQL.
//!
//! [`Store`] says what can be done; each operation is one transaction. Its backends behave alike
//! and are tested by one suite. Times are milliseconds since the Unix epoch and come from the
//! caller, so that a test holds the clock.

mod any;
pub mod diagnosis;
mod error;
mod events;
mod keystore;
mod limits;
pub mod metering;
mod ops;
mod page;
pub mod postgres;
mod records;
mod retention;
mod row;
mod runs;
mod schedules;
mod services;
mod slices;
pub mod sqlite;
mod sweep;
mod webhooks;

pub use any::AnyStore;
pub use diagnosis::{Diagnosis, StoredFrame};
pub use error::{Error, Result, unless_lost};
pub use events::{Events, FOREVER, NewEvent, Sent};
pub use keystore::{Keystore, Reseal, SealedValue};
pub use limits::{LOG_BYTES, LOG_LIMIT_MESSAGE, LOG_LINES};
pub use metering::{DatabaseSize, Metering, RunCount};
pub use ops::Store;
pub use page::Page;
pub use retention::{Concurrency, Purge, Purged, Retention, RunRemoved, TaskSettings};
pub use runs::{
    Cancellation, NewRun, Pause, Progress, Publish, RunFilter, RunQuery, RunTerms, Slot, Submitted,
    TaskRef,
};
pub use schedules::{
    Fired, Firing, Moment, Publication, ScheduleRemoved, ScheduleSet, ScheduledRun, Schedules,
    SetSchedule,
};
pub use services::{
    Admission, CallLimits, FrameGrants, Grants, NewCall, Shared, SharedKey, SharedValues, WINDOW_MS,
};
pub use slices::{
    Absorbed, Child, Control, Failure, Finish, Frame, LeaseTerms, NewEntry, Settled, Sleep,
    SnapshotRecord, Suspend,
};
pub use sweep::{SweepReport, SweepTerms};
pub use webhooks::{DueWebhook, Told, Webhooks};
