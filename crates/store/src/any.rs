//! A store of whichever backend.
//!
//! An enum and no trait object: what a component does not call is not kept in it.

use ambassador::Delegate;
use tasker_domain::access::ApiKey;
use tasker_domain::audit::{Deed, NotedDeed};
use tasker_domain::diagnosis::{Backlog, Damage, DamageKind, DatabaseState, Wait};
use tasker_domain::event::EventWait;
use tasker_domain::figures::Figure;
use tasker_domain::trace::TraceParent;
use tasker_domain::webhook::Webhook;
use tasker_domain::{
    Call, Claimed, JournalEntry, Lease, Path, Progress, Run, RunId, RunLog, RunStatus, Schedule,
    StackRun, StackRunId, Stop, TaskFunction,
};

use crate::api_keys::{ApiKeys, ambassador_impl_ApiKeys};
use crate::audit::{Audit, ambassador_impl_Audit};
use crate::diagnosis::{Diagnosis, ambassador_impl_Diagnosis};
use crate::events::{Events, ambassador_impl_Events};
use crate::finish::{Finishing, ambassador_impl_Finishing};
use crate::history::{History, ambassador_impl_History};
use crate::keystore::{
    Changes, Keystore, Reseal, ambassador_impl_Changes, ambassador_impl_Keystore,
    ambassador_impl_Reseal,
};
use crate::leases::{Leases, ambassador_impl_Leases};
use crate::metering::{Metering, Metrics, ambassador_impl_Metering, ambassador_impl_Metrics};
use crate::named_leases::{NamedLeases, ambassador_impl_NamedLeases};
use crate::pause::{Pausing, ambassador_impl_Pausing};
use crate::publishing::{Publishing, ambassador_impl_Publishing};
use crate::queue::{Queue, ambassador_impl_Queue};
use crate::requests::{Requests, ambassador_impl_Requests};
use crate::retention::{Purge, ambassador_impl_Purge};
use crate::run_waits::{RunWaits, ambassador_impl_RunWaits};
use crate::runs::{Runs, ambassador_impl_Runs};
use crate::schedules::{
    Schedules, Scheduling, ambassador_impl_Schedules, ambassador_impl_Scheduling,
};
use crate::services::{
    CallLimits, Grants, SharedValues, ambassador_impl_CallLimits, ambassador_impl_Grants,
    ambassador_impl_SharedValues,
};
use crate::sleep::{Sleeping, ambassador_impl_Sleeping};
use crate::slices::{Slices, ambassador_impl_Slices};
use crate::stop::{Stopping, ambassador_impl_Stopping};
use crate::sweep::{Sweeping, ambassador_impl_Sweeping};
use crate::tasks::{Tasks, ambassador_impl_Tasks};
use crate::webhooks::{Webhooks, ambassador_impl_Webhooks};
use crate::wrong_keys::{WrongKeys, ambassador_impl_WrongKeys};
use crate::{
    Absorbed, Admission, AtWork, BeforeChange, Cancellation, Change, ChangeOf, ConcurrencyLimit,
    Control, DatabaseSize, DeedFilter, DeliveryOutcome, DueWebhook, Failure, Finish, Fired, Firing,
    FollowUp, Frame, FrameGrants, Held, LeaseOutcome, LeaseTerms, Mark, Namespace, NewCall,
    NewEntry, NewEvent, NewLease, NewLog, NewRun, Page, Pause, Publication, Publish, Purged,
    Requested, Result, Retention, RunCount, RunQuery, RunRemoved, ScheduleRemoved, ScheduleSet,
    SealedValue, Sent, SetSchedule, Shared, SharedKey, Sleep, StoredFrame, Submitted, SweepReport,
    SweepTerms, Tagged, TaskRef, TaskSettings,
};

/// A store of one of two backends.
#[derive(Debug, Delegate)]
#[delegate(Tasks)]
#[delegate(Publishing)]
#[delegate(Runs)]
#[delegate(RunWaits)]
#[delegate(History)]
#[delegate(Queue)]
#[delegate(Leases)]
#[delegate(NamedLeases)]
#[delegate(Slices)]
#[delegate(Sleeping)]
#[delegate(Finishing)]
#[delegate(Stopping)]
#[delegate(Pausing)]
#[delegate(Sweeping)]
#[delegate(Events)]
#[delegate(Keystore)]
#[delegate(Changes)]
#[delegate(Grants)]
#[delegate(CallLimits)]
#[delegate(SharedValues)]
#[delegate(Reseal)]
#[delegate(Schedules)]
#[delegate(Scheduling)]
#[delegate(Purge)]
#[delegate(Diagnosis)]
#[delegate(Metering)]
#[delegate(Metrics)]
#[delegate(Webhooks)]
#[delegate(ApiKeys)]
#[delegate(Audit)]
#[delegate(Requests)]
#[delegate(WrongKeys)]
pub enum AnyStore<S, P> {
    /// In a SQLite database.
    Sqlite(S),
    /// In a PostgreSQL database.
    Postgres(P),
}
