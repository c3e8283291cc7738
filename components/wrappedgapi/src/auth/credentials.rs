//! The operator's credentials.

use serde::Deserialize;
use tasker_domain::ErrorCode;
use tasker_domain::wire::ServiceError;
use tasker_service::secret::Secret;
use tasker_service::{Host, refused};

/// What access tokens come from.
pub(crate) enum Credentials {
    /// A service account's key signs a request for each token.
    ServiceAccount {
        /// The account's address.
        email: String,
        /// The id of the key.
        key_id: Option<String>,
        /// In PEM.
        private_key: Secret,
    },
    /// A user's consent, given to an OAuth client.
    RefreshToken {
        /// The client.
        client_id: String,
        /// Empty for clients that have none.
        client_secret: Secret,
        /// What the consent gave.
        refresh_token: Secret,
    },
    /// A token that somebody else renews.
    AccessToken(Secret),
}

/// The JSON file that Google gives for a service account or, with `gcloud`, for a user.
#[derive(Deserialize)]
struct File {
    #[serde(rename = "type", default)]
    kind: String,
    client_email: Option<String>,
    private_key: Option<String>,
    private_key_id: Option<String>,
    client_id: Option<String>,
    client_secret: Option<String>,
    refresh_token: Option<String>,
}

impl Credentials {
    /// The first that the operator has given: a credentials file, a refresh token, an access token.
    ///
    /// # Errors
    /// `credential_missing` if there is none or it cannot be used.
    pub(crate) async fn load(host: &impl Host) -> Result<Self, ServiceError> {
        if let Some(file) = host
            .credential("google_service_account", "service_account")
            .await?
        {
            return Self::read(host, file.reveal());
        }
        if let Some(refresh_token) = host
            .credential("google_refresh_token", "refresh_token")
            .await?
        {
            let secret = host
                .credential("google_client_secret", "client_secret")
                .await?;
            let client_id = host.credential("google_client_id", "client_id").await?;
            return Ok(Self::RefreshToken {
                client_id: client_id
                    .ok_or_else(|| missing("a refresh token needs `google_client_id`"))?
                    .reveal()
                    .to_owned(),
                client_secret: secret.unwrap_or_else(|| Secret::new(String::new())),
                refresh_token,
            });
        }
        if let Some(token) = host
            .credential("google_access_token", "access_token")
            .await?
        {
            return Ok(Self::AccessToken(token));
        }
        Err(missing(
            "give Google's key file of a service account as `google_service_account`, or store it in the keystore as `google/service_account`",
        ))
    }

    fn read(host: &impl Host, text: &str) -> Result<Self, ServiceError> {
        // Its parts are as secret as the whole. What was wrong with it is not said: that would show parts of it.
        let unusable = || {
            missing(
                "`google_service_account` is not a credentials file of Google's, of type `service_account` or `authorized_user`",
            )
        };
        let file: File = serde_json::from_str(text).map_err(|_| unusable())?;
        for part in [&file.private_key, &file.client_secret, &file.refresh_token]
            .into_iter()
            .flatten()
        {
            host.hide(part);
        }
        match (file.kind.clone().as_str(), file) {
            (
                "service_account" | "",
                File {
                    client_email: Some(email),
                    private_key: Some(private_key),
                    private_key_id,
                    ..
                },
            ) => Ok(Self::ServiceAccount {
                email,
                key_id: private_key_id,
                private_key: Secret::new(private_key),
            }),
            (
                "authorized_user",
                File {
                    client_id: Some(client_id),
                    client_secret,
                    refresh_token: Some(refresh_token),
                    ..
                },
            ) => Ok(Self::RefreshToken {
                client_id,
                client_secret: Secret::new(client_secret.unwrap_or_default()),
                refresh_token: Secret::new(refresh_token),
            }),
            _ => Err(unusable()),
        }
    }

    /// Whether they can act for a subject and choose scopes.
    pub(crate) fn is_service_account(&self) -> bool {
        matches!(self, Self::ServiceAccount { .. })
    }
}

/// There is no credential that can be used.
pub(crate) fn missing(reason: &str) -> ServiceError {
    refused(
        ErrorCode::CredentialMissing,
        format!("`tools.gapi` has no credentials for Google: {reason}"),
    )
}
