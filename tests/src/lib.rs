//! The harness of the scenario and crash tests and of the benchmark: it starts the real app, speaks
//! to it over HTTP, kills it, starts it again and looks into its database.
//!
//! It panics where something goes wrong: in a test that is the failure, with its reason.

mod answer;
mod app;
mod client;
mod database;
mod faults;
mod history;
mod load;
mod mixed;
mod output;
pub mod paths;
mod poll;
pub mod raw;
mod shared;
pub mod soak;
mod spin;
mod watch;

pub use answer::Answer;
pub use app::{App, INTERNAL_KEY, Settings};
pub use client::{Client, error, result};
pub use database::Database;
pub use faults::Faults;
pub use history::History;
pub use load::Planned;
pub use mixed::Shape;
pub use poll::until;
pub use shared::Shared;
pub use soak::Soak;
pub use watch::Watch;
