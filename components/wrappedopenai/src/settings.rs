//! The service's settings.

use tasker_domain::ErrorCode;
use tasker_domain::wire::ServiceError;
use tasker_service::secret::Secret;
use tasker_service::{Host, base_url, refused};

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
        let base = base_url::read(host, "openai_base_url", "openai_base_path")?;
        let key = host.credential("openai_api_key", "api_key").await?;
        // OpenAI's own API needs one; a server of one's own may not.
        if key.is_none() && format!("{base}/").starts_with("https://api.openai.com/") {
            return Err(refused(
                ErrorCode::CredentialMissing,
                "there is no OpenAI key: set the variable `openai_api_key`, or `api_key` in the keystore's namespace `openai`",
            ));
        }
        Ok(Self {
            base,
            key,
            organization: host.setting("openai_organization")?.trim().to_owned(),
            project: host.setting("openai_project")?.trim().to_owned(),
        })
    }
}
