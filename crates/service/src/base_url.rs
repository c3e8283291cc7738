//! Where an upstream is: its origin in one variable, the path under it in another.
//!
//! Hosts allow requests by origin, and make the list of what they allow of the first variable.

use http::Uri;
use tasker_domain::ErrorCode;
use tasker_domain::wire::ServiceError;
use tasker_settings::Setting;

use crate::{Host, refused};

/// The base URL that the variables `origin` and `path` give, without a slash at its end.
///
/// # Errors
/// `service_unavailable`, naming the variable that has to be mended: a path in `origin` would have the
/// host refuse every request.
pub fn read(
    host: &impl Host,
    origin: &Setting<String>,
    path: &Setting<String>,
) -> Result<String, ServiceError> {
    let text = host.setting(origin)?;
    let base = origin_of(&text).ok_or_else(|| {
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

/// The origin that a text is; `None` if it is not one, or has more in it.
#[must_use]
pub fn origin_of(text: &str) -> Option<String> {
    let text = text.trim().trim_end_matches('/');
    let uri: Uri = text.parse().ok()?;
    let scheme = uri
        .scheme_str()
        .filter(|scheme| matches!(*scheme, "http" | "https"))?;
    let authority = uri.authority()?.as_str();
    let is_origin = !uri.host()?.is_empty()
        && !authority.contains(['@', '*'])
        && text.len() == scheme.len() + "://".len() + authority.len();
    is_origin.then(|| text.to_ascii_lowercase())
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
    fn an_origin_has_no_path_and_a_path_no_surprises() {
        for (text, origin) in [
            (" https://api.example.com/ ", "https://api.example.com"),
            ("HTTP://Example.com:8080", "http://example.com:8080"),
            ("http://[::1]:80//", "http://[::1]:80"),
        ] {
            assert_eq!(origin_of(text).as_deref(), Some(origin));
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
            assert_eq!(origin_of(text), None, "{text}");
        }
        for (text, path) in [("", ""), ("/", ""), ("v1/", "/v1"), (" /a/b ", "/a/b")] {
            assert_eq!(path_of(text).as_deref(), Some(path));
        }
        for text in ["/a/../b", "/a?b=c", "a//b", "/a b", "/%2e%2e", "a\\b"] {
            assert_eq!(path_of(text), None, "{text}");
        }
    }
}
