//! The app's settings: Spin variables.

use tasker_domain::retry::Policy;
use tasker_settings::{About, Component, Setting, check_together};
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

/// What is wrong with each of a component's settings, in the order of the table, and then with all together.
pub fn examine(component: Component) -> impl Iterator<Item = Result<(), String>> {
    let check = |about: &About| -> Result<(), Error> { Ok(about.check(&text(about)?)?) };
    let each = component
        .settings()
        .map(move |about| check(about).map_err(|error| error.to_string()));
    let own = move |about: &About| component.settings().any(|own| own.name == about.name);
    let together = check_together(|about| own(about).then(|| text(about).ok()).flatten());
    each.chain([together.map_err(|error| error.to_string())])
}

fn text(about: &About) -> Result<String, Error> {
    let name = about.name;
    Spin.setting(name)
        .map_err(|reason| Error::Missing { name, reason })
}
