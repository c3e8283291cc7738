//! QuickJS behind a small safe API: boot, load a task, deliver settled calls, run to quiescence,
//! take the calls that it made, snapshot, restore.
//!
//! A [`Vm`] lives in one arena of memory at a fixed address. A [`Snapshot`] is the difference of
//! that arena to a freshly booted one, so it is small, and restoring is copying bytes. Everything
//! a task can see is deterministic: the same deliveries in the same order give the same calls.
//!
//! No Spin and no database: this crate compiles natively (for tests) and to wasm32-wasip1.

mod calls;
mod chains;
mod check;
mod console;
mod convert;
mod diff;
mod entry;
mod error;
mod errors;
mod events;
mod format;
mod globals;
mod inspect;
mod island;
mod limits;
mod meter;
mod modules;
mod program;
mod progress;
mod races;
mod rejections;
mod search;
mod slice;
mod snapshot;
mod text;
mod timeouts;
mod timers;
mod tools;
mod vm;
mod web;

pub use check::check;
pub use error::{Error, RestoreError};
pub use limits::Limits;
pub use program::Program;
pub use slice::{PendingCall, Snapshot, Start, State, Turn};
pub use snapshot::{EngineHash, with_note, without_note};
pub use tasker_domain::Call;
pub use vm::Vm;
