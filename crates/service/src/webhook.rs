//! Where completion webhooks may go.

use tasker_domain::ErrorCode;
use tasker_domain::wire::ServiceError;

use tasker_hosts::{SecretRule, Target};

use crate::{invalid, refused, target};

/// The longest URL.
pub const URL_MAX: usize = 2_000;

/// Checks that a URL may be told, by the setting `webhook_hosts`: a pattern of hosts, or `*:*` for all
/// that are reached over `https`. `chaining_domain` is the setting of that name.
///
/// # Errors
/// `invalid_arguments`, `host_forbidden`
pub fn allowed(url: &str, hosts: &str, chaining_domain: &str) -> Result<Target, ServiceError> {
    if url.len() > URL_MAX {
        return Err(invalid(format!("the URL may have {URL_MAX} bytes at most")));
    }
    let target = target(url, chaining_domain)?;
    let is_allowed = match hosts.trim() {
        "*" | "*:*" => url.starts_with("https://"),
        pattern => SecretRule::parse(pattern).is_some_and(|rule| rule.allows(&target)),
    };
    match is_allowed {
        true => Ok(target),
        false => Err(refused(
            ErrorCode::HostForbidden,
            format!("`{}` is not among `webhook_hosts`", target.host()),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(url: &str, hosts: &str) -> Result<Target, ServiceError> {
        super::allowed(url, hosts, "chain.example.com")
    }

    #[test]
    fn only_listed_hosts_are_told() {
        for (url, hosts) in [
            ("https://hooks.example.com/t?k=1", "hooks.example.com"),
            ("https://a.example.com/", "*.example.com"),
            ("https://any.example.org/", "*:*"),
            ("http://127.0.0.1:9/x", "127.0.0.1:9"),
        ] {
            assert!(allowed(url, hosts).is_ok(), "{url} {hosts}");
        }
        for (url, hosts) in [
            ("https://hooks.example.com/", ""),
            ("https://hooks.example.com/", "none.invalid"),
            ("http://hooks.example.com/", "hooks.example.com"),
            ("http://hooks.example.com/", "*:*"),
            ("https://user@hooks.example.com/", "*:*"),
            ("http://quickjs.spin.internal/execute", "*:*"),
            ("https://quickjs.chain.example.com/execute", "*:*"),
            ("not a url", "*:*"),
        ] {
            assert!(allowed(url, hosts).is_err(), "{url} {hosts}");
        }
        let long = format!("https://a.example.com/{}", "x".repeat(URL_MAX));
        assert!(allowed(&long, "*:*").is_err());
    }
}
