//! Where an upstream is: its origin in one variable, the path under it in another.
//!
//! Hosts allow requests by origin, and take the list of what they allow from the first variable.

use tasker_domain::ErrorCode;
use tasker_domain::wire::ServiceError;
use tasker_settings::Setting;

use crate::{Host, refused};

/// The base URL that the variables `origin` and `path` give, without a slash at its end.
///
/// # Errors
/// `service_unavailable`, naming the variable to correct: a path in `origin` would have the
/// host refuse every request.
pub fn read(
    host: &impl Host,
    origin: &Setting<String>,
    path: &Setting<String>,
) -> Result<String, ServiceError> {
    let text = host.setting(origin)?;
    let base = tasker_hosts::origin(&text).ok_or_else(|| {
        refused(
            ErrorCode::ServiceUnavailable,
            format!(
                "the variable `{}` must be scheme, host and port alone, such as `https://api.example.com`; a path goes into `{}`",
                origin.name(),
                path.name()
            ),
        )
    })?;
    let under = path_of(&host.setting(path)?).ok_or_else(|| {
        refused(
            ErrorCode::ServiceUnavailable,
            format!(
                "the variable `{}` must be a path, such as `/v1`",
                path.name()
            ),
        )
    })?;
    Ok(base + &under)
}

/// A path with a slash before it and none at its end; empty for none. `None` if it is not a plain path.
fn path_of(text: &str) -> Option<String> {
    let path = text.trim().trim_matches('/');
    if path.is_empty() {
        return Some(String::new());
    }
    let is_plain = path.bytes().all(|byte| byte.is_ascii_graphic())
        && !path.contains(['?', '#', '\\', '%'])
        && path.split('/').all(|part| !matches!(part, "" | "." | ".."));
    is_plain.then(|| format!("/{path}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_has_no_surprises() {
        for (text, path) in [("", ""), ("/", ""), ("v1/", "/v1"), (" /a/b ", "/a/b")] {
            assert_eq!(path_of(text).as_deref(), Some(path));
        }
        for text in ["/a/../b", "/a?b=c", "a//b", "/a b", "/%2e%2e", "a\\b"] {
            assert_eq!(path_of(text), None, "{text}");
        }
    }
}
