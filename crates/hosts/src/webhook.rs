//! Where completion webhooks may go.

use url::Host;

use crate::secret::SecretRule;
use crate::target::{NoTarget, Target};

/// The longest URL of a webhook.
pub const WEBHOOK_URL_MAX: usize = 2_000;

/// The setting `webhook_hosts`: a rule such as that of a [secret](SecretRule), or `*:*` for all hosts that are reached over
/// `https`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WebhookRule {
    /// `*:*`, or `*`.
    Any,
    /// What this rule allows.
    Only(SecretRule),
}

/// Why nobody is told at a URL.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoWebhook {
    /// It is too long.
    #[error("the URL may have {WEBHOOK_URL_MAX} bytes at most")]
    Long,
    /// It is no target.
    #[error(transparent)]
    Target(#[from] NoTarget),
    /// The rule does not allow its host.
    #[error("`{0}` is not among `webhook_hosts`")]
    Elsewhere(Host),
}

impl WebhookRule {
    /// Reads a rule; `None` if it does not have the right form.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text.trim() {
            "*" | "*:*" => Some(Self::Any),
            rule => SecretRule::parse(rule).map(Self::Only),
        }
    }

    /// The target of a webhook's URL. `chaining_domain` is the app's setting.
    ///
    /// # Errors
    /// Why nobody is told there.
    pub fn target(&self, url: &str, chaining_domain: &str) -> Result<Target, NoWebhook> {
        let target = webhook_target(url, chaining_domain)?;
        let is_allowed = match self {
            Self::Any => target.is_secure(),
            Self::Only(rule) => rule.allows(&target),
        };
        match is_allowed {
            true => Ok(target),
            false => Err(NoWebhook::Elsewhere(target.host().clone())),
        }
    }
}

/// The target of a webhook's URL, whatever hosts are allowed.
///
/// # Errors
/// Why it has none.
pub fn webhook_target(url: &str, chaining_domain: &str) -> Result<Target, NoWebhook> {
    match url.len() > WEBHOOK_URL_MAX {
        true => Err(NoWebhook::Long),
        false => Ok(Target::of(url, chaining_domain)?),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(url: &str, hosts: &str) -> Result<Target, NoWebhook> {
        let rule = WebhookRule::parse(hosts).unwrap_or_else(|| panic!("{hosts}"));
        rule.target(url, "chain.example.com")
    }

    #[test]
    fn only_listed_hosts_are_told() {
        for (url, hosts) in [
            ("https://hooks.example.com/t?k=1", "hooks.example.com"),
            ("https://a.example.com/", "*.example.com"),
            ("https://any.example.org/", "*:*"),
            ("HTTPS://any.example.org/", " * "),
            ("http://127.0.0.1:9/x", "127.0.0.1:9"),
        ] {
            assert!(target(url, hosts).is_ok(), "{url} {hosts}");
        }
        for (url, hosts) in [
            ("https://hooks.example.com/", "none.invalid"),
            ("http://hooks.example.com/", "hooks.example.com"),
            ("http://hooks.example.com/", "*:*"),
            ("https://user@hooks.example.com/", "*:*"),
            ("http://quickjs.spin.internal/execute", "*:*"),
            ("https://quickjs.chain.example.com/execute", "*:*"),
            ("not a url", "*:*"),
        ] {
            assert!(target(url, hosts).is_err(), "{url} {hosts}");
        }
        let long = format!("https://a.example.com/{}", "x".repeat(WEBHOOK_URL_MAX));
        assert_eq!(target(&long, "*:*"), Err(NoWebhook::Long));
        for rule in [
            "",
            "*.",
            "a.example.com, b.example.com",
            "ftp://a.example.com",
        ] {
            assert_eq!(WebhookRule::parse(rule), None, "{rule}");
        }
    }
}
