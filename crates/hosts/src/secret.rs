//! Hosts that a secret may be sent to.

use crate::pattern::{Pattern, Ports, host_and_port, scheme};
use crate::target::Target;

/// One of them, as an operator writes it: `api.example.com`, `*.example.com`, `example.com:8443`,
/// `http://10.0.0.5:8000`.
///
/// Without a scheme it means `https`, and `http` only on this machine; without a port, any port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretRule {
    secure: Option<bool>,
    host: Pattern,
    ports: Ports,
}

impl SecretRule {
    /// Reads a rule; `None` if it does not have the right form.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (secure, rest) = scheme(text)?;
        let (host, port) = host_and_port(rest);
        let host = Pattern::parse(host.trim_end_matches('.')).ok()?;
        let ports = match port {
            Some(port) => Ports::One(port.parse().ok()?),
            None => Ports::Any,
        };
        let is_narrow = matches!(host, Pattern::Below(_) | Pattern::Exactly(_));
        is_narrow.then_some(Self {
            secure,
            host,
            ports,
        })
    }

    /// Whether the secret may be sent there.
    #[must_use]
    pub fn allows(&self, target: &Target) -> bool {
        let scheme = match self.secure {
            Some(secure) => secure == target.is_secure(),
            None => target.is_secure() || target.is_loopback(),
        };
        scheme && self.ports.has(Some(target.port())) && self.host.has(target.host())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::CHAINING_DOMAIN;

    #[test]
    fn a_secret_goes_only_where_its_rule_says() {
        let allows = |rule: &str, url: &str| {
            SecretRule::parse(rule)
                .unwrap()
                .allows(&Target::of(url, CHAINING_DOMAIN).unwrap())
        };
        for (rule, url) in [
            ("api.example.com", "https://api.example.com/v1"),
            ("API.example.com", "https://api.example.com:8443/"),
            ("*.example.com", "https://a.b.example.com/"),
            ("127.0.0.1", "http://127.0.0.1:9000/"),
            ("localhost:80", "http://localhost/"),
            ("[::1]:81", "http://[::1]:81/"),
            ("http://intern.example:8000", "http://intern.example:8000/"),
        ] {
            assert!(allows(rule, url), "{rule} {url}");
        }
        for (rule, url) in [
            ("api.example.com", "http://api.example.com/"),
            ("api.example.com:443", "https://api.example.com:444/"),
            ("api.example.com", "https://api.example.com.evil.example/"),
            ("*.example.com", "https://example.com/"),
            ("*.example.com", "https://evilexample.com/"),
            ("http://intern.example:8000", "https://intern.example:8000/"),
        ] {
            assert!(!allows(rule, url), "{rule} {url}");
        }
        for rule in [
            "",
            "*",
            "*.",
            "ftp://example.com",
            "example.com/path",
            "a b",
            "x:99999",
            "a*b",
        ] {
            assert!(SecretRule::parse(rule).is_none(), "{rule}");
        }
    }
}
