//! The operations of the store, for callers: `use tasker_store::prelude::*`.

pub use crate::{
    ApiKeys as _, Audit as _, CallLimits as _, Changes as _, Diagnosis as _, Events as _,
    Finishing as _, Grants as _, History as _, Keystore as _, Leases as _, Metering as _,
    Metrics as _, NamedLeases as _, Pausing as _, Publishing as _, Purge as _, Queue as _,
    Requests as _, Reseal as _, RunWaits as _, Runs as _, Schedules as _, Scheduling as _,
    SharedValues as _, Sleeping as _, Slices as _, Stopping as _, Sweeping as _, Tasks as _,
    Webhooks as _, WrongKeys as _,
};
