//! The binary as its users meet it: help, requests, output and exit codes.

mod api;
mod connection;
mod help;
mod outages;
mod support;
#[cfg(unix)]
mod terminal;
