//! Hosts whose pages may be fetched although they are not public.

use url::Host;

use crate::pattern::{Pattern, host_and_port};

/// One of them, as an operator writes it: `name`, `*.name`, an address or a network, with `:port` if it is another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FetchRule {
    host: Pattern,
    /// `None`: the ports of all pages.
    port: Option<u16>,
}

impl FetchRule {
    /// Reads a rule; `None` if it does not have the right form.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        // An IPv6 address without brackets has no port.
        let (host, port) = match Pattern::parse(text) {
            Ok(host) => (host, None),
            Err(_) => {
                let (host, port) = host_and_port(text);
                (Pattern::parse(host).ok()?, Some(port?.parse().ok()?))
            }
        };
        (host != Pattern::Any).then_some(Self { host, port })
    }

    /// Whether it allows a host at a port, where pages are at these ports.
    #[must_use]
    pub fn allows<S: AsRef<str>>(&self, host: &Host<S>, port: u16, ports: &[u16]) -> bool {
        let is_at = |own: u16| own == port;
        self.host.has(host) && self.port.map_or_else(|| ports.contains(&port), is_at)
    }
}
