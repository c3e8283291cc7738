//! The island of `unsafe`: the arena, the C callbacks and thin wrappers of the QuickJS API.
//!
//! Two rules make it sound. **One VM per process and one thread per VM**: an [`engine::Engine`]
//! holds the arena's lock and cannot be sent, so all pointers into the arena are used by one
//! thread. **No JavaScript value outlives its entry**: [`value::Value`] carries the lifetime of the
//! closure given to [`engine::Engine::enter`], so none is held while the arena is overwritten.

pub(crate) mod arena;
mod bytes;
pub(crate) mod chain;
mod clock;
mod context;
pub(crate) mod engine;
pub(crate) mod host;
mod kept;
pub(crate) mod keys;
pub(crate) mod look;
mod loops;
mod module;
pub(crate) mod moot;
pub(crate) mod native;
mod parsing;
mod proxy;
mod source;
mod stack;
pub(crate) mod timeout;
pub(crate) mod tool;
pub(crate) mod value;
