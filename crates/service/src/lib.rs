//! What all wrapped services share: reading a call's arguments and refusing what is wrong with
//! them. No I/O.

mod arguments;
mod refusal;

pub use arguments::Arguments;
pub use refusal::{invalid, unknown_method};

/// What a service's method gives: JSON text, or why not.
pub type Result = std::result::Result<tasker_domain::Json, tasker_domain::wire::ServiceError>;
