//! Runs an unchanged Spin application on Wasmtime, inside the calling process.
//!
//! It reads the application's `spin.toml` and `.wasm` files as they are and behaves as Spin 4.0 does wherever a component can tell:
//! HTTP and cron triggers, service chaining, outbound HTTP, variables, SQLite and PostgreSQL. What a component imports beyond that is
//! linked, so that it starts, and traps with a clear message when called.
//!
//! ```text
//! client ─▶ http::server ─▶ http::router ─▶ http::invoke ─▶ component (a fresh instance per request)
//!                                              ▲              │ outbound::hooks
//!                            cron ─────────────│              ├─▶ chained: http::invoke again, no socket
//!                                              │              └─▶ outbound::client ─▶ the world
//! ```
//!
//! Diagnostics (traps, refused hosts, duplicate routes) are `tracing` events.

mod allowed_hosts;
mod app;
mod bindings;
mod cache;
mod clock;
mod compile;
mod component;
mod cron;
mod engine;
mod error;
mod faults;
mod http;
mod linker;
mod logs;
mod manifest;
mod options;
mod outbound;
mod postgres;
mod runtime;
mod shutdown;
mod sqlite;
mod template;
mod turns;
mod variables;

pub use app::App;
pub use compile::{Compiled, compile};
pub use error::Error;
pub use logs::LogFile;
pub use options::Options;
pub use outbound::{BlockedNetwork, BlockedNetworks, Private};
pub use postgres::look_at as look_at_postgres;
pub use shutdown::shutdown_signal;
pub use variables::parse_argument as parse_variable;
