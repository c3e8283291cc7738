//! The settings of this component.

use tasker_host::Spin;
use tasker_host::config::read;
use tasker_hosts::WebhookRule;
use tasker_settings::{CHAINING_DOMAIN, WEBHOOK_HOSTS, WEBHOOK_SECRET};
use tasker_world::Budget;

use crate::Secret;
use crate::deliver::Error;

/// The settings of one request.
pub(crate) struct Settings {
    /// What messages are signed with.
    pub(crate) secret: Secret,
    /// The hosts that may be told.
    pub(crate) hosts: WebhookRule,
    /// The domain of the app's own components, which may not.
    pub(crate) chaining_domain: String,
    /// How many may be told on this host.
    pub(crate) budget: Budget,
}

impl Settings {
    pub(crate) fn read() -> Result<Self, Error> {
        let key = read(&WEBHOOK_SECRET)?.ok_or(Error::NoSecret)?;
        Ok(Self {
            secret: Secret::new(key),
            hosts: read(&WEBHOOK_HOSTS)?,
            chaining_domain: read(&CHAINING_DOMAIN)?,
            budget: Budget::read(&Spin)?,
        })
    }
}
