//! The HTTP trigger: route, prepare, invoke, answer.

pub(crate) mod door;
pub(crate) mod headers;
mod held;
pub(crate) mod invoke;
mod patient;
pub(crate) mod router;
pub(crate) mod server;
