//! Which hosts a task's requests may go to: those that the operator names.
//!
//! This looks at URLs. Only the host knows what a name resolves to, so the host must refuse private
//! addresses too: Spin by `block_networks`, `tasker up` by itself.

use tasker_domain::ErrorCode;
use tasker_domain::wire::ServiceError;
use tasker_hosts::{RequestRule, is_public_host};
use tasker_service::{Host, refused, target};
use tasker_settings::{CHAINING_DOMAIN, FETCH_HOSTS, Invalid};
use url::Url;

/// Where requests may go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guard {
    allowed: Vec<RequestRule>,
    chaining_domain: String,
}

impl Guard {
    /// The guard that the component's settings describe: `fetch_hosts` and `chaining_domain`.
    ///
    /// # Errors
    /// If one of them cannot be read.
    pub fn of(host: &impl Host) -> Result<Self, ServiceError> {
        Ok(Self {
            allowed: host.setting(&FETCH_HOSTS)?,
            chaining_domain: host.setting(&CHAINING_DOMAIN)?,
        })
    }

    /// A guard of such hosts, where the app chains as usual.
    ///
    /// # Errors
    /// A message that names the variable and the entry.
    pub fn new(hosts: &str) -> Result<Self, Invalid> {
        Ok(Self {
            allowed: FETCH_HOSTS.parse(hosts)?,
            chaining_domain: CHAINING_DOMAIN.default().to_owned(),
        })
    }

    /// Makes sure that a URL may be requested.
    ///
    /// # Errors
    /// `invalid_arguments` if it is no URL that can be requested, `host_forbidden` if its host is not allowed.
    pub fn check(&self, url: &Url) -> Result<(), ServiceError> {
        let mut plain = url.clone();
        // All that follows the host is for the one who sends it.
        plain.set_path("/");
        plain.set_query(None);
        plain.set_fragment(None);
        let target = target(plain.as_str(), &self.chaining_domain)?;
        let host = target.host();
        if self.allowed.iter().any(|rule| rule.names(&target)) {
            return Ok(());
        }
        let is_allowed = self.allowed.iter().any(|rule| rule.allows(&target));
        if is_allowed && is_public_host(host) {
            return Ok(());
        }
        let usual = if target.is_secure() { 443 } else { 80 };
        let entry = match target.port() {
            port if port == usual => host.to_string(),
            port => format!("{host}:{port}"),
        };
        let why = match is_public_host(host) {
            true => "is not among the hosts that tasks may send requests to",
            false => {
                "is not on the public internet, and not named among the hosts that tasks may send requests to"
            }
        };
        Err(refused(
            ErrorCode::HostForbidden,
            format!(
                "`{entry}` {why}: the operator can allow it by the setting `fetch_hosts`, as in \
                 `tasker up --variable fetch_hosts={entry}` or `SPIN_VARIABLE_FETCH_HOSTS={entry}`"
            ),
        ))
    }
}
