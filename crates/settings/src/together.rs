//! Settings that are right by themselves and do not go together.

use tasker_hosts::NoWebhook;

use crate::{About, CHAINING_DOMAIN, Setting, WEBHOOK_HOSTS, WEBHOOK_URL};

/// Why settings do not go together.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the variable `webhook_url` names a host that may not be told: {0}")]
pub struct Contradiction(NoWebhook);

/// Judges settings together. `value` gives what a setting is set to; what cannot be read is judged by itself.
///
/// # Errors
/// Which do not go together.
pub fn check_together(value: impl Fn(&About) -> Option<String>) -> Result<(), Contradiction> {
    let text = |about: &About| value(about).or_else(|| about.default.map(str::to_owned));
    let url = read(&WEBHOOK_URL, text).unwrap_or_default();
    match read(&WEBHOOK_HOSTS, text).zip(read(&CHAINING_DOMAIN, text)) {
        Some((hosts, chaining_domain)) if !url.is_empty() => hosts
            .target(&url, &chaining_domain)
            .map(drop)
            .map_err(Contradiction),
        _ => Ok(()),
    }
}

fn read<T>(setting: &Setting<T>, text: impl Fn(&About) -> Option<String>) -> Option<T> {
    setting.parse(&text(&setting.about)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_webhook_for_all_runs_goes_to_a_host_that_webhooks_may_go_to() {
        let check = |url: &str, hosts: Option<&str>| {
            check_together(|about| match about.name {
                "webhook_url" => Some(url.to_owned()),
                "webhook_hosts" => hosts.map(str::to_owned),
                _ => None,
            })
        };
        let url = "https://hooks.example.com/t";
        assert_eq!(check(url, Some("*.example.com")), Ok(()));
        assert_eq!(check("", None), Ok(()));
        // What has another form is refused for that.
        assert_eq!(check(url, Some("a b")), Ok(()));
        assert_eq!(check("hooks.example.com", None), Ok(()));
        for hosts in [None, Some("example.com")] {
            let said = check(url, hosts).unwrap_err().to_string();
            assert!(
                said.contains("`webhook_url`")
                    && said.ends_with("`hooks.example.com` is not among `webhook_hosts`"),
                "{said}"
            );
        }
        assert!(check("http://a.spin.internal/", Some("*:*")).is_ok());
        assert!(check("http://a.example.com/", Some("*:*")).is_err());
    }
}
