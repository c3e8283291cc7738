//! Where Google is: each API at its own root, or all of them at one server in Google's place.

use tasker_domain::ErrorCode;
use tasker_domain::wire::ServiceError;
use tasker_hosts::domain_below;
use tasker_service::{Host, base_url, refused};
use tasker_settings::{GOOGLE_BASE_PATH, GOOGLE_BASE_URL};

/// The settings `google_base_url` and `google_base_path`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Base {
    /// Each API's own root, which is under this domain: the setting is `https://*.<domain>`.
    Own {
        /// `.googleapis.com`
        suffix: String,
    },
    /// One server for all APIs: the settings are its origin and path.
    One {
        /// Ends with a slash.
        root: String,
    },
}

impl Base {
    /// Reads the settings.
    ///
    /// # Errors
    /// If `google_base_url` is neither an origin nor a domain's wildcard.
    pub(crate) fn read(host: &impl Host) -> Result<Self, ServiceError> {
        if let Some(suffix) = domain_below(&host.setting(&GOOGLE_BASE_URL)?) {
            let suffix = suffix.to_owned();
            return Ok(Self::Own { suffix });
        }
        let url = base_url::read(host, &GOOGLE_BASE_URL, &GOOGLE_BASE_PATH)?;
        Ok(Self::One {
            root: format!("{url}/"),
        })
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
                    Some(name) if domain_below(&format!("https://*.{name}")).is_some() => {
                        Ok(own.to_owned())
                    }
                    _ => Err(refused(
                        ErrorCode::HostForbidden,
                        format!("{own:?} is not under https://*{suffix}"),
                    )),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_go_to_google_or_to_the_one_server_in_its_place() {
        let own = Base::Own {
            suffix: domain_below("https://*.googleapis.com").unwrap().to_owned(),
        };
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
        for text in [
            "",
            "https://example.com",
            "https://*",
            "https://*.",
            "http://*.example.com",
            "https://*.example.com/v1",
        ] {
            assert_eq!(domain_below(text), None, "{text}");
        }
    }
}
