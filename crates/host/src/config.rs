//! The app's settings: Spin variables.

use std::str::FromStr;

use tasker_domain::setting;

/// A setting that cannot be used. Never says its value, which may be a secret.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The host has no value for it.
    #[error("the variable `{name}` is not set: {reason}")]
    Missing {
        /// Its name.
        name: String,
        /// What the host said.
        reason: String,
    },
    /// Its value does not have the right form.
    #[error("{0}")]
    Invalid(String),
}

/// A setting as text.
///
/// # Errors
/// If it is not set.
pub fn text(name: &str) -> Result<String, Error> {
    spin_sdk::variables::get(name).map_err(|error| Error::Missing {
        name: name.to_owned(),
        reason: error.to_string(),
    })
}

/// A numeric setting.
///
/// # Errors
/// If it is not set or is not a number of its range.
pub fn number<T: FromStr>(name: &str) -> Result<T, Error> {
    let text = text(name)?;
    setting::check(name, &text).map_err(Error::Invalid)?;
    let number = text.trim().parse();
    number.map_err(|_| {
        Error::Invalid(format!(
            "the variable `{name}` is not a number in its range"
        ))
    })
}

/// A secret setting, which may not be empty.
///
/// # Errors
/// If it is not set or is empty.
pub fn secret(name: &str) -> Result<String, Error> {
    let value = text(name)?;
    if value.is_empty() {
        return Err(Error::Missing {
            name: name.to_owned(),
            reason: "it is empty".to_owned(),
        });
    }
    Ok(value)
}
