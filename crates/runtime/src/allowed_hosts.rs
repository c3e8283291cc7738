//! `allowed_outbound_hosts`: which requests a component may make. Whatever no entry allows is refused.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::ops::Range;

use ipnet::IpNet;
use url::{Host, Url};

use crate::outbound::Reach;
use crate::template;

/// Hosts under this domain are components of the same application.
const CHAINING_DOMAIN: &str = "spin.internal";

/// The parsed list of one component.
#[derive(Debug)]
pub(crate) struct AllowedHosts(Vec<Entry>);

/// One entry: `scheme://host[:port]`, each part literal or a wildcard.
#[derive(Debug)]
struct Entry {
    /// `None` allows any.
    scheme: Option<String>,
    host: HostPattern,
    port: PortPattern,
}

#[derive(Debug)]
enum HostPattern {
    Any,
    /// Ends with this, which begins with a dot.
    Subdomain(String),
    /// The application itself.
    Application,
    Literal(Host),
    Network(IpNet),
}

#[derive(Clone, Debug)]
enum PortPattern {
    Any,
    One(u16),
    /// The end is exclusive, as in Spin.
    Range(Range<u16>),
}

impl AllowedHosts {
    /// Parses a component's list. `{{ name }}` in it stands for an application variable, and `*.spin.internal` for the
    /// application's own `components` only.
    pub(crate) fn parse<'a>(
        list: &[String],
        values: &BTreeMap<String, String>,
        components: impl Iterator<Item = &'a String> + Clone,
    ) -> Result<Self, String> {
        let mut entries = Vec::with_capacity(list.len());
        for text in list {
            let text = template::render(text, values)?;
            let entry = Entry::parse(&text).map_err(|reason| format!("`{text}`: {reason}"))?;
            match &entry.host {
                HostPattern::Subdomain(suffix) if suffix[1..] == *CHAINING_DOMAIN => {
                    entries.extend(components.clone().map(|id| Entry {
                        scheme: entry.scheme.clone(),
                        host: HostPattern::Literal(Host::Domain(format!("{id}{suffix}"))),
                        port: entry.port.clone(),
                    }));
                }
                _ => entries.push(entry),
            }
        }
        Ok(Self(entries))
    }

    /// Whether the component may request this absolute URL, and why.
    pub(crate) fn allows(&self, url: &str) -> Option<Reach> {
        let url = Url::parse(url).ok()?;
        // The parser of URLs knows addresses in the schemes of the web only.
        let host = Host::parse(url.host_str()?).ok()?;
        let scheme = url.scheme();
        let port = url.port().or_else(|| default_port(scheme));
        let allowing = self.0.iter().filter(|entry| {
            entry.allows_scheme(scheme) && entry.host.allows(&host) && entry.port.allows(port)
        });
        allowing
            .map(|entry| entry.host.reach())
            .reduce(|one, other| if one == Reach::Named { one } else { other })
    }

    /// Whether the component may request paths of its own application (`self`).
    pub(crate) fn allows_self(&self) -> bool {
        self.0.iter().any(|entry| {
            matches!(entry.host, HostPattern::Any | HostPattern::Application)
                && (entry.allows_scheme("http") || entry.allows_scheme("https"))
        })
    }
}

impl Entry {
    fn parse(text: &str) -> Result<Self, String> {
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
            host: HostPattern::parse(host)?,
            port: PortPattern::parse(port, scheme)?,
        })
    }

    fn allows_scheme(&self, scheme: &str) -> bool {
        self.scheme
            .as_deref()
            .is_none_or(|allowed| allowed == scheme)
    }
}

impl HostPattern {
    fn parse(host: &str) -> Result<Self, String> {
        let host = host.trim();
        match host {
            "*" => return Ok(Self::Any),
            "self" | "self.alt" => return Ok(Self::Application),
            _ => {}
        }
        if let Ok(network) = host.parse::<IpNet>() {
            return Ok(Self::Network(network));
        }
        let host = host.trim_end_matches('/');
        if host.contains('/') {
            return Err("a path is not allowed".into());
        }
        if let Some(domain) = host.strip_prefix("*.")
            && !domain.contains('*')
        {
            return Ok(Self::Subdomain(format!(".{domain}")));
        }
        if host.contains('*') {
            return Err("a `*` can stand only for a whole host or before its first dot".into());
        }
        Host::parse(host)
            .map(Self::Literal)
            .map_err(|error| format!("`{host}`: {error}"))
    }

    /// Whether the manifest says which hosts these are.
    fn reach(&self) -> Reach {
        match self {
            Self::Any | Self::Subdomain(_) => Reach::Wildcard,
            Self::Application | Self::Literal(_) | Self::Network(_) => Reach::Named,
        }
    }

    fn allows(&self, host: &Host) -> bool {
        match (self, host) {
            (Self::Any, _) => true,
            (Self::Subdomain(suffix), Host::Domain(domain)) => domain.ends_with(suffix),
            (Self::Literal(literal), host) => literal == host,
            (Self::Network(network), Host::Ipv4(address)) => {
                network.contains(&IpAddr::from(*address))
            }
            (Self::Network(network), Host::Ipv6(address)) => {
                network.contains(&IpAddr::from(*address))
            }
            (Self::Subdomain(_) | Self::Network(_) | Self::Application, _) => false,
        }
    }
}

impl PortPattern {
    fn parse(port: &str, scheme: &str) -> Result<Self, String> {
        let number = |text: &str| {
            text.parse::<u16>()
                .map_err(|_| format!("`{text}` is not a port"))
        };
        if port.is_empty() {
            return default_port(scheme)
                .map(Self::One)
                .ok_or_else(|| format!("scheme `{scheme}` has no default port; write one"));
        }
        if port == "*" {
            return Ok(Self::Any);
        }
        match port.split_once("..") {
            Some((start, end)) => Ok(Self::Range(number(start)?..number(end)?)),
            None => Ok(Self::One(number(port)?)),
        }
    }

    fn allows(&self, port: Option<u16>) -> bool {
        match (self, port) {
            (Self::Any, _) => true,
            (Self::One(allowed), Some(port)) => *allowed == port,
            (Self::Range(range), Some(port)) => range.contains(&port),
            (_, None) => false,
        }
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

/// The component that a host, with or without a port, names: `id` of `id.spin.internal`.
pub(crate) fn chained_component(host: &str) -> Option<&str> {
    let host = host.rsplit_once(':').map_or(host, |(host, _)| host);
    match host.split_once('.') {
        Some((id, CHAINING_DOMAIN)) => Some(id),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hosts(list: &[&str]) -> Result<AllowedHosts, String> {
        let list: Vec<_> = list.iter().map(ToString::to_string).collect();
        let values = BTreeMap::from([("api".to_owned(), "api.example.com:8443".to_owned())]);
        AllowedHosts::parse(&list, &values, ["one".to_owned(), "two".to_owned()].iter())
    }

    #[test]
    fn addresses_are_known_in_every_scheme() {
        let hosts = hosts(&["postgres://127.0.0.1:6543", "postgres://[::1]:5432"]).unwrap();
        for (url, allowed) in [
            ("postgres://127.0.0.1:6543", true),
            ("postgres://127.0.0.1", false),
            ("postgres://[::1]", true),
            ("postgres://[::1]:6543", false),
            ("http://127.0.0.1:6543", false),
        ] {
            assert_eq!(hosts.allows(url).is_some(), allowed, "{url}");
        }
    }

    #[test]
    fn an_entry_allows_what_it_says_and_nothing_else() {
        for (entry, allowed, refused) in [
            (
                "https://example.com",
                "https://example.com/path",
                "http://example.com/",
            ),
            (
                "https://example.com",
                "https://example.com:443/",
                "https://example.com:444/",
            ),
            (
                "*://example.com:80",
                "http://EXAMPLE.com/",
                "https://example.com/",
            ),
            (
                "http://*.example.com:*",
                "http://a.b.example.com:9/",
                "http://example.com:9/",
            ),
            (
                "http://example.com:80..90",
                "http://example.com:89/",
                "http://example.com:90/",
            ),
            (
                "http://10.0.0.0/8:*",
                "http://10.1.2.3:81/",
                "http://11.0.0.1/",
            ),
            (
                "http://127.0.0.1:3000",
                "http://127.0.0.1:3000/",
                "http://127.0.0.1/",
            ),
            ("http://[::1]:80", "http://[::1]/", "http://[::2]/"),
            (
                "https://{{ api }}",
                "https://api.example.com:8443/",
                "https://api.example.com/",
            ),
            (
                "http://one.spin.internal",
                "http://one.spin.internal/",
                "http://two.spin.internal/",
            ),
            (
                "http://*.spin.internal",
                "http://two.spin.internal/",
                "http://three.spin.internal/",
            ),
            ("*://*:*", "redis://example.com/", "not a url"),
        ] {
            let hosts = hosts(&[entry]).unwrap();
            assert!(hosts.allows(allowed).is_some(), "{entry} allows {allowed}");
            assert!(hosts.allows(refused).is_none(), "{entry} refuses {refused}");
        }
        assert!(
            hosts(&[]).unwrap().allows("http://example.com/").is_none(),
            "refused by default"
        );
    }

    #[test]
    fn a_host_is_named_if_any_entry_names_it() {
        let hosts = hosts(&[
            "https://*",
            "https://10.0.0.0/8",
            "https://example.com",
            "https://*.example.com",
        ])
        .unwrap();
        for (url, reach) in [
            ("https://example.com/", Reach::Named),
            ("https://10.1.1.1/", Reach::Named),
            ("https://www.example.com/", Reach::Wildcard),
            ("https://11.1.1.1/", Reach::Wildcard),
        ] {
            assert_eq!(hosts.allows(url), Some(reach), "{url}");
        }
    }

    #[test]
    fn the_application_itself_is_allowed_by_self_or_everything() {
        assert!(hosts(&["http://self"]).unwrap().allows_self());
        assert!(hosts(&["*://*:*"]).unwrap().allows_self());
        assert!(!hosts(&["http://example.com"]).unwrap().allows_self());
        assert!(!hosts(&["redis://self"]).unwrap().allows_self());
    }

    #[test]
    fn malformed_entries_are_refused() {
        for entry in [
            "*",
            "example.com",
            "http://example.com/path",
            "http://a.*.com",
            "ftp://example.com",
            "http://example.com:x",
            "h1://example.com:1",
        ] {
            assert!(hosts(&[entry]).unwrap_err().contains(entry), "{entry}");
        }
    }

    #[test]
    fn chaining_hosts_name_a_component() {
        assert_eq!(chained_component("a-b.spin.internal"), Some("a-b"));
        assert_eq!(chained_component("a.spin.internal:80"), Some("a"));
        assert_eq!(chained_component("spin.internal"), None);
        assert_eq!(chained_component("a.b.spin.internal"), None);
        assert_eq!(chained_component("a.spin.internal.example.com"), None);
    }
}
