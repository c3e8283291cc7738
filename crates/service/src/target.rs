//! Where a request goes, and which targets a secret may be sent to.

use std::fmt;

use http::Uri;
use tasker_domain::ErrorCode;
use tasker_domain::wire::ServiceError;

use crate::{invalid, pattern, refused};

/// Scheme, host and port of a URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    secure: bool,
    /// In lower case, without a dot at its end. An IPv6 address is in brackets.
    host: String,
    port: u16,
}

impl Target {
    /// Reads the target of an absolute URL.
    ///
    /// # Errors
    /// `invalid_arguments` if it is no `http` or `https` URL, or one with a user or password in it.
    /// `host_forbidden` for the hosts by which the parts of an app reach each other: no call may use
    /// them.
    pub fn of(url: &str) -> Result<Self, ServiceError> {
        let uri: Uri = url
            .parse()
            .map_err(|_| invalid("a request has a URL that cannot be read"))?;
        let secure = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => return Err(invalid("a URL must begin with `https://` or `http://`")),
        };
        let authority = uri
            .authority()
            .filter(|authority| !authority.as_str().contains('@'))
            .ok_or_else(|| invalid("a URL must not have a user name or password"))?;
        let host = authority.host().trim_end_matches('.').to_ascii_lowercase();
        if host.is_empty() {
            return Err(invalid("a URL must have a host"));
        }
        if host.ends_with("spin.internal") || host == "self" || host.ends_with(".alt") {
            return Err(refused(
                ErrorCode::HostForbidden,
                "a service may not send requests to the app itself",
            ));
        }
        let port = authority
            .port_u16()
            .unwrap_or(if secure { 443 } else { 80 });
        Ok(Self { secure, host, port })
    }

    /// The host.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    fn is_loopback(&self) -> bool {
        self.host == "localhost"
            || self.host == "[::1]"
            || self
                .host
                .parse::<std::net::Ipv4Addr>()
                .is_ok_and(|address| address.is_loopback())
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.secure { "https" } else { "http" };
        write!(f, "{scheme}://{}:{}", self.host, self.port)
    }
}

/// Hosts that a secret may be sent to, as an operator writes them: `api.example.com`,
/// `*.example.com`, `example.com:8443`, `http://10.0.0.5:8000`.
///
/// Without a scheme it means `https`, and `http` on this machine alone; without a port, any port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostRule {
    secure: Option<bool>,
    host: String,
    port: Option<u16>,
}

impl HostRule {
    /// Reads a rule; `None` if it has not the right form.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (secure, rest) = match text.trim().split_once("://") {
            Some(("https", rest)) => (Some(true), rest),
            Some(("http", rest)) => (Some(false), rest),
            Some(_) => return None,
            None => (None, text.trim()),
        };
        let (host, port) = match rest.rsplit_once(':') {
            // The colons of an IPv6 address stand within brackets.
            Some((host, port)) if !port.contains(']') => (host, Some(port.parse().ok()?)),
            _ => (rest, None),
        };
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        let rest = host.strip_prefix("*.").unwrap_or(&host);
        let is_host = !rest.is_empty()
            && rest
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "-._[]:".contains(c));
        is_host.then_some(Self { secure, host, port })
    }

    /// Whether the secret may be sent there.
    #[must_use]
    pub fn allows(&self, target: &Target) -> bool {
        let scheme = match self.secure {
            Some(secure) => secure == target.secure,
            None => target.secure || target.is_loopback(),
        };
        scheme
            && self.port.is_none_or(|port| port == target.port)
            && pattern::matches(&self.host, &target.host)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_scheme_host_and_port() {
        for (url, target) in [
            (
                "https://API.example.com./v1?x=1",
                "https://api.example.com:443",
            ),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("http://[::1]/x", "http://[::1]:80"),
        ] {
            assert_eq!(Target::of(url).unwrap().to_string(), target);
        }
        for url in [
            "/v1",
            "ftp://example.com/",
            "https://user:pass@example.com/",
            "https://example.com@evil.example/",
            "https:///x",
            "https://exa mple.com/",
            "http://wrappedkeystore.spin.internal/resolve",
            "http://WrappedKeystore.Spin.Internal./resolve",
            "http://self.alt/x",
        ] {
            assert!(Target::of(url).is_err(), "{url}");
        }
    }

    #[test]
    fn a_secret_goes_only_where_its_rule_says() {
        let allows = |rule: &str, url: &str| {
            HostRule::parse(rule)
                .unwrap()
                .allows(&Target::of(url).unwrap())
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
            assert!(HostRule::parse(rule).is_none(), "{rule}");
        }
    }
}
