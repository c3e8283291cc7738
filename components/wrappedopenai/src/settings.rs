//! The service's settings.

use tasker_domain::ErrorCode;
use tasker_domain::wire::ServiceError;
use tasker_service::secret::Secret;
use tasker_service::{Host, base_url, refused};
use tasker_settings::{
    OPENAI_API_KEY, OPENAI_BASE_PATH, OPENAI_BASE_URL, OPENAI_ORGANIZATION, OPENAI_PROJECT,
};

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
        let base = base_url::read(host, &OPENAI_BASE_URL, &OPENAI_BASE_PATH)?;
        let key = host.credential(&OPENAI_API_KEY, "api_key").await?;
        // OpenAI's own API needs one; another server may not.
        if key.is_none() && format!("{base}/").starts_with("https://api.openai.com/") {
            return Err(refused(
                ErrorCode::CredentialMissing,
                "there is no OpenAI key: set the variable `openai_api_key`, or `api_key` in the keystore's namespace `openai`",
            ));
        }
        Ok(Self {
            base,
            key,
            organization: host.setting(&OPENAI_ORGANIZATION)?.trim().to_owned(),
            project: host.setting(&OPENAI_PROJECT)?.trim().to_owned(),
        })
    }
}
