//! Who may call: keys, public tokens and origins.

use std::net::{IpAddr, SocketAddr};

use http::header::{AUTHORIZATION, ORIGIN};
use tasker_api::auth::{bearer, hash, is_key, is_same};
use tasker_api::cors::{self, Origin};
use tasker_api::{PUBLIC_TOKEN_PREFIX, SealKey, Sealed};
use tasker_domain::ErrorCode;
use tasker_domain::figures::Metric;
use tasker_host::{figures, log, time};
use tasker_store::prelude::*;

use crate::access::Access;
use crate::error::{Error, Result, keep_store, store};
use crate::request::Request;
use crate::settings::{Token, cors_origins, secrets};
use crate::{public_token, session};

/// The header in which Spin says whose connection it is.
const CLIENT: &str = "spin-client-addr";

/// After this many wrong keys within a minute a client is slowed.
const WRONG_KEYS_MAX: u32 = 100;

/// Who calls. A request that carries no key, or a wrong one, is refused.
///
/// A public token is told by its beginning, so that it is never taken for anything else.
///
/// A client that has sent many wrong keys is refused for the rest of the minute, except with a right API key: those are
/// random and cannot be guessed, while a person has chosen the tokens of the settings.
pub(crate) fn authorize(request: &Request) -> Result<Access> {
    if request.is_of_dashboard {
        return session::authorize(request);
    }
    let Some(given) = bearer(request.header(AUTHORIZATION)) else {
        Token::api()?;
        return Err(Error::new(
            ErrorCode::Unauthorized,
            "there is no key: send an API key, or the app's `api_token`, as `Authorization: Bearer <key>`",
        ));
    };
    match given.starts_with(PUBLIC_TOKEN_PREFIX) {
        true => public_token::authorize(given),
        false => holder(request, given),
    }
}

/// Who holds a key.
pub(crate) fn holder(request: &Request, given: &str) -> Result<Access> {
    let api_token = Token::api()?;
    if is_key(given) {
        return api_key(&hash(given))?.ok_or_else(|| wrong(request));
    }
    let tokens = [api_token, Token::metrics()?, Token::sweep()?];
    // All are compared, so that the time does not tell which one was right.
    let right = tokens.map(|Token { name, role, value }| {
        let fits = value.is_some_and(|value| is_same(given, &value));
        fits.then_some((name, role))
    });
    match right.into_iter().flatten().next() {
        None => Err(wrong(request)),
        Some(_) if is_slowed(request) => Err(slowed()),
        Some((name, role)) => Ok(Access::of_setting(name, role)),
    }
}

/// Who has the API key with this hash; `None` if nobody has it any more.
pub(crate) fn api_key(hash: &[u8; 32]) -> Result<Option<Access>> {
    let store = store()?;
    let key = store.api_key(hash)?;
    keep_store(store);
    let now = time::now_ms();
    let valid = key.filter(|key| key.expires_at.is_none_or(|expires_at| now < expires_at));
    Ok(valid.map(Access::of_key))
}

/// What is sealed with; `None`: there are not secrets enough.
pub(crate) fn seal_key(sealed: Sealed) -> Result<Option<SealKey>> {
    let secrets = secrets()?;
    Ok(SealKey::of(sealed, secrets.each_ref().map(|text| &**text)))
}

/// The refusal of a wrong key, which is counted unless its client is slowed: then it costs no write.
fn wrong(request: &Request) -> Error {
    if is_slowed(request) {
        return slowed();
    }
    if let Err(error) = count(request) {
        log::error(format!("a wrong key was not counted: {}", *error)).write();
    }
    Error::new(
        ErrorCode::Unauthorized,
        "the key is wrong, has expired or was revoked: send a valid one as `Authorization: Bearer <key>`",
    )
}

fn count(request: &Request) -> Result<()> {
    let store = store()?;
    store.count_wrong_key(&client(request), time::now_ms())?;
    figures::count(Metric::WrongKey, "", 1);
    figures::store(&store);
    Ok(())
}

/// Whether a client has sent too many wrong keys. While the database is away nobody is slowed: the token must do then
/// too, so that an operator can find out why.
fn is_slowed(request: &Request) -> bool {
    let times = store().and_then(|store| {
        let times = store.wrong_keys(&client(request), time::now_ms())?;
        keep_store(store);
        Ok(times)
    });
    times.is_ok_and(|times| times >= WRONG_KEYS_MAX)
}

fn slowed() -> Error {
    Error::new(
        ErrorCode::TooManyWrongKeys,
        format!(
            "this client has sent {WRONG_KEYS_MAX} wrong keys within a minute: until it is over, only API keys are \
             taken from it"
        ),
    )
}

/// Whose wrong keys, and requests without a key, are counted together: an address, or a network of IPv6, which is what one client has.
pub(crate) fn client(request: &Request) -> String {
    match ip(request) {
        Some(IpAddr::V6(address)) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
        _ => address(request),
    }
}

/// Where a request comes from, in words.
pub(crate) fn address(request: &Request) -> String {
    ip(request).map_or_else(|| "unknown".to_owned(), |ip| ip.to_string())
}

/// Where a request comes from, as the host says: what a client says of itself does not count.
fn ip(request: &Request) -> Option<IpAddr> {
    let address: SocketAddr = request.header(CLIENT)?.parse().ok()?;
    Some(address.ip().to_canonical())
}

/// What the request's origin may do. The setting is read only if there is an origin.
pub(crate) fn origin(request: &Request) -> Origin {
    let Some(origin) = request.header(ORIGIN) else {
        return Origin::None;
    };
    match cors_origins() {
        Ok(listed) => cors::decide(Some(origin), &listed),
        Err(error) => {
            log::error(format!("no origin is allowed: {error}")).write();
            Origin::Refused
        }
    }
}

/// The answer to the preflight of an origin that is not listed.
pub(crate) fn refused_origin() -> Error {
    Error::new(
        ErrorCode::OriginForbidden,
        "this origin is not among `cors_origins`",
    )
}
