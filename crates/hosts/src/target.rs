//! Where a request goes.

use std::fmt;

use url::{Host, Url};

use crate::app;

/// Scheme, host and port of a URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    secure: bool,
    /// A name is in lower case, without a dot at its end.
    host: Host,
    port: u16,
}

/// Why a URL is no target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoTarget {
    /// It is not a URL, or one that not everybody reads in the same way.
    #[error("a request has a URL that cannot be read")]
    Unreadable,
    /// It is of another scheme.
    #[error("a URL must begin with `https://` or `http://`")]
    Scheme,
    /// It has a user name or password.
    #[error("a URL must not have a user name or password")]
    User,
    /// It has no host.
    #[error("a URL must have a host")]
    NoHost,
    /// It leads to the app itself.
    #[error("a service may not send requests to the app itself")]
    Own,
}

impl Target {
    /// Reads the target of an absolute URL. Parts of the app do not count; `chaining_domain` is the app's setting.
    ///
    /// # Errors
    /// Why it is not a target.
    pub fn of(url: &str, chaining_domain: &str) -> Result<Self, NoTarget> {
        let (secure, rest) = match url.split_once("://") {
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("https") => (true, rest),
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") => (false, rest),
            Some(_) => return Err(NoTarget::Scheme),
            None => return Err(NoTarget::Unreadable),
        };
        let authority = authority(rest);
        if authority.contains('@') {
            return Err(NoTarget::User);
        }
        if authority.is_empty() || authority.starts_with(':') {
            return Err(NoTarget::NoHost);
        }
        // The sender parses the text again: what parsers repair, each in its own way, is refused.
        let is_plain = |byte: u8| byte.is_ascii_graphic() && !b"\\%".contains(&byte);
        let is_sendable = |byte: u8| byte > b' ' && !b"<>`\x7f".contains(&byte);
        if !authority.bytes().all(is_plain) || !url.bytes().all(is_sendable) {
            return Err(NoTarget::Unreadable);
        }
        let url = Url::parse(url).map_err(|_| NoTarget::Unreadable)?;
        let port = url.port_or_known_default().ok_or(NoTarget::Unreadable)?;
        let host = match url.host().ok_or(NoTarget::NoHost)? {
            Host::Domain(name) => Host::Domain(name.trim_end_matches('.').to_owned()),
            Host::Ipv4(address) => Host::Ipv4(address),
            Host::Ipv6(address) => Host::Ipv6(address),
        };
        match &host {
            Host::Domain(name) if name.is_empty() => Err(NoTarget::NoHost),
            host if app::owns(host, chaining_domain) => Err(NoTarget::Own),
            _ => Ok(Self { secure, host, port }),
        }
    }

    /// The host.
    #[must_use]
    pub fn host(&self) -> &Host {
        &self.host
    }

    /// The port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Whether it is reached over TLS.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        self.secure
    }

    pub(crate) fn is_loopback(&self) -> bool {
        match &self.host {
            Host::Domain(name) => name == "localhost",
            Host::Ipv4(address) => address.is_loopback(),
            Host::Ipv6(address) => address.is_loopback(),
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.secure { "https" } else { "http" };
        write!(f, "{scheme}://{}:{}", self.host, self.port)
    }
}

/// The origin that a text is, in lower case; `None` if it is not one, or has more in it.
#[must_use]
pub fn origin(text: &str) -> Option<String> {
    let text = text.trim().trim_end_matches('/');
    let (scheme, rest) = text.split_once("://")?;
    let is_web = matches!(scheme.to_ascii_lowercase().as_str(), "http" | "https");
    let is_alone = authority(rest) == rest && !rest.starts_with(':');
    let is_plain = rest
        .bytes()
        .all(|byte| byte.is_ascii_graphic() && !b"@*%\\".contains(&byte));
    let is_origin = is_web && is_alone && is_plain && Url::parse(text).is_ok();
    is_origin.then(|| text.to_ascii_lowercase())
}

/// What stands behind the star of `https://*.example.com`, the wildcard of all servers of a domain: `.example.com`.
#[must_use]
pub fn domain_below(text: &str) -> Option<&str> {
    let suffix = text.strip_prefix("https://*")?;
    let is_label = |label: &str| {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        !label.is_empty() && label.bytes().all(is_plain)
    };
    let mut labels = suffix.strip_prefix('.')?.split('.');
    labels.all(is_label).then_some(suffix)
}

/// What stands before the path, the query and the fragment.
fn authority(rest: &str) -> &str {
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    &rest[..end]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::CHAINING_DOMAIN;

    #[test]
    fn a_target_is_scheme_host_and_port() {
        let of = |url| Target::of(url, CHAINING_DOMAIN);
        for (url, target) in [
            (
                "https://API.example.com./v1?x=1",
                "https://api.example.com:443",
            ),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("http://[::1]/x", "http://[::1]:80"),
            // An address stays that address in every spelling.
            ("http://0x7f.1:81/", "http://127.0.0.1:81"),
        ] {
            assert_eq!(of(url).unwrap().to_string(), target);
        }
        for url in [
            "/v1",
            "ftp://example.com/",
            "https://user:pass@example.com/",
            "https://example.com@evil.example/",
            "https://@example.com/",
            "https:///x",
            "https://exa mple.com/",
            "https://exa\tmple.com/",
            "https://example.com\\@evil.example/",
            "https:\\\\example.com/",
            "https://%65xample.com/",
            "https://:80/",
            "http://wrappedkeystore.spin.internal/resolve",
            "http://WrappedKeystore.Spin.Internal./resolve",
            "http://self.alt/x",
        ] {
            assert!(of(url).is_err(), "{url}");
        }
        let chained = "http://wrappedkeystore.chain.example.com/resolve";
        assert_eq!(Target::of(chained, "chain.example.com"), Err(NoTarget::Own));
        assert!(of(chained).is_ok());
    }

    #[test]
    fn an_origin_has_no_path() {
        for (text, expected) in [
            (" https://api.example.com/ ", "https://api.example.com"),
            ("HTTP://Example.com:8080", "http://example.com:8080"),
            ("http://[::1]:80//", "http://[::1]:80"),
        ] {
            assert_eq!(origin(text).as_deref(), Some(expected));
        }
        for text in [
            "",
            "api.example.com",
            "https://",
            "https://:80",
            "https://a.example/v1",
            "https://a.example?x=y",
            "https://a.example#x",
            "https://u:p@a.example",
            "https://*.a.example",
            "ftp://a.example",
            "https://a b",
        ] {
            assert_eq!(origin(text), None, "{text}");
        }
    }
}
