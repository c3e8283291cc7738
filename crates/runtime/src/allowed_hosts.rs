//! `allowed_outbound_hosts`: which requests a component may make. What no entry allows is refused.

use std::collections::BTreeMap;

use tasker_hosts::app::CHAINING_DOMAIN;
use tasker_hosts::{Destination, Host, OutboundRule, RequestRule, Target};

use crate::outbound::Reach;
use crate::template;

/// The parsed list of one component.
#[derive(Debug)]
pub(crate) struct AllowedHosts {
    rules: Vec<OutboundRule>,
    /// Hosts that the operator names besides. They allow nothing of themselves, but are known to be meant.
    named: Vec<RequestRule>,
}

impl AllowedHosts {
    /// Parses a component's list. `{{ name }}` in it stands for an application variable, and `*.spin.internal` for the
    /// application's own `components` only.
    pub(crate) fn parse<'a>(
        list: &[String],
        values: &BTreeMap<String, String>,
        components: impl Iterator<Item = &'a String> + Clone,
    ) -> Result<Self, String> {
        let mut rules = Vec::with_capacity(list.len());
        for text in list {
            let text = template::render(text, values)?;
            let rule =
                OutboundRule::parse(&text).map_err(|reason| format!("`{text}`: {reason}"))?;
            if rule.is_below(CHAINING_DOMAIN) {
                rules.extend(
                    components
                        .clone()
                        .map(|id| rule.for_host(Host::Domain(format!("{id}.{CHAINING_DOMAIN}")))),
                );
            } else {
                rules.push(rule);
            }
        }
        Ok(Self {
            rules,
            named: Vec::new(),
        })
    }

    /// The same list where these hosts are named besides.
    pub(crate) fn naming(self, named: Vec<RequestRule>) -> Self {
        Self { named, ..self }
    }

    /// Whether the component may request this absolute URL, and why.
    pub(crate) fn allows(&self, url: &str) -> Option<Reach> {
        let to = Destination::of(url)?;
        let mut allowing = self.rules.iter().filter(|rule| rule.allows(&to)).peekable();
        allowing.peek()?;
        match allowing.any(OutboundRule::names_its_hosts) || self.names(url) {
            true => Some(Reach::Named),
            false => Some(Reach::Wildcard),
        }
    }

    fn names(&self, url: &str) -> bool {
        let target = Target::of(url, CHAINING_DOMAIN);
        target.is_ok_and(|target| self.named.iter().any(|rule| rule.names(&target)))
    }

    /// Whether the component may request paths of its own application (`self`).
    pub(crate) fn allows_self(&self) -> bool {
        self.rules.iter().any(OutboundRule::allows_self)
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
    fn what_is_named_besides_is_meant_but_not_allowed() {
        let named = ["10.0.0.0/8:*", "*", "*.example.com", "wiki.corp"];
        let named = named.map(|rule| RequestRule::parse(rule).unwrap());
        let hosts = hosts(&["http://*:*", "https://10.1.1.1"]).unwrap();
        let hosts = hosts.naming(named.into());
        for (url, reach) in [
            ("http://10.1.1.1:81/", Some(Reach::Named)),
            ("http://wiki.corp/x?y", Some(Reach::Named)),
            ("http://wiki.corp:81/", Some(Reach::Wildcard)),
            ("http://127.0.0.1/", Some(Reach::Wildcard)),
            ("http://www.example.com/", Some(Reach::Wildcard)),
            ("https://10.1.1.1/", Some(Reach::Named)),
            ("https://10.1.1.2/", None),
            ("https://wiki.corp/", None),
        ] {
            assert_eq!(hosts.allows(url), reach, "{url}");
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
}
