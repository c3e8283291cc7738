//! The app's settings: Spin variables.

use tasker_domain::retry::Policy;
use tasker_settings::{About, Component, Setting};
use tasker_world::World;

pub use tasker_world::config::Error;

use crate::Spin;

/// Reads a setting.
///
/// # Errors
/// If it is not set or cannot be used.
pub fn read<T>(setting: &Setting<T>) -> Result<T, Error> {
    tasker_world::config::read(&Spin, setting)
}

/// How failed calls are tried again if their tasks do not say.
///
/// # Errors
/// If a setting is missing or not a number.
pub fn retry_policy() -> Result<Policy, Error> {
    tasker_world::config::retry_policy(&Spin)
}

/// What is wrong with each of a component's settings, in the order of the table.
pub fn examine(component: Component) -> impl Iterator<Item = Result<(), Error>> {
    component
        .settings()
        .map(|about| Ok(about.check(&text(about)?)?))
}

fn text(about: &About) -> Result<String, Error> {
    let name = about.name;
    Spin.setting(name)
        .map_err(|reason| Error::Missing { name, reason })
}
