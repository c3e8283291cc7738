//! The app's settings.

use tasker_domain::retry::Policy;
use tasker_settings::{CALL_ATTEMPTS, CALL_RETRY_MAX_MS, CALL_RETRY_MS, Invalid, Setting};

use crate::World;

/// A setting that cannot be used. Never has the value of a secret.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The host has no value for it.
    #[error("the variable `{name}` is not set: {reason}")]
    Missing {
        /// Its name.
        name: &'static str,
        /// What the host said.
        reason: String,
    },
    /// Its value does not have the right form.
    #[error(transparent)]
    Invalid(#[from] Invalid),
}

/// Reads a setting.
///
/// # Errors
/// If it is not set or cannot be used.
pub fn read<T>(world: &impl World, setting: &Setting<T>) -> Result<T, Error> {
    let name = setting.about.name;
    let text = world
        .setting(name)
        .map_err(|reason| Error::Missing { name, reason })?;
    Ok(setting.parse(&text)?)
}

/// How failed calls are tried again if their tasks do not say.
///
/// # Errors
/// If a setting is missing or not a number.
pub fn retry_policy(world: &impl World) -> Result<Policy, Error> {
    Ok(Policy {
        attempts: read(world, &CALL_ATTEMPTS)?,
        initial_ms: read(world, &CALL_RETRY_MS)?,
        max_ms: read(world, &CALL_RETRY_MAX_MS)?,
        ..Policy::default()
    })
}
