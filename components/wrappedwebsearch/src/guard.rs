//! Which pages may be fetched: those of the public web, and what the operator adds.
//!
//! This looks at URLs. Only the host knows what a name resolves to, so the host must refuse private
//! addresses too: Spin by `block_networks`, `tasker up` by itself.

use tasker_domain::ErrorCode;
use tasker_domain::wire::ServiceError;
use tasker_hosts::{FetchRule, app, is_public_host};
use tasker_service::{Host, invalid, refused};
use tasker_settings::{CHAINING_DOMAIN, Invalid, WEBSEARCH_PORTS, WEBSEARCH_PRIVATE_HOSTS};
use url::Url;

/// What may be fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guard {
    allowed: Vec<FetchRule>,
    ports: Vec<u16>,
    chaining_domain: String,
}

impl Guard {
    /// The guard that the component's settings describe: `websearch_private_hosts`, `websearch_ports` and `chaining_domain`.
    ///
    /// # Errors
    /// If one of them cannot be read.
    pub fn of(host: &impl Host) -> Result<Self, ServiceError> {
        Ok(Self {
            allowed: host.setting(&WEBSEARCH_PRIVATE_HOSTS)?,
            ports: host.setting(&WEBSEARCH_PORTS)?,
            chaining_domain: host.setting(&CHAINING_DOMAIN)?,
        })
    }

    /// A guard of the two lists, where the app chains as usual.
    ///
    /// # Errors
    /// A message that names the variable and the entry.
    pub fn new(private_hosts: &str, ports: &str) -> Result<Self, Invalid> {
        Ok(Self {
            allowed: WEBSEARCH_PRIVATE_HOSTS.parse(private_hosts)?,
            ports: WEBSEARCH_PORTS.parse(ports)?,
            chaining_domain: CHAINING_DOMAIN.default().to_owned(),
        })
    }

    /// Makes sure that a URL may be requested.
    ///
    /// # Errors
    /// `invalid_arguments` if it is no URL of a page, `host_forbidden` if it leads to where no task may reach.
    pub fn check(&self, url: &Url) -> Result<(), ServiceError> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(invalid("only `http` and `https` URLs can be fetched"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(invalid(
                "a URL with a user name or password cannot be fetched",
            ));
        }
        let (Some(host), Some(port)) = (url.host(), url.port_or_known_default()) else {
            return Err(invalid("the URL has no host"));
        };
        if app::owns(&host, &self.chaining_domain) {
            return Err(forbidden("is a part of the app itself"));
        }
        // A name may have a dot at its end.
        let host = match host {
            url::Host::Domain(name) => url::Host::Domain(name.trim_end_matches('.')),
            address => address,
        };
        if self
            .allowed
            .iter()
            .any(|rule| rule.allows(&host, port, &self.ports))
        {
            return Ok(());
        }
        if !is_public_host(&host) {
            return Err(forbidden(
                "is not on the public internet; the operator can allow it by `websearch_private_hosts`",
            ));
        }
        if !self.ports.contains(&port) {
            return Err(forbidden(&format!(
                "is asked for at port {port}; the operator can allow it by `websearch_ports`"
            )));
        }
        Ok(())
    }
}

/// The reason never says what an address is: a task could learn the operator's network by asking.
fn forbidden(reason: &str) -> ServiceError {
    refused(
        ErrorCode::HostForbidden,
        format!("the page cannot be fetched: its host {reason}"),
    )
}
