//! The state of a VM as it is stored.

use tasker_domain::Call;

/// A stored snapshot of a frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnapshotRecord {
    /// As the VM made it, sealed if the app has a key for that.
    pub bytes: Vec<u8>,
    /// Size of the difference before compression.
    pub raw_bytes: u64,
    /// The engine that made it.
    pub engine: String,
    /// The journal position at which it was taken.
    pub position: u32,
    /// The calls that were out at that moment and have no row of their own: the slice was making
    /// them itself.
    pub in_flight: Vec<Call>,
}
