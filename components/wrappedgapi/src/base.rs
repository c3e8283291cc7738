//! Where Google is: each API at its own root, or all of them at one server in Google's place.

use tasker_domain::ErrorCode;
use tasker_domain::wire::ServiceError;
use tasker_service::{Host, refused};

/// The setting `google_base_url`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Base {
    /// Each API's own root, which is under this domain: the setting is `https://*.<domain>`.
    Own {
        /// `.googleapis.com`
        suffix: String,
    },
    /// One server for all APIs: the setting is its origin.
    One {
        /// Ends with a slash.
        root: String,
    },
}

impl Base {
    /// Reads the setting.
    ///
    /// # Errors
    /// If it is neither an origin nor a domain's wildcard.
    pub(crate) fn read(host: &impl Host) -> Result<Self, ServiceError> {
        Self::parse(host.setting("google_base_url")?.trim()).ok_or_else(|| {
            refused(
                ErrorCode::HostForbidden,
                "`google_base_url` must be an origin such as `https://example.com`, without a path, or `https://*.googleapis.com`",
            )
        })
    }

    fn parse(text: &str) -> Option<Self> {
        if text.is_empty() {
            return Self::parse("https://*.googleapis.com");
        }
        let text = text.strip_suffix('/').unwrap_or(text);
        let (scheme, authority) = text.split_once("://")?;
        let plain = !authority.is_empty()
            && authority
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte));
        match authority.strip_prefix('*') {
            Some(suffix) if scheme == "https" && is_domain(suffix) => Some(Self::Own {
                suffix: suffix.to_owned(),
            }),
            _ if plain && matches!(scheme, "http" | "https") => Some(Self::One {
                root: format!("{text}/"),
            }),
            _ => None,
        }
    }

    /// Where the API whose document names `own` as its root is. Ends with a slash.
    ///
    /// # Errors
    /// `host_forbidden` if a document, which may have been fetched, leads away from Google: its calls
    /// carry a token.
    pub(crate) fn root(&self, own: &str) -> Result<String, ServiceError> {
        match self {
            Self::One { root } => Ok(root.clone()),
            Self::Own { suffix } => {
                let host = own
                    .strip_prefix("https://")
                    .and_then(|own| own.strip_suffix('/'));
                match host.and_then(|host| host.strip_suffix(suffix.as_str())) {
                    Some(name) if is_domain(&format!(".{name}")) => Ok(own.to_owned()),
                    _ => Err(refused(
                        ErrorCode::HostForbidden,
                        format!("{own:?} is not under https://*{suffix}"),
                    )),
                }
            }
        }
    }
}

/// `.example.com`: names with a dot before each.
fn is_domain(text: &str) -> bool {
    text.strip_prefix('.').is_some_and(|names| {
        names.split('.').all(|name| {
            !name.is_empty()
                && name
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_go_to_google_or_to_the_one_server_in_its_place() {
        for text in ["", "https://*.googleapis.com", "https://*.googleapis.com/"] {
            let own = Base::parse(text).unwrap();
            assert_eq!(
                own.root("https://gmail.googleapis.com/").unwrap(),
                "https://gmail.googleapis.com/"
            );
            for root in [
                "https://example.com/",
                "http://gmail.googleapis.com/",
                "https://googleapis.com/",
                "https://gmail.googleapis.com.example.com/",
                "https://example.com/.googleapis.com/",
                "https://example.com#.googleapis.com/",
                "https://a@b.googleapis.com/",
                "https://gmail.googleapis.com/x/",
                "https://.googleapis.com/",
            ] {
                assert!(own.root(root).is_err(), "{root}");
            }
        }
        for text in ["http://127.0.0.1:9000", "http://127.0.0.1:9000/"] {
            let one = Base::parse(text).unwrap();
            assert_eq!(
                one.root("https://x.example.com/").unwrap(),
                "http://127.0.0.1:9000/"
            );
        }
        for text in [
            "https://example.com/v1",
            "example.com",
            "ftp://example.com",
            "https://*",
            "http://*.example.com",
        ] {
            assert_eq!(Base::parse(text), None, "{text}");
        }
    }
}
