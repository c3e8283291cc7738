//! Each operation's success and refusal, in the order in which a user would meet them.

mod events;
mod frames;
mod records;
mod recovery;
mod retry;
mod stop;
mod timers;

pub(crate) use events::*;
pub(crate) use frames::*;
pub(crate) use records::*;
pub(crate) use recovery::*;
pub(crate) use retry::*;
pub(crate) use stop::*;
pub(crate) use timers::*;
