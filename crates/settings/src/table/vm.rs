//! What a task's VM may use.

use std::time::Duration;

use tasker_domain::internal::KEY_MIN_CHARS;

use super::table;
use crate::Component::{QuickJs, StackProcessor};
use crate::setting::{long, millis, number, seconds};

const MS_MAX: u64 = 3_600_000;

table! {
    "Slices and VMs";

    /// How long one stay of a frame in a VM may last
    ///
    /// A drainer hands over to a fresh one after half of it and its last slices. Attempts of calls that are out then go on.
    SLICE_SECONDS: Duration = seconds(1, 600).or("10").of(&[StackProcessor, QuickJs]);

    /// How long a slice waits for a call with the VM live; 0: it sleeps at every await
    INLINE_WINDOW_MS: Duration = millis(0, MS_MAX).or("10000").of(&[QuickJs]);

    /// Memory of one task's VM
    MEMORY_MIB: usize = number(1, 64).or("64").of(&[QuickJs]);

    /// How much a task may compute in one slice, others on the machine left out of account
    ///
    /// Its own work, [not what others take of the machine](operations.md#computing-time).
    CPU_MS: Duration = millis(1, MS_MAX).or("5000").of(&[QuickJs]);

    /// How many lines of a run's log are kept
    ///
    /// Of a longer one half of them are the first lines and half the newest ones.
    LOG_LINES: u32 = number(2, 100_000).or("10000").of(&[QuickJs]);

    /// How many KiB of a run's log are kept, its messages alone
    ///
    /// Half of them for the first lines, half for the newest ones.
    LOG_KIB: u32 = number(64, 8_192).or("2048").of(&[QuickJs]);

    /// Seals the snapshots of sleeping frames, so that none wakes from one that was changed or moved; empty: they are not sealed
    ///
    /// `tasker up` derives one from `keystore_key`. After another value each frame
    /// that sleeps [replays its journal once](operations.md#change-the-other-secrets).
    SNAPSHOT_KEY: String = long(KEY_MIN_CHARS).secret().or("").of(&[QuickJs]);
}
