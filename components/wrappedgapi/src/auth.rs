//! On whose behalf a call is made and what it may do.

mod credentials;
mod jwt;
mod scopes;
mod token;

pub(crate) use credentials::Credentials;
pub(crate) use scopes::Scopes;
pub(crate) use token::{Grant, Token};
