//! What rules are made of: which hosts, and which ports.

use std::net::IpAddr;
use std::ops::Range;

use ipnet::IpNet;
use url::Host;

/// Which hosts a rule is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pattern {
    /// `*`: every one.
    Any,
    /// `*.example.com`: the names that end with this, which begins with a dot.
    Below(String),
    /// One host.
    Exactly(Host),
    /// `10.0.0.0/8`
    Network(IpNet),
}

impl Pattern {
    /// Reads one of these forms. An IPv6 address may be in brackets or not.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text == "*" {
            return Ok(Self::Any);
        }
        if let Ok(network) = text.parse::<IpNet>() {
            return Ok(Self::Network(network));
        }
        if let Ok(address) = text.parse::<IpAddr>() {
            return Ok(Self::Exactly(match address {
                IpAddr::V4(address) => Host::Ipv4(address),
                IpAddr::V6(address) => Host::Ipv6(address),
            }));
        }
        if text.contains('/') {
            return Err("a path is not allowed".into());
        }
        let (name, is_below) = match text.strip_prefix("*.") {
            Some(name) => (name, true),
            None => (text, false),
        };
        if name.contains('*') {
            return Err("a `*` can stand only for a whole host or before its first dot".into());
        }
        match Host::parse(name).map_err(|error| format!("`{name}`: {error}"))? {
            host if is_below => Ok(Self::Below(format!(".{host}"))),
            host => Ok(Self::Exactly(host)),
        }
    }

    /// Whether a host is one of them.
    #[must_use]
    pub fn has<S: AsRef<str>>(&self, host: &Host<S>) -> bool {
        match (self, host) {
            (Self::Any, _) => true,
            (Self::Below(suffix), Host::Domain(name)) => name.as_ref().ends_with(suffix),
            (Self::Exactly(Host::Domain(own)), Host::Domain(name)) => own == name.as_ref(),
            (Self::Exactly(Host::Ipv4(own)), Host::Ipv4(address)) => own == address,
            (Self::Exactly(Host::Ipv6(own)), Host::Ipv6(address)) => own == address,
            (Self::Network(network), Host::Ipv4(address)) => {
                network.contains(&IpAddr::V4(*address))
            }
            (Self::Network(network), Host::Ipv6(address)) => {
                network.contains(&IpAddr::V6(*address))
            }
            (Self::Below(_) | Self::Exactly(_) | Self::Network(_), _) => false,
        }
    }
}

/// Which ports a rule is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ports {
    /// `*`: every one.
    Any,
    /// One port.
    One(u16),
    /// `8000..9000`; the end is not in it, as in Spin.
    Range(Range<u16>),
}

impl Ports {
    /// Reads one of these forms.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let number = |text: &str| {
            text.parse::<u16>()
                .map_err(|_| format!("`{text}` is not a port"))
        };
        if text == "*" {
            return Ok(Self::Any);
        }
        match text.split_once("..") {
            Some((start, end)) => Ok(Self::Range(number(start)?..number(end)?)),
            None => Ok(Self::One(number(text)?)),
        }
    }

    /// Whether a port is one of them; `None`: a URL whose port nobody knows.
    #[must_use]
    pub fn has(&self, port: Option<u16>) -> bool {
        match (self, port) {
            (Self::Any, _) => true,
            (Self::One(own), Some(port)) => *own == port,
            (Self::Range(range), Some(port)) => range.contains(&port),
            (_, None) => false,
        }
    }
}

/// The entries of a list of rules, separated by commas or white space.
pub fn entries(text: &str) -> impl Iterator<Item = &str> {
    let entries = text.split(|c: char| c == ',' || c.is_whitespace());
    entries.filter(|entry| !entry.is_empty())
}

/// Whether a rule is about `https` or `http` alone, if it has a scheme, and what follows; `None` if it has another.
pub(crate) fn scheme(rule: &str) -> Option<(Option<bool>, &str)> {
    match rule.trim().split_once("://") {
        Some(("https", rest)) => Some((Some(true), rest)),
        Some(("http", rest)) => Some((Some(false), rest)),
        Some(_) => None,
        None => Some((None, rule.trim())),
    }
}

/// Takes `host:port` apart. The colons of an IPv6 address stand within brackets.
pub(crate) fn host_and_port(text: &str) -> (&str, Option<&str>) {
    match text.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (text, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_stand_between_commas_and_white_space_of_any_kind() {
        let list = " a.example,b.example\t10.0.0.0/8\r\n\n, c.example , ";
        let expected = ["a.example", "b.example", "10.0.0.0/8", "c.example"];
        assert_eq!(entries(list).collect::<Vec<_>>(), expected);
        assert_eq!(entries(" ,\n").next(), None);
    }
}
