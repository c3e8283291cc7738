//! The HTTP trigger: route, prepare, invoke, answer.

pub(crate) mod headers;
pub(crate) mod invoke;
pub(crate) mod router;
pub(crate) mod server;
