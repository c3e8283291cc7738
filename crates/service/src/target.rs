//! Where a request of a service goes.

use tasker_domain::ErrorCode;
use tasker_domain::wire::ServiceError;
use tasker_hosts::{NoTarget, Target};

use crate::{invalid, refused};

/// Reads the target of an absolute URL. `chaining_domain` is the app's setting.
///
/// # Errors
/// `invalid_arguments` if it is no `http` or `https` URL, or one with a user or password in it.
/// `host_forbidden` for the hosts by which the parts of an app reach each other: no call may use
/// them.
pub fn target(url: &str, chaining_domain: &str) -> Result<Target, ServiceError> {
    Target::of(url, chaining_domain).map_err(no_target)
}

pub(crate) fn no_target(why: NoTarget) -> ServiceError {
    match why {
        NoTarget::Own => refused(ErrorCode::HostForbidden, why.to_string()),
        _ => invalid(why.to_string()),
    }
}
