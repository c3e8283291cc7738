//! Sessions of the dashboard: what a browser holds in a cookie in the place of a key.
//!
//! A session names the key that it was begun with and is sealed by the app, which keeps nothing of it. So it ends when its key
//! does, and what a browser holds opens nothing but the dashboard's own part of the API.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::Mac;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::SealKey;

/// Where the API takes a session, and nothing else.
pub const SESSION_ROOT: &str = "/ui/api";
/// Where a browser signs in and out.
pub const SESSION_PATH: &str = "/ui/api/session";
/// The header without which a session changes nothing. No page of another site can send it.
pub const SESSION_HEADER: &str = "tasker-dashboard";

const COOKIE: &str = "tasker_session";
const VERSION: &str = "v1";
const HOUR_MS: i64 = 3_600_000;
/// A session that is not used for this long has ended.
const IDLE_MS: i64 = 8 * HOUR_MS;
/// No session lasts longer.
const LONGEST_MS: i64 = 7 * 24 * HOUR_MS;
/// A session in use is renewed this often.
const RENEWED_MS: i64 = HOUR_MS / 6;
/// How a session names `api_token`.
const API_TOKEN: &str = "api_token";

/// `POST /ui/api/session`: signs in.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SignIn {
    /// An API key, or the app's `api_token`.
    pub key: String,
}

/// Whose session it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionHolder {
    /// Whoever has the app's `api_token`.
    ApiToken,
    /// Whoever has the API key with this hash.
    Key([u8; 32]),
}

/// A session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Session {
    /// Whose it is.
    pub holder: SessionHolder,
    began_at: i64,
    used_at: i64,
    is_secure: bool,
}

impl Session {
    /// Begins one. The browser sends it over TLS alone if that is how the page came.
    #[must_use]
    pub fn begin(holder: SessionHolder, is_secure: bool, now: i64) -> Self {
        Self {
            holder,
            began_at: now,
            used_at: now,
            is_secure,
        }
    }

    /// The session that a request's `Cookie` header holds; `None` if it has none that this app has sealed and that goes on.
    #[must_use]
    pub fn of_cookies(header: &str, secret: &SealKey, now: i64) -> Option<Self> {
        let mut cookies = header
            .split(';')
            .filter_map(|cookie| cookie.trim().split_once('='));
        // Another app on this host may have left a cookie of this name.
        cookies
            .find_map(|(name, value)| (name == COOKIE).then(|| Self::open(value, secret, now))?)
    }

    /// The session as it is with a use at this moment, if that is worth a new cookie.
    #[must_use]
    pub fn renewed(self, now: i64) -> Option<Self> {
        (self.used_at + RENEWED_MS <= now).then_some(Self {
            used_at: now,
            ..self
        })
    }

    /// The value of `Set-Cookie` with which a browser holds it.
    #[must_use]
    pub fn cookie(&self, secret: &SealKey) -> String {
        let seconds = (self.ends_at() - self.used_at) / 1000;
        set_cookie(&self.seal(secret), seconds, self.is_secure)
    }

    fn ends_at(&self) -> i64 {
        (self.used_at + IDLE_MS).min(self.began_at + LONGEST_MS)
    }

    fn seal(&self, secret: &SealKey) -> String {
        let holder = match self.holder {
            SessionHolder::ApiToken => API_TOKEN.to_owned(),
            SessionHolder::Key(hash) => URL_SAFE_NO_PAD.encode(hash),
        };
        let secure = u8::from(self.is_secure);
        let text = format!(
            "{VERSION}.{holder}.{}.{}.{secure}",
            self.began_at, self.used_at
        );
        let seal = secret.mac(&text).finalize().into_bytes();
        format!("{text}.{}", URL_SAFE_NO_PAD.encode(seal))
    }

    fn open(text: &str, secret: &SealKey, now: i64) -> Option<Self> {
        let (text, seal) = text.rsplit_once('.')?;
        let seal = URL_SAFE_NO_PAD.decode(seal).ok()?;
        secret.mac(text).verify_slice(&seal).ok()?;
        let mut parts = text.split('.');
        let mut part = || parts.next();
        if part()? != VERSION {
            return None;
        }
        let holder = match part()? {
            API_TOKEN => SessionHolder::ApiToken,
            hash => SessionHolder::Key(URL_SAFE_NO_PAD.decode(hash).ok()?.try_into().ok()?),
        };
        let session = Self {
            holder,
            began_at: part()?.parse().ok()?,
            used_at: part()?.parse().ok()?,
            is_secure: part()? == "1",
        };
        (now < session.ends_at()).then_some(session)
    }
}

/// The value of `Set-Cookie` with which a browser forgets its session.
#[must_use]
pub fn no_session_cookie() -> String {
    set_cookie("", 0, false)
}

fn set_cookie(value: &str, seconds: i64, is_secure: bool) -> String {
    let secure = if is_secure { "; Secure" } else { "" };
    format!(
        "{COOKIE}={value}; Path={SESSION_ROOT}; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Sealed;

    const NOW: i64 = 1_800_000_000_000;

    fn secret(text: &str) -> SealKey {
        SealKey::of(Sealed::Session, ["", text]).unwrap()
    }

    /// What a browser sends of a `Set-Cookie`.
    fn sent(set_cookie: &str) -> String {
        set_cookie.split(';').next().unwrap().to_owned()
    }

    #[test]
    fn a_session_is_what_was_begun_for_those_who_sealed_it() {
        for holder in [SessionHolder::ApiToken, SessionHolder::Key([7; 32])] {
            let session = Session::begin(holder, true, NOW);
            let cookie = session.cookie(&secret("a"));
            assert!(
                cookie
                    .ends_with("; Path=/ui/api; Max-Age=28800; HttpOnly; SameSite=Strict; Secure"),
                "{cookie}"
            );
            let sent = sent(&cookie);
            let open = |text: &str, by| Session::of_cookies(text, &secret(by), NOW);
            assert_eq!(open(&sent, "a"), Some(session));
            assert_eq!(
                open(&format!("tasker_session=x; a=b;{sent}; c"), "a"),
                Some(session)
            );
            assert_eq!(open(&sent, "b"), None);
            // No character of it can be another, none can be missing.
            for at in "tasker_session=".len()..sent.len() {
                let other = if &sent[at..=at] == "0" { "1" } else { "0" };
                assert_eq!(
                    open(&format!("{}{other}{}", &sent[..at], &sent[at + 1..]), "a"),
                    None,
                    "{at}"
                );
                assert_eq!(open(&sent[..at], "a"), None, "{at}");
            }
        }
    }

    #[test]
    fn a_session_ends_when_it_is_not_used_and_after_a_week_in_any_case() {
        let secret = secret("a");
        let mut session = Session::begin(SessionHolder::ApiToken, false, NOW);
        let opened = |session: Session, now| {
            Session::of_cookies(&sent(&session.cookie(&secret)), &secret, now)
        };
        assert_eq!(opened(session, NOW + IDLE_MS - 1), Some(session));
        assert_eq!(opened(session, NOW + IDLE_MS), None);
        assert_eq!(session.renewed(NOW + RENEWED_MS - 1), None);
        let mut now = NOW;
        while let Some(open) = opened(session, now) {
            assert!(now < NOW + LONGEST_MS);
            session = open.renewed(now).unwrap_or(open);
            now += RENEWED_MS;
        }
        assert!(now >= NOW + LONGEST_MS);
        assert!(!session.cookie(&secret).contains("Secure"));
        assert!(no_session_cookie().starts_with("tasker_session=; Path=/ui/api; Max-Age=0;"));
    }
}
