//! Networks that requests may not reach under any name.

use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use ipnet::IpNet;

/// Networks that no request of a component may reach: `block_networks` of Spin's `[outbound_networking]`. The
/// application's requests to itself and between its components are not concerned.
///
/// Unlike Spin, private networks are blocked in part if nothing is said: see [`Private::ByWildcard`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BlockedNetworks {
    /// Blocked for all requests.
    pub networks: Vec<IpNet>,
    /// What is done about networks that are not of the public internet.
    pub private: Private,
}

/// Whether requests may reach addresses that are not of the public internet: loopback, private, link-local and so on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Private {
    /// All requests may.
    Allowed,
    /// Those may whose host stands in `allowed_outbound_hosts` as it is, by name or network. A host that only an entry with a
    /// wildcard allows was chosen by someone else than the operator.
    #[default]
    ByWildcard,
    /// None may.
    Blocked,
}

/// Why a request is allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// It goes to the application itself.
    Own,
    /// An entry names its host.
    Named,
    /// Only an entry with a wildcard has its host.
    Wildcard,
}

/// One item of a list of blocked networks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlockedNetwork {
    /// `none`: of itself it blocks nothing, but it takes the place of what is blocked if nothing is said.
    None,
    /// `private`: all that is not of the public internet.
    Private,
    /// A network, or a single address.
    Network(IpNet),
}

impl FromStr for BlockedNetwork {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "none" => Ok(Self::None),
            "private" => Ok(Self::Private),
            _ => text
                .parse::<IpNet>()
                .or_else(|_| text.parse::<IpAddr>().map(IpNet::from))
                .map(Self::Network)
                .map_err(|_| {
                    format!("`{text}` is no network; write `10.0.0.0/8`, `private` or `none`")
                }),
        }
    }
}

impl FromIterator<BlockedNetwork> for BlockedNetworks {
    /// As Spin understands such a list; without an item, the default.
    fn from_iter<I: IntoIterator<Item = BlockedNetwork>>(items: I) -> Self {
        let mut items = items.into_iter().peekable();
        let mut blocked = Self::default();
        if items.peek().is_some() {
            blocked.private = Private::Allowed;
        }
        for item in items {
            match item {
                BlockedNetwork::None => {}
                BlockedNetwork::Private => blocked.private = Private::Blocked,
                BlockedNetwork::Network(network) => blocked.networks.push(network),
            }
        }
        blocked
    }
}

impl BlockedNetworks {
    /// Leaves out the addresses that may not be reached.
    pub(crate) fn retain_allowed(&self, addresses: &mut Vec<SocketAddr>, reach: Reach) {
        addresses.retain(|address| !self.blocks(address.ip(), reach));
    }

    fn blocks(&self, address: IpAddr, reach: Reach) -> bool {
        if reach == Reach::Own {
            return false;
        }
        let blocks_private = match self.private {
            Private::Allowed => false,
            Private::ByWildcard => reach == Reach::Wildcard,
            Private::Blocked => true,
        };
        // A form of IPv6 that stands for an IPv4 address leads to that.
        let canonical = address.to_canonical();
        blocks_private && !tasker_hosts::is_public(address)
            || self
                .networks
                .iter()
                .any(|network| network.contains(&address) || network.contains(&canonical))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blocked(items: &[&str]) -> BlockedNetworks {
        items
            .iter()
            .map(|item| item.parse::<BlockedNetwork>().unwrap())
            .collect()
    }

    #[test]
    fn networks_are_blocked_as_the_list_says() {
        let blocks = |items: &[&str], address: &str, reach| {
            blocked(items).blocks(address.parse().unwrap(), reach)
        };
        for (items, address, named, wildcard) in [
            (&[][..], "127.0.0.1", false, true),
            (&[], "::ffff:10.0.0.1", false, true),
            (&[], "169.254.169.254", false, true),
            (&[], "8.8.8.8", false, false),
            (&["none"], "127.0.0.1", false, false),
            (&["private"], "10.0.0.1", true, true),
            (&["private"], "fd00::1", true, true),
            (&["private"], "8.8.8.8", false, false),
            (&["8.8.8.0/24"], "8.8.8.8", true, true),
            (&["8.8.8.0/24"], "::ffff:8.8.8.8", true, true),
            (&["8.8.8.0/24"], "10.0.0.1", false, false),
            (&["8.8.8.8", "private"], "8.8.8.8", true, true),
            (&["2600::/16", "private"], "2600::1", true, true),
        ] {
            let found = (
                blocks(items, address, Reach::Named),
                blocks(items, address, Reach::Wildcard),
            );
            assert_eq!(found, (named, wildcard), "{items:?} {address}");
            assert!(!blocks(items, address, Reach::Own), "{items:?} {address}");
        }
        assert!(
            "10.0.0.0/99".parse::<BlockedNetwork>().is_err()
                && "all".parse::<BlockedNetwork>().is_err()
        );
    }
}
