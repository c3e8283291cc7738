//! The bounds that the store itself holds.

/// How many lines a run's log has at most, not counting [`LOG_LIMIT_MESSAGE`].
pub const LOG_LINES: i64 = 10_000;
/// How many bytes the messages of a run's log have at most together.
pub const LOG_BYTES: i64 = 2 * 1024 * 1024;
/// The last line of a log that has reached its bound.
pub const LOG_LIMIT_MESSAGE: &str =
    "log limit reached: a run keeps at most 10000 lines and 2 MiB; later lines are dropped";
