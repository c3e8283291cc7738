use std::time::Duration;

use tasker_domain::LogBound;

/// The bounds of one frame. Reaching one is a clear error with a code, never a trap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of VM memory, the engine's own included. At most 64 MiB. Code `memory_limit`.
    pub memory_bytes: usize,
    /// Computing time of one slice, counted only inside the VM. Code `cpu_limit`.
    pub cpu: Duration,
    /// Bytes of one log line (UTF-8); the rest is cut and marked.
    pub log_line_bytes: usize,
    /// How much of what is logged between two turns is kept.
    pub log: LogBound,
    /// Bytes of one call's arguments as JSON. Code `args_too_large`.
    pub args_bytes: usize,
    /// Bytes of the frame's result as JSON. Code `result_too_large`.
    pub result_bytes: usize,
    /// Calls that may be out at the same time. Code `outstanding_limit`.
    pub outstanding_calls: usize,
    /// Bytes of a stored snapshot.
    pub snapshot_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            memory_bytes: 64 << 20,
            cpu: Duration::from_secs(5),
            log_line_bytes: 8 << 10,
            log: LogBound::default(),
            args_bytes: 1 << 20,
            result_bytes: 4 << 20,
            outstanding_calls: 10_000,
            snapshot_bytes: 16 << 20,
        }
    }
}
