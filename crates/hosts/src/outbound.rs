//! An entry of Spin's `allowed_outbound_hosts`, as Spin reads it: `scheme://host[:port]`, each part literal or a wildcard.

use url::{Host, Url};

use crate::pattern::{Pattern, Ports};

/// One entry.
#[derive(Debug, Clone)]
pub struct OutboundRule {
    /// `None` allows any.
    scheme: Option<String>,
    host: OutboundHost,
    ports: Ports,
}

#[derive(Debug, Clone)]
enum OutboundHost {
    /// The application itself.
    Application,
    Of(Pattern),
}

impl OutboundRule {
    /// Reads an entry.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let (scheme, rest) = text.split_once("://").ok_or(
            "write `scheme://host[:port]`, for example `https://example.com`; `*` is a wildcard",
        )?;
        let (host, port) = rest.rsplit_once(':').unwrap_or((rest, ""));
        let port = match port.split_once('/') {
            None => port,
            Some((port, "")) => port,
            Some(_) => return Err("a path is not allowed".into()),
        };
        if scheme != "*" && !scheme.chars().all(char::is_alphabetic) {
            return Err(format!("`{scheme}` is not a scheme"));
        }
        Ok(Self {
            scheme: (scheme != "*").then(|| scheme.to_owned()),
            host: match host.trim() {
                "self" | "self.alt" => OutboundHost::Application,
                host => OutboundHost::Of(Pattern::parse(host.trim_end_matches('/'))?),
            },
            ports: match port {
                "" => default_port(scheme)
                    .map(Ports::One)
                    .ok_or_else(|| format!("scheme `{scheme}` has no default port; write one"))?,
                port => Ports::parse(port)?,
            },
        })
    }

    /// The same scheme and ports for another host.
    #[must_use]
    pub fn for_host(&self, host: Host) -> Self {
        Self {
            host: OutboundHost::Of(Pattern::Exactly(host)),
            ..self.clone()
        }
    }

    /// Whether it allows the names below a domain.
    #[must_use]
    pub fn is_below(&self, domain: &str) -> bool {
        matches!(&self.host, OutboundHost::Of(Pattern::Below(suffix)) if suffix[1..] == *domain)
    }

    /// Whether it says which hosts these are, without a wildcard.
    #[must_use]
    pub fn names_its_hosts(&self) -> bool {
        !matches!(
            self.host,
            OutboundHost::Of(Pattern::Any | Pattern::Below(_))
        )
    }

    /// Whether a request may go there.
    #[must_use]
    pub fn allows(&self, to: &Destination) -> bool {
        let OutboundHost::Of(pattern) = &self.host else {
            return false;
        };
        self.allows_scheme(&to.scheme) && pattern.has(&to.host) && self.ports.has(to.port)
    }

    /// Whether it allows paths of the application itself (`self`).
    #[must_use]
    pub fn allows_self(&self) -> bool {
        let is_self = matches!(
            self.host,
            OutboundHost::Application | OutboundHost::Of(Pattern::Any)
        );
        is_self && (self.allows_scheme("http") || self.allows_scheme("https"))
    }

    fn allows_scheme(&self, scheme: &str) -> bool {
        self.scheme.as_deref().is_none_or(|own| own == scheme)
    }
}

/// Where a request or a connection goes, in whatever scheme.
#[derive(Debug, Clone)]
pub struct Destination {
    scheme: String,
    host: Host,
    port: Option<u16>,
}

impl Destination {
    /// That of an absolute URL; `None` if it is not one.
    #[must_use]
    pub fn of(url: &str) -> Option<Self> {
        let url = Url::parse(url).ok()?;
        let scheme = url.scheme();
        Some(Self {
            // The parser of URLs knows addresses in the schemes of the web only.
            host: Host::parse(url.host_str()?).ok()?,
            port: url.port().or_else(|| default_port(scheme)),
            scheme: scheme.to_owned(),
        })
    }
}

fn default_port(scheme: &str) -> Option<u16> {
    match scheme {
        "postgres" => Some(5432),
        "mysql" => Some(3306),
        "redis" => Some(6379),
        "mqtt" => Some(1883),
        "http" => Some(80),
        "https" => Some(443),
        _ => None,
    }
}
