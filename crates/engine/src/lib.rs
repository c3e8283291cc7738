//! The engine: everything that decides. [`submission`] makes runs, [`drainer`] claims what is due and has it done, [`executor`] runs
//! frames. None of them knows where it runs: what is around it is a [`World`], so that a simulation can make up a bad one.

pub mod drainer;
pub mod executor;
mod heartbeat;
mod reach;
mod request;
mod service;
pub mod submission;
mod verdict;

pub use tasker_world::World;
