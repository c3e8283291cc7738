//! What the engine decides, step by step, in a world without faults and with virtual time.

mod asleep;
mod computing;
mod database;
mod drainer;
#[allow(dead_code, reason = "a simulation needs more of it")]
#[path = "../simulation/executor.rs"]
mod executor;
mod keeper;
mod lost;
mod schedules;
mod sealed;
mod started;
mod submission;
mod world;
