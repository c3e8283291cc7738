//! Access tokens: made once, shared by all instances, renewed before they expire.

use percent_encoding::utf8_percent_encode;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tasker_domain::ErrorCode;
use tasker_domain::wire::ServiceError;
use tasker_hosts::app::CHAINING_DOMAIN;
use tasker_service::http::Request;
use tasker_service::secret::Secret;
use tasker_service::{Host, invalid, pattern, refused, target};
use tasker_settings::{GOOGLE_SUBJECT, GOOGLE_SUBJECTS, GOOGLE_TOKEN_URL};

use super::credentials::{Credentials, missing};
use super::{Scopes, jwt};
use crate::{error, template};

/// Whom a service account's request is for. The official clients say this too, whatever URL they send it to.
const AUDIENCE: &str = "https://oauth2.googleapis.com/token";
/// How long a request for a token, and so the token, is valid, in seconds.
const LIFETIME_S: i64 = 3600;
/// How many seconds before it expires a token is renewed; one with a short life, when half of that is over.
const MARGIN_S: i64 = 300;
/// The longest token that is believed, in bytes.
const TOKEN_BYTES: usize = 8 << 10;

/// What a token is wanted for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Grant {
    /// On whose behalf; `None`: the account's own.
    pub(crate) subject: Option<String>,
    /// What it has to allow.
    pub(crate) scopes: Scopes,
}

/// An access token.
pub(crate) struct Token {
    /// What the requests carry.
    pub(crate) secret: Secret,
    /// Milliseconds since the Unix epoch; `None` if only somebody else knows.
    pub(crate) expires_at: Option<i64>,
    /// Under which name it is shared; `None` if it is not ours to renew.
    key: Option<String>,
}

impl Token {
    /// The token for a grant, a shared one if there is one.
    ///
    /// # Errors
    /// Those of the token endpoint, such as `invalid_grant`; `invalid_arguments` for a subject that
    /// the credentials cannot act for.
    pub(crate) async fn of(
        host: &impl Host,
        credentials: &Credentials,
        grant: &Grant,
    ) -> Result<Self, ServiceError> {
        if let Credentials::AccessToken(secret) = credentials {
            return Ok(Self {
                secret: secret.clone(),
                expires_at: None,
                key: None,
            });
        }
        let url = host.setting(&GOOGLE_TOKEN_URL)?;
        let key = shared_key(&url, credentials, grant);
        let value = host
            .shared(&key, async || request(host, &url, credentials, grant).await)
            .await?;
        let (Some(token), Some(expires_at)) =
            (value["token"].as_str(), value["expiresAt"].as_i64())
        else {
            return Err(refused(
                ErrorCode::UpstreamInvalid,
                "the shared token is damaged",
            ));
        };
        host.hide(token);
        Ok(Self {
            secret: Secret::new(token.to_owned()),
            expires_at: Some(expires_at),
            key: Some(key),
        })
    }

    /// Forgets the token, because an API refused it. `false` if no other can be had.
    ///
    /// # Errors
    /// If the store fails.
    pub(crate) async fn forget(&self, host: &impl Host) -> Result<bool, ServiceError> {
        match &self.key {
            Some(key) => host.forget(key).await.map(|()| true),
            None => Ok(false),
        }
    }
}

impl Grant {
    /// A grant with the subject that a call asks for, or else the setting's.
    ///
    /// # Errors
    /// If the credentials cannot act for the subject that the call asks for.
    pub(crate) fn new(
        host: &impl Host,
        credentials: &Credentials,
        subject: Option<String>,
        scopes: Scopes,
    ) -> Result<Self, ServiceError> {
        if !credentials.is_service_account() {
            return match subject {
                Some(_) => Err(invalid("only a service account can act for a `subject`")),
                // The user's consent has fixed what the token allows.
                None => Ok(Self {
                    subject: None,
                    scopes: Scopes::default(),
                }),
            };
        }
        let default = host.setting(&GOOGLE_SUBJECT)?;
        let default = default.trim();
        let allowed = host.setting(&GOOGLE_SUBJECTS)?;
        if let Some(subject) = &subject
            && subject != default
            && !is_among(subject, &allowed)
        {
            return Err(refused(
                ErrorCode::PolicyDenied,
                format!("the setting `google_subjects` does not let tasks act for `{subject}`"),
            ));
        }
        let subject = subject.or_else(|| Some(default.to_owned()));
        Ok(Self {
            subject: subject.filter(|subject| !subject.is_empty()),
            scopes,
        })
    }
}

/// Whether patterns of addresses have this one; none at all have every one.
fn is_among(subject: &str, patterns: &str) -> bool {
    let mut patterns = patterns
        .split(|c: char| c == ',' || c.is_whitespace())
        .filter(|pattern| !pattern.is_empty())
        .peekable();
    patterns.peek().is_none() || patterns.any(|pattern| pattern::matches_any_case(pattern, subject))
}

/// The same for every call that can use the same token; it says nothing of what it was made of.
fn shared_key(url: &str, credentials: &Credentials, grant: &Grant) -> String {
    let identity = match credentials {
        Credentials::ServiceAccount {
            email, private_key, ..
        } => [email, private_key.reveal()],
        Credentials::RefreshToken {
            client_id,
            refresh_token,
            ..
        } => [client_id, refresh_token.reveal()],
        Credentials::AccessToken(token) => ["", token.reveal()],
    };
    let parts = json!([url, identity, grant.subject, grant.scopes.joined()]);
    let hash = Sha256::digest(parts.to_string());
    let hex: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("token:{hex}")
}

/// Asks for a token: its shared value and until when that is fresh.
async fn request(
    host: &impl Host,
    url: &str,
    credentials: &Credentials,
    grant: &Grant,
) -> Result<(Value, i64), ServiceError> {
    let now_s = host.now_ms() / 1000;
    let form = match credentials {
        Credentials::ServiceAccount {
            email,
            key_id,
            private_key,
        } => {
            let mut claims = json!({
                "iss": email,
                "scope": grant.scopes.joined(),
                "aud": AUDIENCE,
                "exp": now_s + LIFETIME_S,
                "iat": now_s,
            });
            if let Some(subject) = &grant.subject {
                claims["sub"] = subject.as_str().into();
            }
            let assertion = jwt::sign(key_id.as_deref(), &claims, private_key.reveal())
                .ok_or_else(|| {
                    missing("the private key in `google_service_account` cannot be used")
                })?;
            form(&[
                ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"),
                ("assertion", &assertion),
            ])
        }
        Credentials::RefreshToken {
            client_id,
            client_secret,
            refresh_token,
        } => form(&[
            ("grant_type", "refresh_token"),
            ("client_id", client_id),
            ("client_secret", client_secret.reveal()),
            ("refresh_token", refresh_token.reveal()),
        ]),
        Credentials::AccessToken(_) => String::new(),
    };
    let mut request = Request::new("POST", url)
        .with_body("application/x-www-form-urlencoded", form)
        .repeatable();
    request.gives_credential = true;
    let response = host
        .send(request)
        .await
        .map_err(|error| not_sent(error, url))?;
    if !response.is_ok() {
        return Err(error::no_token(&response, host.now_ms()));
    }

    let answer: Value = serde_json::from_slice(&response.body).unwrap_or_default();
    let token = answer["access_token"].as_str().filter(|token| {
        (1..=TOKEN_BYTES).contains(&token.len())
            && token.bytes().all(|byte| byte.is_ascii_graphic())
    });
    let Some(token) = token else {
        return Err(refused(
            ErrorCode::UpstreamInvalid,
            "Google's answer to the request for a token has no usable `access_token`",
        ));
    };
    host.hide(token);
    let life = answer["expires_in"].as_i64().unwrap_or(LIFETIME_S);
    let life = life.clamp(0, 12 * LIFETIME_S);
    let fresh = life - MARGIN_S.min(life / 2);
    let value = json!({"token": token, "expiresAt": (now_s + life) * 1000});
    Ok((value, (now_s + fresh) * 1000))
}

/// Says which setting keeps requests from the token endpoint.
fn not_sent(mut error: ServiceError, url: &str) -> ServiceError {
    if error.error.is(ErrorCode::HostForbidden)
        && let Ok(target) = target(url, CHAINING_DOMAIN)
    {
        error.error.message = format!(
            "tokens cannot be asked for: set the variable `google_token_host` to the origin of `google_token_url`, which is `{target}`"
        );
    }
    error
}

fn form(fields: &[(&str, &str)]) -> String {
    let pairs = fields.iter().filter(|(_, value)| !value.is_empty());
    let pairs = pairs
        .map(|(name, value)| format!("{name}={}", utf8_percent_encode(value, template::ENCODED)));
    pairs.collect::<Vec<_>>().join("&")
}
