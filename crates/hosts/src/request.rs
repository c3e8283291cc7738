//! Hosts that a task's own requests may go to.

use crate::address::is_public_host;
use crate::pattern::{Pattern, Ports, host_and_port, scheme};
use crate::target::Target;

/// One of them, as an operator writes it: `api.example.com`, `*.example.com`, `example.com:8443`, `https://example.com`,
/// `10.0.0.0/8:*`, or `*` for all that are public.
///
/// Without a scheme it means `https` and `http`; without a port, the usual one of the scheme.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestRule {
    secure: Option<bool>,
    host: Pattern,
    /// `None`: the usual port.
    ports: Option<Ports>,
}

impl RequestRule {
    /// Reads a rule; `None` if it does not have the right form.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (secure, rest) = scheme(text)?;
        // An IPv6 address without brackets has no port.
        let (host, ports) = match pattern(rest) {
            Some(host) => (host, None),
            None => {
                let (host, ports) = host_and_port(rest);
                (pattern(host)?, Some(Ports::parse(ports?).ok()?))
            }
        };
        Some(Self {
            secure,
            host,
            ports,
        })
    }

    /// Whether requests may go there, as far as this rule knows: it may still be [too wide](Self::names) for a host that is not public.
    #[must_use]
    pub fn allows(&self, target: &Target) -> bool {
        let usual = if target.is_secure() { 443 } else { 80 };
        let is_at = match &self.ports {
            None => target.port() == usual,
            Some(ports) => ports.has(Some(target.port())),
        };
        is_at
            && self.secure.is_none_or(|own| own == target.is_secure())
            && self.host.has(target.host())
    }

    /// Whether its author has this very host in mind, and knows where it is: what only `*` has, or a domain of the public internet, may
    /// have been chosen by somebody else, and lead into a private network.
    #[must_use]
    pub fn names(&self, target: &Target) -> bool {
        self.allows(target)
            && match self.host {
                Pattern::Any => false,
                Pattern::Below(_) => !is_public_host(target.host()),
                Pattern::Exactly(_) | Pattern::Network(_) => true,
            }
    }
}

/// A name may have a dot at its end.
fn pattern(text: &str) -> Option<Pattern> {
    let plain = text.strip_suffix('.').unwrap_or(text);
    let pattern = Pattern::parse(plain).ok()?;
    (plain == text || pattern != Pattern::Any).then_some(pattern)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::CHAINING_DOMAIN;

    fn rule(rule: &str, url: &str) -> (bool, bool) {
        let rule = RequestRule::parse(rule).unwrap_or_else(|| panic!("{rule}"));
        let target = Target::of(url, CHAINING_DOMAIN).unwrap();
        (rule.allows(&target), rule.names(&target))
    }

    #[test]
    fn a_request_goes_only_where_a_rule_says() {
        for (text, url) in [
            ("api.example.com", "https://api.example.com/v1"),
            ("API.example.com.", "http://api.example.com/"),
            ("https://api.example.com", "https://api.example.com/"),
            ("api.example.com:8443", "https://api.example.com:8443/"),
            ("api.example.com:*", "http://api.example.com:1/"),
            ("localhost:8000..9000", "http://localhost:8999/"),
            ("10.0.0.0/8", "http://10.1.2.3/"),
            ("10.0.0.0/8:*", "http://10.1.2.3:81/"),
            ("::1", "http://[::1]/"),
            ("[::1]:81", "http://[::1]:81/"),
            ("*.lab.internal", "http://a.b.lab.internal/"),
        ] {
            assert_eq!(rule(text, url), (true, true), "{text} {url}");
        }
        for (text, url) in [
            ("*", "https://api.example.com/"),
            ("https://*", "https://api.example.com/"),
            ("*:*", "http://api.example.com:8080/"),
            ("*", "http://10.1.2.3/"),
            ("*.example.com", "https://a.b.example.com/"),
        ] {
            assert_eq!(rule(text, url), (true, false), "{text} {url}");
        }
        for (text, url) in [
            ("api.example.com", "https://api.example.com:444/"),
            ("api.example.com", "https://api.example.com:80/"),
            ("api.example.com", "https://www.example.com/"),
            ("api.example.com", "https://api.example.com.evil.example/"),
            ("*.example.com", "https://example.com/"),
            ("*.example.com", "https://evilexample.com/"),
            ("https://example.com", "http://example.com/"),
            ("http://example.com:443", "https://example.com/"),
            ("localhost:8000..9000", "http://localhost:9000/"),
            ("*", "https://example.com:8443/"),
            ("10.0.0.0/8", "http://11.0.0.1/"),
            ("10.0.0.0/8", "http://[::ffff:10.0.0.1]/"),
        ] {
            assert_eq!(rule(text, url), (false, false), "{text} {url}");
        }
    }

    #[test]
    fn a_rule_is_a_host_and_nothing_more() {
        for text in [
            "",
            "*.",
            "*..",
            "ftp://example.com",
            "https://example.com/path",
            "user@example.com",
            "a b",
            "x:99999",
            "x:",
            "a*b",
            "10.0.0.0/99",
            "[::1",
        ] {
            assert!(RequestRule::parse(text).is_none(), "{text}");
        }
    }
}
