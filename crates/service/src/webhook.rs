//! Where completion webhooks may go.

use tasker_domain::ErrorCode;
use tasker_domain::wire::ServiceError;
use tasker_hosts::{NoWebhook, Target, WebhookRule};

use crate::target::no_target;
use crate::{invalid, refused};

/// The target of a URL that may be told, by the settings `webhook_hosts` and `chaining_domain`.
///
/// # Errors
/// `invalid_arguments`, `host_forbidden`
pub fn allowed(
    url: &str,
    hosts: &WebhookRule,
    chaining_domain: &str,
) -> Result<Target, ServiceError> {
    let target = hosts.target(url, chaining_domain);
    target.map_err(|why| match why {
        NoWebhook::Long => invalid(why.to_string()),
        NoWebhook::Target(why) => no_target(why),
        NoWebhook::Elsewhere(_) => refused(ErrorCode::HostForbidden, why.to_string()),
    })
}
