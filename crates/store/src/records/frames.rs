//! How many frames a run may have.

use tasker_domain::{ErrorCode, ErrorValue};

/// How a nested task ends for which its run has no room.
pub(crate) fn too_many(frames: u32) -> ErrorValue {
    ErrorValue::new(
        ErrorCode::FramesLimit,
        format!("at most {frames} tasks of a run may be unfinished at once, nested ones included"),
    )
}
