//! The store: everything that Tasker knows, and the only place with SQL.
//!
//! What can be done stands in a trait for each subject; [`Store`] is all of those about runs and their
//! stack together. Each operation is one transaction: it happens whole or not at all. Operations under
//! a lease fail with [`Error::LeaseLost`] and write nothing once the lease has passed on; a lease that
//! has expired, but that nobody has reclaimed, still holds.
//!
//! The backends behave alike and are tested by one suite. Each implements a trait in the file that is
//! named like the trait's own; what is one statement on both stands once, in `portable`. Times are
//! milliseconds since the Unix epoch and come from the caller, so that a test holds the clock.

mod any;
mod api_keys;
mod audit;
pub mod diagnosis;
mod error;
mod events;
mod finish;
mod firing;
mod history;
mod keystore;
mod leases;
mod limits;
mod logs;
pub mod metering;
mod named_leases;
mod page;
mod pause;
mod portable;
pub mod postgres;
pub mod prelude;
mod publishing;
mod queue;
mod records;
mod requests;
mod retention;
mod row;
mod run_waits;
mod runs;
mod schedules;
mod schema;
mod services;
mod sleep;
mod slices;
mod snapshot;
pub mod sqlite;
mod stop;
mod sweep;
mod tasks;
mod webhooks;
mod wrong_keys;

pub use any::AnyStore;
pub use api_keys::ApiKeys;
pub use audit::{Audit, DeedFilter};
pub use diagnosis::{Diagnosis, StoredFrame};
pub use error::{Error, Result, unless_lost};
pub use events::{Events, FOREVER, NewEvent, Sent};
pub use finish::{Finish, Finishing, FollowUp};
pub use history::History;
pub use keystore::{
    BeforeChange, Change, ChangeOf, Changes, Held, Keystore, Namespace, Reseal, SealedValue,
};
pub use leases::{Control, Failure, LeaseTerms, Leases};
pub use logs::NewLog;
pub use metering::{DatabaseSize, Metering, Metrics, RunCount};
pub use named_leases::{DRAINER, LeaseOutcome, NamedLeases, NewLease, calls_of};
pub use page::Page;
pub use pause::{Pause, Pausing};
pub use publishing::{Publication, Publish, Publishing};
pub use queue::{AtWork, Queue};
pub use requests::{REQUESTS_MS, Requested, Requests};
pub use retention::{Purge, Purged, Retention, RunRemoved};
pub use run_waits::RunWaits;
pub use runs::{
    ConcurrencyLimit, Mark, NewRun, RunFilter, RunQuery, RunTerms, Runs, Starter, Submitted, Tagged,
};
pub use schedules::{
    Fired, Firing, Moment, ScheduleRemoved, ScheduleSet, ScheduledRun, Schedules, Scheduling,
    SetSchedule,
};
pub use services::{
    Admission, CallLimits, FrameGrants, Grants, NewCall, Shared, SharedKey, SharedValues, WINDOW_MS,
};
pub use sleep::{Child, Sleep, Sleeping, Suspend};
pub use slices::{Absorbed, Frame, NewEntry, Slices};
pub use snapshot::SnapshotRecord;
pub use stop::{Cancellation, Stopping};
pub use sweep::{SweepReport, SweepTerms, Sweeping};
pub use tasks::{Concurrency, TaskRef, TaskSettings, Tasks};
pub use webhooks::{DeliveryOutcome, DueWebhook, Webhooks};
pub use wrong_keys::{WRONG_KEYS_CLIENTS, WRONG_KEYS_MS, WrongKeys};

/// Everything that can be done with tasks, runs and their stack.
pub trait Store:
    Tasks
    + Publishing
    + Runs
    + RunWaits
    + History
    + Queue
    + Leases
    + NamedLeases
    + Slices
    + Sleeping
    + Finishing
    + Stopping
    + Pausing
    + Sweeping
{
}

impl<T> Store for T where
    T: Tasks
        + Publishing
        + Runs
        + RunWaits
        + History
        + Queue
        + Leases
        + NamedLeases
        + Slices
        + Sleeping
        + Finishing
        + Stopping
        + Pausing
        + Sweeping
{
}
