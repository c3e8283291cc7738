//! How far a run is, as its tasks say by `tools.progress`.

use crate::Json;

/// Bytes of one value, as JSON.
pub const PROGRESS_MAX_BYTES: usize = 4 << 10;

/// What a task has said of how far the run is. Of all that the tasks of a run say the newest is kept: the one that is
/// last by the tasks' clocks, and of one moment the one with the greatest number. A replay says again what was said before it, and
/// changes nothing by that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// How many times its frame had said so by then; the same in a replay.
    pub number: u32,
    /// Virtual time, milliseconds since the Unix epoch; the same in a replay.
    pub at: i64,
    /// What was said.
    pub value: Json,
}
