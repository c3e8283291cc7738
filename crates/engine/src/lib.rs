//! The engine: everything that decides. [`drainer`] claims what is due and has it done, [`executor`] runs frames. Neither
//! knows where it runs: what is around it is a [`World`], so that a simulation can make up a bad one.

pub mod drainer;
pub mod executor;
mod heartbeat;
mod request;
mod service;
mod verdict;

pub use tasker_world::World;
