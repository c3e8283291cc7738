//! Where an upstream is: its origin in one variable, the path under it in another.
//!
//! Hosts allow requests by origin, and take the list of what they allow from the first variable.

use tasker_domain::wire::ServiceError;
use tasker_settings::Setting;

use crate::Host;

/// The base URL that the variables `origin` and `path` give, without a slash at its end.
///
/// # Errors
/// `service_unavailable`, naming the variable to correct.
pub fn read(
    host: &impl Host,
    origin: &Setting<String>,
    path: &Setting<String>,
) -> Result<String, ServiceError> {
    Ok(host.setting(origin)? + &host.setting(path)?)
}
