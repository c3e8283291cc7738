//! Which pages may be fetched: those of the public web, and what the operator adds.
//!
//! This looks at URLs. What a name resolves to is known to the host alone, so the host must refuse private
//! addresses too: Spin by `block_networks`, `tasker up` by itself.

use std::net::IpAddr;

use ipnet::IpNet;
use tasker_domain::ErrorCode;
use tasker_domain::wire::ServiceError;
use tasker_net::is_public;
use tasker_service::{Host, invalid, refused};
use tasker_settings::{WEBSEARCH_PORTS, WEBSEARCH_PRIVATE_HOSTS};
use url::{Host as UrlHost, Url};

/// Names that are never public: of this machine, of networks at home and at work, of clouds' metadata.
const PRIVATE_DOMAINS: &[&str] = &[
    "localhost",
    "local",
    "internal",
    "intranet",
    "private",
    "corp",
    "home",
    "lan",
    "localdomain",
    "arpa",
    "test",
    "invalid",
    "onion",
    "example",
    "alt",
];

/// What may be fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guard {
    allowed: Vec<Allowed>,
    ports: Vec<u16>,
}

/// An exception of the operator's.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Allowed {
    what: What,
    /// `None` for the ports of all pages.
    port: Option<u16>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum What {
    Name(String),
    /// Ends with this, which begins with a dot.
    Below(String),
    Network(IpNet),
}

impl Guard {
    /// The guard that the component's settings describe: `websearch_private_hosts` and `websearch_ports`.
    ///
    /// # Errors
    /// If one of them cannot be read.
    pub fn of(host: &impl Host) -> Result<Self, ServiceError> {
        let (private, ports) = (
            host.setting(&WEBSEARCH_PRIVATE_HOSTS)?,
            host.setting(&WEBSEARCH_PORTS)?,
        );
        Self::new(&private, &ports).map_err(|reason| refused(ErrorCode::ServiceUnavailable, reason))
    }

    /// A guard of two lists, separated by commas: hosts that may be fetched though they are private (`name`, `*.name`,
    /// address or network, each with `:port` if it is another), and ports.
    ///
    /// # Errors
    /// A message that names the variable and the entry.
    pub fn new(private_hosts: &str, ports: &str) -> Result<Self, String> {
        let list = |text: &str| -> Vec<String> {
            let entries = text.split([',', ' ', '\n']).map(str::trim);
            entries
                .filter(|entry| !entry.is_empty())
                .map(str::to_ascii_lowercase)
                .collect()
        };
        let allowed = list(private_hosts)
            .iter()
            .map(|entry| {
                Allowed::parse(entry).ok_or_else(|| {
                    format!("the variable `websearch_private_hosts`: `{entry}` is no host, address or network")
                })
            })
            .collect::<Result<_, _>>()?;
        let ports = list(ports)
            .iter()
            .map(|port| {
                port.parse()
                    .map_err(|_| format!("the variable `websearch_ports`: `{port}` is no port"))
            })
            .collect::<Result<_, _>>()?;
        Ok(Self { allowed, ports })
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
        if is_of_the_app(&host) {
            return Err(forbidden("is a part of the app itself"));
        }
        if self
            .allowed
            .iter()
            .any(|allowed| allowed.has(&host, port, &self.ports))
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

/// Service chaining, and requests to the app itself: allowed to the component, but not for a task.
fn is_of_the_app(host: &UrlHost<&str>) -> bool {
    matches!(host, UrlHost::Domain(name) if matches!(name.trim_end_matches('.'), "self" | "self.alt" | "spin.internal")
        || name.trim_end_matches('.').ends_with(".spin.internal"))
}

fn is_public_host(host: &UrlHost<&str>) -> bool {
    match host {
        UrlHost::Ipv4(address) => is_public(IpAddr::V4(*address)),
        UrlHost::Ipv6(address) => is_public(IpAddr::V6(*address)),
        UrlHost::Domain(name) => {
            let name = name.strip_suffix('.').unwrap_or(name);
            // A name without a dot is one of the local network.
            name.rsplit_once('.')
                .is_some_and(|(_, last)| !last.is_empty() && !PRIVATE_DOMAINS.contains(&last))
        }
    }
}

impl Allowed {
    fn parse(entry: &str) -> Option<Self> {
        if let Ok(network) = entry.parse::<IpNet>() {
            return Some(Self {
                what: What::Network(network),
                port: None,
            });
        }
        if let Ok(address) = entry
            .trim_start_matches('[')
            .trim_end_matches(']')
            .parse::<IpAddr>()
        {
            return Some(Self {
                what: What::Network(address.into()),
                port: None,
            });
        }
        let (host, port) = match entry.rsplit_once(':') {
            Some((host, port)) => (host, Some(port.parse().ok()?)),
            None => (entry, None),
        };
        let what = if let Ok(network) = host.parse::<IpNet>() {
            What::Network(network)
        } else if let Ok(address) = host
            .trim_start_matches('[')
            .trim_end_matches(']')
            .parse::<IpAddr>()
        {
            What::Network(address.into())
        } else {
            let (name, below) = host
                .strip_prefix("*.")
                .map_or((host, false), |name| (name, true));
            let UrlHost::Domain(name) = UrlHost::parse(name).ok()? else {
                return None;
            };
            if below {
                What::Below(format!(".{name}"))
            } else {
                What::Name(name)
            }
        };
        Some(Self { what, port })
    }

    fn has(&self, host: &UrlHost<&str>, port: u16, ports: &[u16]) -> bool {
        let here = match (&self.what, host) {
            (What::Name(name), UrlHost::Domain(host)) => host.trim_end_matches('.') == name,
            (What::Below(suffix), UrlHost::Domain(host)) => {
                host.trim_end_matches('.').ends_with(suffix)
            }
            (What::Network(network), UrlHost::Ipv4(address)) => {
                network.contains(&IpAddr::V4(*address))
            }
            (What::Network(network), UrlHost::Ipv6(address)) => {
                network.contains(&IpAddr::V6(*address))
            }
            _ => false,
        };
        here && self
            .port
            .map_or_else(|| ports.contains(&port), |own| own == port)
    }
}
