//! What belongs to the app itself.

use url::Host;

/// Hosts under this domain are components of the app, by Spin's service chaining.
pub const CHAINING_DOMAIN: &str = "spin.internal";

/// The host that stands for the app itself.
pub const SELF_HOST: &str = "self.alt";

/// Where a component's private route is.
#[must_use]
pub fn component_url(component: &str, path: &str) -> String {
    format!("http://{component}.{CHAINING_DOMAIN}{path}")
}

/// The component that a host, with or without a port, names: `id` of `id.spin.internal`.
#[must_use]
pub fn chained_component(host: &str) -> Option<&str> {
    let host = host.rsplit_once(':').map_or(host, |(host, _)| host);
    match host.split_once('.') {
        Some((id, CHAINING_DOMAIN)) => Some(id),
        _ => None,
    }
}

/// Whether a host is a part of the app: no task may reach such a host. `chaining_domain` is the app's setting, the domain that its
/// list of allowed hosts has instead of [`CHAINING_DOMAIN`].
#[must_use]
pub fn owns<S: AsRef<str>>(host: &Host<S>, chaining_domain: &str) -> bool {
    let Host::Domain(name) = host else {
        return false;
    };
    let name = name.as_ref().trim_end_matches('.').to_ascii_lowercase();
    let chaining_domain = chaining_domain
        .trim()
        .trim_matches('.')
        .to_ascii_lowercase();
    name == "self"
        || is_within(&name, "alt")
        || is_within(&name, CHAINING_DOMAIN)
        || !chaining_domain.is_empty() && is_within(&name, &chaining_domain)
}

/// Whether a name is a domain or below it.
fn is_within(name: &str, domain: &str) -> bool {
    name.strip_suffix(domain)
        .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chaining_hosts_name_a_component() {
        assert_eq!(chained_component("a-b.spin.internal"), Some("a-b"));
        assert_eq!(chained_component("a.spin.internal:80"), Some("a"));
        assert_eq!(chained_component("spin.internal"), None);
        assert_eq!(chained_component("a.b.spin.internal"), None);
        assert_eq!(chained_component("a.spin.internal.example.com"), None);
    }

    #[test]
    fn the_app_owns_itself_and_its_components_under_each_chaining_domain() {
        let owns = |host: &str, domain: &str| owns(&Host::parse(host).unwrap(), domain);
        for domain in [
            CHAINING_DOMAIN,
            "chain.example.com",
            " Chain.Example.com. ",
            "",
        ] {
            for host in [
                "self",
                "self.alt",
                "SELF.alt.",
                "spin.internal",
                "Keystore.Spin.Internal.",
            ] {
                assert!(owns(host, domain), "{host} {domain}");
            }
            for host in [
                "127.0.0.1",
                "[::1]",
                "example.com",
                "myspin.internal",
                "alt.example.com",
            ] {
                assert!(!owns(host, domain), "{host} {domain}");
            }
            let is_moved = domain.contains("xample");
            for host in ["wrappedkeystore.chain.example.com", "chain.example.com."] {
                assert_eq!(owns(host, domain), is_moved, "{host} {domain}");
            }
        }
    }
}
