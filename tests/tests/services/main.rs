//! The wrapped services of the running app, against a sandbox of the outside world.

mod differential;
mod examples;
mod faults;
mod fetch;
mod limits;
mod reach;
mod secrets;
mod tokens;
mod world;
