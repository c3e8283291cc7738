//! The app's settings: Spin variables.

use tasker_settings::{About, Component, Invalid, Setting};

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
pub fn read<T>(setting: &Setting<T>) -> Result<T, Error> {
    Ok(setting.parse(&text(&setting.about)?)?)
}

/// What is wrong with each of a component's settings, in the order of the table.
pub fn examine(component: Component) -> impl Iterator<Item = Result<(), Error>> {
    component
        .settings()
        .map(|about| Ok(about.check(&text(about)?)?))
}

fn text(about: &About) -> Result<String, Error> {
    spin_sdk::variables::get(about.name).map_err(|error| Error::Missing {
        name: about.name,
        reason: error.to_string(),
    })
}
