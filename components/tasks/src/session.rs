//! Sessions: how the dashboard calls without a key.

use http::Method;
use http::header::COOKIE;
use tasker_api::{SESSION_HEADER, Sealed, Session, SessionHolder};
use tasker_domain::ErrorCode;
use tasker_host::time;
use tasker_settings::API_TOKEN;

use crate::access::Access;
use crate::error::{Error, Result};
use crate::guard::{api_key, seal_key};
use crate::request::Request;
use crate::settings::Token;

/// Who calls by a session. One whose key is gone has ended.
pub(crate) fn authorize(request: &Request) -> Result<Access> {
    if !matches!(request.method, Method::GET | Method::HEAD) {
        check_sender(request)?;
    }
    let secret = seal_key(Sealed::Session)?;
    let cookies = request.header(COOKIE).unwrap_or_default();
    let session = secret.and_then(|secret| Session::of_cookies(cookies, &secret, time::now_ms()));
    let access = match session.map(|session| session.holder) {
        None => None,
        Some(SessionHolder::Key(hash)) => api_key(&hash)?,
        // The session is sealed with the token, among others: another token has ended it.
        Some(SessionHolder::ApiToken) => {
            let Token { name, role, value } = Token::api()?;
            value.map(|_| Access::of_setting(name, role))
        }
    };
    let access = access.map(|access| Access { session, ..access });
    access.ok_or_else(|| {
        Error::new(
            ErrorCode::Unauthorized,
            "there is no session, or it has ended: sign in with an API key, or the app's `api_token`",
        )
    })
}

/// Refuses what a page of another site may have had a browser send.
pub(crate) fn check_sender(request: &Request) -> Result<()> {
    match request.header(SESSION_HEADER) {
        Some(_) => Ok(()),
        None => Err(Error::new(
            ErrorCode::OriginForbidden,
            format!(
                "a session changes nothing without the header `{SESSION_HEADER}`, which the dashboard sends"
            ),
        )),
    }
}

/// Refuses, as one without a key, whoever is not the dashboard: no page of another site signs a browser in or out.
pub(crate) fn check_dashboard(request: &Request) -> Result<()> {
    check_sender(request).map_err(|_| {
        let detail =
            format!("sessions are for the dashboard, which sends the header `{SESSION_HEADER}`");
        Error::new(ErrorCode::Unauthorized, detail)
    })
}

/// The cookie of the session that `access` begins.
pub(crate) fn begin(access: &Access, is_secure: bool) -> Result<String> {
    let holder = match &access.kept {
        Some(key) => SessionHolder::Key(key.hash),
        None if access.name == API_TOKEN.name() => SessionHolder::ApiToken,
        None => {
            let detail = format!("`{}` is for programs: sign in with an API key", access.name);
            return Err(Error::new(ErrorCode::Forbidden, detail));
        }
    };
    let secret = seal_key(Sealed::Session)?.ok_or_else(|| {
        Error::new(
            ErrorCode::Forbidden,
            "nobody can sign in: while `api_token` is off, sessions need the setting `event_key`",
        )
    })?;
    Ok(Session::begin(holder, is_secure, time::now_ms()).cookie(&secret))
}

/// The cookie of a session that was in use when that is worth one.
pub(crate) fn renewed(access: &Access) -> Option<String> {
    let session = access.session?.renewed(time::now_ms())?;
    Some(session.cookie(&seal_key(Sealed::Session).ok()??))
}
