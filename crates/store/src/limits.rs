//! The bounds that the store itself holds.

/// How many lines a run's log has at most, not counting [`LOG_LIMIT_MESSAGE`].
pub const LOG_LINES: i64 = 10_000;
/// How many bytes the messages of a run's log have at most together.
pub const LOG_BYTES: i64 = 2 * 1024 * 1024;
/// The last line of a log that has reached its bound.
pub const LOG_LIMIT_MESSAGE: &str =
    "log limit reached: a run keeps at most 10000 lines and 2 MiB; later lines are dropped";

/// The most calls that an event settles while it is sent, and the most waits that it looks at. Calls beyond
/// that become due and look at the event by themselves.
pub(crate) const EVENT_DELIVERIES: usize = 1_000;
pub(crate) const WAITS_LOOKED_AT: u32 = 10_000;
/// Early events are looked at in pages of this size.
pub(crate) const EARLY_PAGE: u32 = 500;
/// Due rows are counted up to this: a flood must not make every sweep walk over it.
pub(crate) const DUE_COUNTED: u32 = 1_000;
/// Entries and lines of the runs of a batch that go in one transaction: a run may have very many.
pub(crate) const ROWS_PURGED: u32 = 5_000;
