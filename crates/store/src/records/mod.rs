//! What the backends make of the rows that they read, and of what they write: the same for every
//! database. A backend knows this and nothing of the other one.

pub(crate) mod api_keys;
pub(crate) mod attempts;
pub(crate) mod audit;
pub(crate) mod diagnosis;
pub(crate) mod events;
pub(crate) mod frames;
pub(crate) mod journal;
pub(crate) mod keystore;
pub(crate) mod logs;
pub(crate) mod metering;
pub(crate) mod queue;
pub(crate) mod retention;
pub(crate) mod runs;
pub(crate) mod schedules;
pub(crate) mod slices;
pub(crate) mod slots;
pub(crate) mod stop;
pub(crate) mod tasks;
pub(crate) mod webhooks;
