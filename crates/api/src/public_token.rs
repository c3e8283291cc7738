//! Public tokens: what a front end holds in the place of a key. Each allows one thing, for a while.
//!
//! A token is a JSON Web Token (RFC 7519) with HS256 (RFC 7518, section 3.2), behind a prefix by which people and scanners know
//! it. What it allows stands in it, for its holder to read. The app keeps nothing of it, so it cannot be taken back.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::Mac;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tasker_domain::ErrorCode;
use utoipa::ToSchema;

use crate::{Allowed, Problem, SealKey, SendEvent, SubmitRun, Timestamp};

/// What each public token begins with.
pub const PUBLIC_TOKEN_PREFIX: &str = "tpub_";
/// How long a token is taken if nobody says: a quarter of an hour.
pub const PUBLIC_TOKEN_SECONDS: u32 = 900;
/// The longest time that a token may be taken: a day.
pub const PUBLIC_TOKEN_MAX_SECONDS: u32 = 86_400;

/// What the idempotency keys and the ids of events begin with that holders of tokens make.
pub(crate) const ID_PREFIX: &str = "token:";

/// Longest token: it must fit into the headers that proxies take.
const MAX_BYTES: usize = 4_096;
/// `{"alg":"HS256","typ":"JWT"}`. No other header is taken, so nobody but the app says how it is signed.
const HEADER: &str = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9";

/// `POST /tokens`: a public token to make.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewPublicToken {
    /// What it allows.
    pub allow: Allowed,
    /// How long it is taken: a quarter of an hour if absent, a day at most, and no longer than the key that makes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 86_400)]
    pub expires_in_seconds: Option<u32>,
}

/// The token that a submission is to answer: it reads the run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WantedPublicToken {
    /// How long it is taken: a quarter of an hour if absent, a day at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 86_400)]
    pub expires_in_seconds: Option<u32>,
}

/// A token that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CreatedPublicToken {
    /// The token: what a front end sends as bearer token.
    pub token: String,
    /// Its id, as in the audit.
    pub id: String,
    /// From when on it is not taken any more.
    pub expires_at: Timestamp,
}

/// A public token: the claims of the JSON Web Token. Moments are in seconds since the Unix epoch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PublicToken {
    /// No other token has the same.
    #[serde(rename = "jti")]
    pub id: String,
    /// The id of the API key that made it, which says nothing of the key; `None`: `api_token` did.
    #[serde(rename = "key", default, skip_serializing_if = "Option::is_none")]
    pub key_id: Option<String>,
    /// When that key expires, if it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    key_exp: Option<i64>,
    #[serde(rename = "iat")]
    made_at: i64,
    #[serde(rename = "exp")]
    expires_at: i64,
    /// What it allows.
    pub allow: Allowed,
}

/// How long a token is taken.
///
/// # Errors
/// [`ErrorCode::BadRequest`].
pub fn public_token_seconds(asked: Option<u32>) -> Result<u32, Problem> {
    match asked {
        None => Ok(PUBLIC_TOKEN_SECONDS),
        Some(seconds @ 1..=PUBLIC_TOKEN_MAX_SECONDS) => Ok(seconds),
        Some(_) => Err(Problem::new(
            ErrorCode::BadRequest,
            format!("`expiresInSeconds` is 1 to {PUBLIC_TOKEN_MAX_SECONDS}"),
        )),
    }
}

impl PublicToken {
    /// A token of a key that expires at a moment (ms), or not.
    #[must_use]
    pub fn new(
        id: String,
        allow: Allowed,
        key: (Option<String>, Option<i64>),
        seconds: u32,
        now: i64,
    ) -> Self {
        let made_at = now.div_euclid(1_000);
        let key_exp = key.1.map(|at| at.div_euclid(1_000));
        let expires_at = made_at + i64::from(seconds);
        Self {
            id,
            key_id: key.0,
            key_exp,
            made_at,
            expires_at: key_exp.map_or(expires_at, |at| at.min(expires_at)),
            allow,
        }
    }

    /// The token as its holder has it.
    ///
    /// # Errors
    /// [`ErrorCode::BadRequest`] if it is too long.
    pub fn seal(&self, key: &SealKey) -> Result<String, Problem> {
        let claims = serde_json::to_vec(self).unwrap_or_default();
        let signed = format!("{HEADER}.{}", URL_SAFE_NO_PAD.encode(claims));
        let seal = URL_SAFE_NO_PAD.encode(key.mac(&signed).finalize().into_bytes());
        let token = format!("{PUBLIC_TOKEN_PREFIX}{signed}.{seal}");
        match token.len() > MAX_BYTES {
            false => Ok(token),
            true => Err(Problem::new(
                ErrorCode::BadRequest,
                format!(
                    "a public token has {MAX_BYTES} bytes at most, and this one would have {}: give less of the input",
                    token.len()
                ),
            )),
        }
    }

    /// A token that this app has sealed; the caller must see whether its time is [up](Self::is_over). The comparison takes the same
    /// time whatever is wrong.
    #[must_use]
    pub fn open(text: &str, key: &SealKey) -> Option<Self> {
        if text.len() > MAX_BYTES {
            return None;
        }
        let (signed, seal) = text.strip_prefix(PUBLIC_TOKEN_PREFIX)?.rsplit_once('.')?;
        let seal = URL_SAFE_NO_PAD.decode(seal).ok()?;
        key.mac(signed).verify_slice(&seal).ok()?;
        let claims = signed.strip_prefix(HEADER)?.strip_prefix('.')?;
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).ok()?).ok()
    }

    /// Whether its time is up.
    #[must_use]
    pub fn is_over(&self, now: i64) -> bool {
        now >= self.expires_at()
    }

    /// From when on it is not taken (ms).
    #[must_use]
    pub fn expires_at(&self) -> i64 {
        self.expires_at.saturating_mul(1_000)
    }

    /// How long it was made for.
    #[must_use]
    pub fn seconds(&self) -> u32 {
        u32::try_from(self.expires_at - self.made_at).unwrap_or_default()
    }

    /// The key that made it: its id, and when it expires (ms).
    #[must_use]
    pub fn key(&self) -> (Option<String>, Option<i64>) {
        let expires_at = self.key_exp.map(|at| at.saturating_mul(1_000));
        (self.key_id.clone(), expires_at)
    }

    /// The submission that its holder asks for, as far as it is allowed, with its idempotency key: that of a token for one run is
    /// the token's own, and no other token can make the same.
    ///
    /// # Errors
    /// [`ErrorCode::Forbidden`] if the token does not allow it; [`ErrorCode::BadRequest`].
    pub fn submission(
        &self,
        asked: SubmitRun,
        key: Option<&str>,
    ) -> Result<(SubmitRun, Option<String>), Problem> {
        Ok((self.allow.submission(asked)?, self.own_id(key)))
    }

    /// The event that its holder asks for, with an id that no other token can make.
    ///
    /// # Errors
    /// [`ErrorCode::Forbidden`] if the token does not allow it.
    pub fn event(&self, asked: SendEvent) -> Result<SendEvent, Problem> {
        let event = self.allow.event(asked)?;
        let id = self.own_id(event.id.as_deref());
        Ok(SendEvent { id, ..event })
    }

    /// The id of what is done once with this token, or of what its holder calls `given`.
    fn own_id(&self, given: Option<&str>) -> Option<String> {
        let id = &self.id;
        match (self.allow.repeats(), given) {
            (false, _) => Some(format!("{ID_PREFIX}{id}")),
            (true, Some(given)) => {
                let given = URL_SAFE_NO_PAD.encode(Sha256::digest(given));
                Some(format!("{ID_PREFIX}{id}:{given}"))
            }
            (true, None) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use tasker_domain::RunId;

    use super::*;
    use crate::{Sealed, check_idempotency_key};

    const NOW: i64 = 1_800_000_000_500;

    fn key(secret: &str) -> SealKey {
        SealKey::of(Sealed::PublicToken, [&*secret.repeat(32)]).unwrap()
    }

    fn run(byte: u8) -> RunId {
        RunId::new(5, [byte; 10])
    }

    fn allowed(json: &str) -> Allowed {
        serde_json::from_str(json).unwrap()
    }

    fn token(allow: Allowed) -> PublicToken {
        PublicToken::new("t1".to_owned(), allow, (None, None), 60, NOW)
    }

    fn submit(json: &str) -> PublicToken {
        token(allowed(&format!("{{\"submit\":{json}}}")))
    }

    /// The code and detail of a refusal.
    fn refused<T: std::fmt::Debug>(result: Result<T, Problem>) -> (String, String) {
        let problem = result.unwrap_err();
        (problem.code, problem.detail)
    }

    #[test]
    fn only_what_the_app_has_sealed_is_opened() {
        let id = run(7);
        for allow in [
            format!(r#"{{"read":{{"runId":"{id}"}}}}"#),
            format!(r#"{{"send":{{"runId":"{id}","name":"ok \u00fc","repeat":true}}}}"#),
            r#"{"submit":{"taskName":"order","input":{"user": 1e3},"open":["text"],"read":true}}"#
                .to_owned(),
        ] {
            let token = token(allowed(&allow));
            let text = token.seal(&key("a")).unwrap();
            assert!(text.starts_with("tpub_eyJ") && text.split('.').count() == 3);
            assert_eq!(PublicToken::open(&text, &key("a")), Some(token));
            assert_eq!(PublicToken::open(&text, &key("b")), None);
            for at in 0..text.len() {
                let other = if &text[at..=at] == "A" { "B" } else { "A" };
                let wrong = format!("{}{other}{}", &text[..at], &text[at + 1..]);
                assert_eq!(PublicToken::open(&wrong, &key("a")), None, "{at}");
                assert_eq!(PublicToken::open(&text[..at], &key("a")), None, "{at}");
            }
            assert_eq!(PublicToken::open(&format!("{text}A"), &key("a")), None);
            assert_eq!(PublicToken::open(&text[5..], &key("a")), None);
        }
        for text in [
            "",
            "tpub_",
            "tpub_.",
            "tpub_..",
            "tpub_é.a.b",
            &"a".repeat(9_999),
        ] {
            assert_eq!(PublicToken::open(text, &key("a")), None, "{text}");
        }
        // What is sealed otherwise than the app seals it, with the app's own key.
        for (header, claims) in [
            (
                r#"{"alg":"none"}"#,
                r#"{"jti":"t","iat":1,"exp":9,"allow":{"read":{"runId":"#,
            ),
            (
                r#"{"alg":"HS256","typ":"JWT"}"#,
                r#"{"jti":"t","iat":1,"exp":9,"x":0,"allow":{"read":{"runId":"#,
            ),
        ] {
            let claims = format!("{claims}\"{id}\"}}}}}}");
            let signed = [header, &*claims]
                .map(|part| URL_SAFE_NO_PAD.encode(part))
                .join(".");
            let seal = URL_SAFE_NO_PAD.encode(key("a").mac(&signed).finalize().into_bytes());
            assert_eq!(
                PublicToken::open(&format!("tpub_{signed}.{seal}"), &key("a")),
                None
            );
        }
    }

    #[test]
    fn a_token_expires_with_its_key_at_the_latest() {
        let allow = allowed(&format!(r#"{{"read":{{"runId":"{}"}}}}"#, run(1)));
        let made = |key_exp, seconds| {
            let key = (Some("k".to_owned()), key_exp);
            PublicToken::new("t".to_owned(), allow.clone(), key, seconds, NOW)
        };
        let token = made(None, 60);
        assert_eq!(token.expires_at(), 1_800_000_060_000);
        assert!(!token.is_over(token.expires_at() - 1) && token.is_over(token.expires_at()));
        assert_eq!(
            (token.seconds(), token.key()),
            (60, (Some("k".to_owned()), None))
        );
        let token = made(Some(NOW + 30_600), 60);
        assert_eq!(token.expires_at(), 1_800_000_031_000);
        assert_eq!(token.key().1, Some(1_800_000_031_000));
        assert_eq!(public_token_seconds(None), Ok(900));
        assert_eq!(public_token_seconds(Some(86_400)), Ok(86_400));
        for seconds in [0, 86_401] {
            let (code, _) = refused(public_token_seconds(Some(seconds)));
            assert_eq!(code, "bad_request");
        }
    }

    #[test]
    fn what_a_token_makes_is_named_after_it() {
        let made = |repeat: bool, key: Option<&str>| {
            let token = submit(&format!(r#"{{"taskName":"a","repeat":{repeat}}}"#));
            let asked = serde_json::from_str(r#"{"taskName":"a"}"#).unwrap();
            token.submission(asked, key).unwrap().1
        };
        assert_eq!(made(false, None).unwrap(), "token:t1");
        assert_eq!(made(false, Some("x")).unwrap(), "token:t1");
        assert_eq!(made(true, None), None);
        let [x, y] = ["x", "y"].map(|key| made(true, Some(key)).unwrap());
        assert!(x != y && x.starts_with("token:t1:"), "{x} {y}");
        assert_eq!(made(true, Some("x")).unwrap(), x);
        // Nobody else may give such a name.
        assert!(check_idempotency_key(&x).is_err());
        let event = |repeat: bool| {
            let run = run(1);
            let allow = format!(r#"{{"send":{{"runId":"{run}","name":"ok","repeat":{repeat}}}}}"#);
            let asked = serde_json::from_str(r#"{"name":"ok","id":"x"}"#).unwrap();
            token(allowed(&allow)).event(asked).unwrap()
        };
        assert_eq!(event(false).id.as_deref(), Some("token:t1"));
        assert_eq!(event(true).id, Some(x));
        assert!(event(true).check().is_err());
    }

    #[test]
    fn a_token_has_its_bounds() {
        let large = format!(
            r#"{{"taskName":"a","input":{{"x":"{}"}}}}"#,
            "x".repeat(3_000)
        );
        let (code, detail) = refused(submit(&large).seal(&key("a")));
        assert!(
            code == "bad_request" && detail.contains("4096 bytes at most"),
            "{detail}"
        );
    }
}
