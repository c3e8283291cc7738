//! The service's settings.

use tasker_domain::ErrorCode;
use tasker_domain::wire::ServiceError;
use tasker_service::secret::Secret;
use tasker_service::{Host, refused};

/// Where the API is, and as whom it is called.
pub(crate) struct Settings {
    /// Origin and path, without a slash at its end.
    pub(crate) base: String,
    pub(crate) key: Option<Secret>,
    /// Empty for none.
    pub(crate) organization: String,
    /// Empty for none.
    pub(crate) project: String,
}

impl Settings {
    pub(crate) async fn read(host: &impl Host) -> Result<Self, ServiceError> {
        let origin = origin(&host.setting("openai_base_url")?)?;
        let path = base_path(&host.setting("openai_base_path")?)?;
        let key = host.credential("openai_api_key", "api_key").await?;
        // OpenAI's own API needs one; a server of one's own may not.
        if key.is_none() && origin == "https://api.openai.com" {
            return Err(refused(
                ErrorCode::CredentialMissing,
                "there is no OpenAI key: set the variable `openai_api_key`, or `api_key` in the keystore's namespace `openai`",
            ));
        }
        Ok(Self {
            base: format!("{origin}{path}"),
            key,
            organization: host.setting("openai_organization")?.trim().to_owned(),
            project: host.setting("openai_project")?.trim().to_owned(),
        })
    }
}

/// Hosts allow requests by origin: a path in the base URL would have every request refused.
fn origin(url: &str) -> Result<String, ServiceError> {
    let origin = url.trim().trim_end_matches('/');
    let authority = origin
        .strip_prefix("https://")
        .or_else(|| origin.strip_prefix("http://"));
    match authority {
        Some(authority)
            if !authority.is_empty()
                && authority.bytes().all(|byte| byte.is_ascii_graphic())
                && !authority.contains(['/', '?', '#', '@', '\\']) =>
        {
            Ok(origin.to_owned())
        }
        _ => Err(misconfigured(
            "the variable `openai_base_url` must be scheme and host, such as `https://api.openai.com`; a path goes into `openai_base_path`",
        )),
    }
}

fn base_path(path: &str) -> Result<String, ServiceError> {
    let path = path.trim().trim_matches('/');
    if path.is_empty() {
        return Ok(String::new());
    }
    let path = format!("/{path}");
    match crate::path::written(&path) {
        Ok((plain, "")) => Ok(plain.to_owned()),
        _ => Err(misconfigured(
            "the variable `openai_base_path` must be a path, such as `/v1`",
        )),
    }
}

fn misconfigured(message: &str) -> ServiceError {
    refused(ErrorCode::ServiceUnavailable, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_url_is_an_origin() {
        assert_eq!(
            origin(" https://api.example.com/ ").unwrap(),
            "https://api.example.com"
        );
        assert_eq!(
            origin("http://127.0.0.1:8080").unwrap(),
            "http://127.0.0.1:8080"
        );
        for url in [
            "",
            "api.example.com",
            "https://",
            "https://a.example/v1",
            "https://u:p@a.example",
            "ftp://a.example",
            "https://a b",
        ] {
            let error = origin(url).unwrap_err();
            assert!(error.error.message.contains("`openai_base_path`"), "{url}");
        }
        assert_eq!(base_path("v1/").unwrap(), "/v1");
        assert_eq!(base_path("/").unwrap(), "");
        assert!(base_path("/a/../b").is_err() && base_path("/a?b=c").is_err());
    }
}
