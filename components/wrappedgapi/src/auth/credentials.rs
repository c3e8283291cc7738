//! The operator's credentials.

use serde::Deserialize;
use tasker_domain::ErrorCode;
use tasker_domain::wire::ServiceError;
use tasker_service::secret::Secret;
use tasker_service::{Host, refused};
use tasker_settings::{
    GOOGLE_ACCESS_TOKEN, GOOGLE_CLIENT_ID, GOOGLE_CLIENT_SECRET, GOOGLE_REFRESH_TOKEN,
    GOOGLE_SERVICE_ACCOUNT, Setting,
};

/// Keys of the keystore's namespace.
const FILE: &str = "service_account";
const REFRESH_TOKEN: &str = "refresh_token";

/// The variables with their keys, in the order in which they are looked for.
const KINDS: [(&Setting<String>, &str); 3] = [
    (&GOOGLE_SERVICE_ACCOUNT, FILE),
    (&GOOGLE_REFRESH_TOKEN, REFRESH_TOKEN),
    (&GOOGLE_ACCESS_TOKEN, "access_token"),
];

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
    /// The first that the operator has given: a credentials file, a refresh token, an access token. The
    /// keystore is asked only if no variable has any of them.
    ///
    /// # Errors
    /// `credential_missing` if there is no credential or it cannot be used.
    pub(crate) async fn load(host: &impl Host) -> Result<Self, ServiceError> {
        let mut kinds = Vec::new();
        for kind in KINDS {
            if !host.setting(kind.0)?.is_empty() {
                kinds.push(kind);
            }
        }
        if kinds.is_empty() {
            kinds.extend(KINDS);
        }
        for (variable, key) in kinds {
            let Some(secret) = host.credential(variable, key).await? else {
                continue;
            };
            return match key {
                FILE => Self::read(host, secret.reveal()),
                REFRESH_TOKEN => Self::of_user(host, secret).await,
                _ => Ok(Self::AccessToken(secret)),
            };
        }
        Err(missing(
            "give Google's key file of a service account as `google_service_account`, or store it in the keystore as `google/service_account`",
        ))
    }

    async fn of_user(host: &impl Host, refresh_token: Secret) -> Result<Self, ServiceError> {
        let secret = host
            .credential(&GOOGLE_CLIENT_SECRET, "client_secret")
            .await?;
        let client_id = host.credential(&GOOGLE_CLIENT_ID, "client_id").await?;
        Ok(Self::RefreshToken {
            client_id: client_id
                .ok_or_else(|| missing("a refresh token needs `google_client_id`"))?
                .reveal()
                .to_owned(),
            client_secret: secret.unwrap_or_else(|| Secret::new(String::new())),
            refresh_token,
        })
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
