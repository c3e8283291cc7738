//! What a diagnosis finds: damage, long waits, and how each component is.

use serde::{Deserialize, Serialize};

use crate::words::words;
use crate::{Path, RunId, StackStatus};

macro_rules! damage {
    ($($(#[$doc:meta])* $variant:ident = $text:literal, $what:literal, $next:literal, $repair:literal;)+) => {
        words! {
            /// A kind of damage: a state that no operation leaves behind, but a crash, a clock that
            /// jumped or a hand in the database can. They are to be repaired in this order.
            #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
            #[serde(rename_all = "snake_case")]
            pub enum DamageKind { $($(#[$doc])* $variant = $text,)+ }
        }

        impl DamageKind {
            /// What is wrong.
            #[must_use]
            pub const fn what(self) -> &'static str {
                match self { $(Self::$variant => $what),+ }
            }

            /// What happens by itself.
            #[must_use]
            pub const fn next(self) -> &'static str {
                match self { $(Self::$variant => $next),+ }
            }

            /// What a repair does about it.
            #[must_use]
            pub const fn repair(self) -> &'static str {
                match self { $(Self::$variant => $repair),+ }
            }
        }
    };
}

damage! {
    /// A live run has no root frame.
    RootMissing = "root_missing",
        "the run is alive, but its frame is gone",
        "nothing: the run would never end",
        "makes the frame again; it replays the run's journal and goes on";
    /// A row is of a run that is gone or has ended, or its frame is gone.
    RowOrphaned = "row_orphaned",
        "the row belongs to no live frame",
        "nothing, or work for nothing",
        "removes the row; a frame that still needs its call makes it again";
    /// A snapshot is of no frame.
    SnapshotOrphaned = "snapshot_orphaned",
        "the snapshot belongs to no frame",
        "nothing: it only takes room",
        "removes the snapshot";
    /// A lease has expired and nobody has taken the work over.
    LeaseExpired = "lease_expired",
        "its worker was lost: the lease has expired",
        "the next sweep queues it again",
        "queues it again";
    /// A lease that ends in the far future: it was taken when the clock was ahead.
    LeaseFarAhead = "lease_far_ahead",
        "its lease ends in the far future: it was taken when the clock was ahead",
        "nothing until then",
        "ends the lease, and queues the work again";
    /// A pending row that was written when the clock was ahead.
    DueFarAhead = "due_far_ahead",
        "it was queued when the clock was ahead, so that it is due too late",
        "nothing until then",
        "moves it back by as much as the clock was ahead";
    /// A drainer's slot, or another lease with a name, that is held until the far future.
    SlotFarAhead = "slot_far_ahead",
        "a drainer's slot, or its like, is held until the far future: it was taken when the clock was ahead",
        "fewer drainers work until then",
        "frees it";
    /// A frame sleeps although a call of it has settled.
    WakingMissed = "waking_missed",
        "it sleeps, but a call of it has settled",
        "a sweep wakes it",
        "wakes it";
    /// A frame sleeps and nothing of it is out.
    WaitsForNothing = "waits_for_nothing",
        "it sleeps, but none of its calls is in the queue",
        "a sweep wakes it, but its call may be lost",
        "drops its snapshot and wakes it: it replays its journal and makes the lost call again";
    /// A frame waits for a call that is neither queued nor settled.
    CallLost = "call_lost",
        "it waits for a call that is neither in the queue nor settled",
        "nothing: the call would never settle",
        "drops its snapshot and wakes it: it replays its journal and makes the lost call again";
    /// A stored snapshot cannot be restored.
    SnapshotDamaged = "snapshot_damaged",
        "its snapshot is damaged",
        "it replays its journal when it wakes",
        "drops the snapshot, which nobody can use";
}

/// One damaged thing. Its names are text: what a hand has written need not be an id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Damage {
    /// What kind of damage.
    pub kind: DamageKind,
    /// The run; empty if the thing is of none.
    pub run: String,
    /// The run's task, if it is known.
    pub task: Option<String>,
    /// Where in the run; empty if nowhere.
    pub path: String,
    /// Since when, in milliseconds since the Unix epoch, as far as the records tell.
    pub since: i64,
    /// What else there is to say.
    pub detail: Option<String>,
}

/// A row that nothing in the queue holds up but itself: what its run waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wait {
    /// The run.
    pub run: RunId,
    /// Its task.
    pub task: String,
    /// Where in the run.
    pub path: Path,
    /// `None` for a frame, else what is called.
    pub call: Option<String>,
    /// The name of the event that it waits for.
    pub event: Option<String>,
    /// Where the row is.
    pub status: StackStatus,
    /// How often it has failed.
    pub attempt: u32,
    /// Not claimed before.
    pub run_after: i64,
    /// When its lease ends.
    pub lease_expires_at: Option<i64>,
    /// When it last changed; of a paused run, when it was paused.
    pub since: i64,
    /// Whether its run is paused.
    pub paused: bool,
    /// When its run ends at the latest, if it is being stopped.
    pub stopped_by: Option<i64>,
    /// Whether its run waits for another with which it shares a limit.
    pub held: bool,
}

/// What is due in the queue.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Backlog {
    /// Rows that are pending and due, counted up to a bound.
    pub due: u32,
    /// For how long the oldest of them has been, in milliseconds.
    pub oldest_ms: i64,
}

/// How the database is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DatabaseState {
    /// The newest migration that it has.
    pub schema: i64,
    /// The newest that this build knows.
    pub newest: i64,
    /// How many that this build knows it has not.
    pub missing: u32,
    /// Its own clock, milliseconds since the Unix epoch.
    pub clock: i64,
    /// When the queue was last swept; 0 if never.
    pub swept_at: i64,
    /// How many drainers are at work.
    pub drainers: u32,
}

/// `POST /health` of a private component: how it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ComponentHealth {
    /// How many of its variables were looked at.
    pub settings: u32,
    /// What is wrong with them; never their values.
    pub problems: Vec<String>,
    /// Whether credentials for its upstream are set.
    #[serde(default)]
    pub has_credentials: bool,
    /// The upstream that its calls need, if it has one that can be asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upstream: Option<UpstreamHealth>,
    /// The engine's hash, for the component that has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub engine: Option<String>,
}

/// Whether an upstream answers at all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UpstreamHealth {
    /// Scheme, host and port.
    pub origin: String,
    /// Why it does not; `None` if it does, whatever its status.
    pub problem: Option<String>,
}
