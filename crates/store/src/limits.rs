//! The bounds that the store itself holds.

/// The most calls that an event settles while it is sent, and the most waits that it looks at. Calls beyond
/// that become due and look at the event by themselves.
pub(crate) const EVENT_DELIVERIES: usize = 1_000;
pub(crate) const WAITS_LOOKED_AT: u32 = 10_000;
/// How many bytes the texts of a page have at most together, unless its first item has more: each may be large.
pub(crate) const PAGE_BYTES: i64 = 8 << 20;
/// Early events are looked at in pages of this size.
pub(crate) const EARLY_PAGE: u32 = 500;
/// Due rows are counted up to this: a flood must not make every sweep walk over it.
pub(crate) const DUE_COUNTED: u32 = 1_000;
/// Entries and lines of the runs of a batch that go in one transaction: a run may have very many.
pub(crate) const ROWS_PURGED: u32 = 5_000;
