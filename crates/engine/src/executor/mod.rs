//! The executor: runs one slice of a claimed frame in a VM and commits its outcome.

mod calls;
mod carry;
mod error;
mod inspect;
mod lost;
mod machine;
mod nested;
mod outstanding;
mod room;
mod seal;
mod settings;
mod slice;
mod stop;
mod wake;
mod watch;

use tasker_domain::wire::{CheckReply, CheckRequest};
use tasker_vm::Program;
use tasker_world::World;

pub use carry::Carry;
pub use error::{Error, Result};
pub use inspect::{engine, inspect};
pub use machine::Machine;
pub use slice::execute;

/// Tells whether a task can be loaded, up to its function, which is not called.
///
/// # Errors
/// If a setting cannot be used.
pub fn check(world: &impl World, request: CheckRequest) -> Result<CheckReply> {
    let program = Program {
        name: request.name,
        code: request.code,
        modules: request.modules,
    };
    let limits = settings::Settings::read(world)?.limits;
    let error = tasker_vm::check(&program, &limits).err();
    Ok(CheckReply { error })
}
