//! What all wrapped services share: reading a call's arguments, the operator's policy, secrets on
//! their way to an upstream, and errors. No I/O.

mod arguments;
pub mod base_url;
pub mod grants;
pub mod http;
pub mod limit;
pub mod pattern;
pub mod policy;
pub mod reference;
mod refusal;
pub mod scrub;
pub mod secret;
mod service;
mod status;
mod target;
#[cfg(feature = "testing")]
pub mod testing;
pub mod upstream;
pub mod webhook;

pub use arguments::Arguments;
pub use refusal::{invalid, refused, retryable, unknown, unknown_method};
pub use service::{Host, Service};
pub use status::status_text;
pub use target::target;

/// What a service's method gives: JSON text, or why not.
pub type Result = std::result::Result<tasker_domain::Json, tasker_domain::wire::ServiceError>;
