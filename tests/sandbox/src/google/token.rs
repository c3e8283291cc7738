//! The token endpoint: RFC 7523 for service accounts, RFC 6749 for refresh tokens.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use super::account::Account;
use super::directory;
use crate::reply::Reply;
use crate::request::Request;

const LIFETIME: i64 = 3599;
/// By how many seconds clocks may differ.
const SKEW: i64 = 300;
const LONGEST: i64 = 3600;
const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
/// Where assertions may be meant for, besides the sandbox itself.
const AUDIENCES: [&str; 2] = [
    "https://oauth2.googleapis.com/token",
    "https://www.googleapis.com/oauth2/v4/token",
];

/// What a user once gave to the application, for the refresh-token grant.
const CLIENT_ID: &str = "sandbox-client-id";
const CLIENT_SECRET: &str = "sandbox-client-secret";
const REFRESH_TOKEN: &str = "sandbox-refresh-token";

/// An access token that was given out.
#[derive(Debug, Clone)]
pub(crate) struct Granted {
    token: String,
    /// Empty: every scope.
    scopes: Vec<String>,
    /// On whose behalf.
    pub(crate) subject: Option<String>,
    expires: i64,
}

impl Granted {
    pub(crate) fn allows(&self, scopes: &[String]) -> bool {
        self.scopes.is_empty()
            || scopes.is_empty()
            || scopes.iter().any(|scope| self.scopes.contains(scope))
    }
}

/// The access tokens.
pub(crate) struct Tokens {
    granted: Vec<Granted>,
    lifetime: i64,
    made: usize,
}

impl Default for Tokens {
    fn default() -> Self {
        let ready = Granted {
            token: crate::ACCESS_TOKEN.to_owned(),
            scopes: Vec::new(),
            subject: Some(directory::ADMIN.to_owned()),
            expires: i64::MAX,
        };
        Self {
            granted: vec![ready],
            lifetime: LIFETIME,
            made: 0,
        }
    }
}

#[derive(Deserialize)]
struct Form {
    grant_type: String,
    assertion: Option<String>,
    client_id: Option<String>,
    client_secret: Option<String>,
    refresh_token: Option<String>,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    iat: i64,
    exp: i64,
    #[serde(default)]
    scope: String,
    sub: Option<String>,
}

impl Tokens {
    pub(crate) fn set_lifetime(&mut self, seconds: i64) {
        self.lifetime = seconds;
    }

    pub(crate) fn expire(&mut self) {
        self.granted.clear();
    }

    /// The token that a request carries, if it is valid now.
    pub(crate) fn of(&self, request: &Request) -> Option<&Granted> {
        let token = request.bearer().or_else(|| request.param("access_token"))?;
        let now = Timestamp::now().as_second();
        self.granted
            .iter()
            .find(|granted| granted.token == token && granted.expires > now)
    }

    pub(crate) fn answer(&mut self, account: &Account, request: &Request) -> Reply {
        match self.grant(account, request) {
            Ok(reply) => reply,
            Err((status, error, description)) => Reply::json(
                status,
                &json!({ "error": error, "error_description": description }),
            ),
        }
    }

    fn grant(&mut self, account: &Account, request: &Request) -> Result<Reply, Refused> {
        // Clients send a form; some send the same as JSON.
        let form: Form = request
            .form()
            .or_else(|| serde_json::from_slice(&request.body).ok())
            .ok_or((400, "invalid_request", "The request has no grant_type."))?;
        match form.grant_type.as_str() {
            JWT_BEARER => {
                let assertion =
                    form.assertion
                        .ok_or((400, "invalid_request", "The assertion is missing."))?;
                let (scopes, subject) = check(account, &assertion, &request.base)?;
                Ok(self.give(scopes, subject, false))
            }
            "refresh_token" => {
                if form.client_id.as_deref() != Some(CLIENT_ID)
                    || form.client_secret.as_deref() != Some(CLIENT_SECRET)
                {
                    return Err((401, "invalid_client", "The OAuth client was not found."));
                }
                if form.refresh_token.as_deref() != Some(REFRESH_TOKEN) {
                    return Err((400, "invalid_grant", "Bad Request"));
                }
                Ok(self.give(Vec::new(), Some(directory::ADMIN.to_owned()), true))
            }
            _ => Err((
                400,
                "unsupported_grant_type",
                "Invalid grant_type: the sandbox knows JWT bearer and refresh_token.",
            )),
        }
    }

    fn give(&mut self, scopes: Vec<String>, subject: Option<String>, say_scope: bool) -> Reply {
        self.made += 1;
        let token = format!("ya29.sandbox-{:04}", self.made);
        self.granted.push(Granted {
            token: token.clone(),
            scopes,
            subject,
            expires: Timestamp::now().as_second() + self.lifetime,
        });
        let mut answer = json!({
            "access_token": token,
            "expires_in": self.lifetime,
            "token_type": "Bearer",
        });
        if say_scope {
            answer["scope"] = json!("https://www.googleapis.com/auth/cloud-platform");
        }
        Reply::ok(&answer)
    }
}

/// Status, code and description.
type Refused = (u16, &'static str, &'static str);

/// Checks an assertion; gives its scopes and on whose behalf it asks.
fn check(
    account: &Account,
    assertion: &str,
    base: &str,
) -> Result<(Vec<String>, Option<String>), Refused> {
    let bad = (400, "invalid_grant", "Bad Request");
    let (message, signature) = assertion.rsplit_once('.').ok_or(bad)?;
    let (header, claims) = message.split_once('.').ok_or(bad)?;
    let header: Header = part(header).ok_or(bad)?;
    let claims: Claims = part(claims).ok_or(bad)?;
    let signature = BASE64_URL_SAFE_NO_PAD.decode(signature).map_err(|_| bad)?;
    if claims.iss != account.email() {
        return Err((400, "invalid_grant", "Invalid grant: account not found"));
    }
    if header.alg != "RS256" || !account.signed(message.as_bytes(), &signature) {
        return Err((400, "invalid_grant", "Invalid JWT Signature."));
    }
    let own = [format!("{base}/token"), format!("{base}/oauth2/v4/token")];
    if !own.contains(&claims.aud) && !AUDIENCES.contains(&claims.aud.as_str()) {
        return Err((400, "invalid_grant", "Invalid JWT: Failed audience check."));
    }
    let now = Timestamp::now().as_second();
    if claims.iat > now + SKEW || claims.exp < now - SKEW || claims.exp - claims.iat > LONGEST {
        let description = "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable \
            timeframe. Check your iat and exp values in the JWT claim.";
        return Err((400, "invalid_grant", description));
    }
    let scopes: Vec<String> = claims.scope.split_whitespace().map(str::to_owned).collect();
    if scopes.is_empty() || !scopes.iter().all(|scope| known(scope)) {
        return Err((
            400,
            "invalid_scope",
            "Invalid OAuth scope or ID token audience provided.",
        ));
    }
    match &claims.sub {
        Some(subject) if !directory::is_user(subject) => {
            Err((400, "invalid_grant", "Invalid email or User ID"))
        }
        _ => Ok((scopes, claims.sub)),
    }
}

/// Scopes look like this, as far as the sandbox cares.
fn known(scope: &str) -> bool {
    scope.starts_with("https://www.googleapis.com/auth/")
        || scope == "https://mail.google.com/"
        || matches!(scope, "openid" | "email" | "profile")
}

fn part<T: DeserializeOwned>(text: &str) -> Option<T> {
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(text).ok()?).ok()
}
