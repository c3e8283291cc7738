//! Who may call: bearer tokens and origins.

use http::header::{AUTHORIZATION, ORIGIN};
use tasker_api::auth::is_authorized;
use tasker_api::cors::{self, Origin};
use tasker_domain::ErrorCode;
use tasker_host::{config, log};
use tasker_settings::{API_TOKEN, CORS_ORIGINS};

use crate::error::{Error, Result, internal};
use crate::request::Request;

/// Refuses a request that does not carry the token.
pub(crate) fn authorize(request: &Request) -> Result<()> {
    let token = config::read(&API_TOKEN).map_err(internal)?;
    let header = request.header(AUTHORIZATION);
    if is_authorized(header, &token) {
        return Ok(());
    }
    let detail = match header {
        None => "there is no token: send the API token as `Authorization: Bearer <token>`",
        Some(_) => {
            "the token is wrong: send this app's API token as `Authorization: Bearer <token>`"
        }
    };
    Err(Error::new(ErrorCode::Unauthorized, detail))
}

/// What the request's origin may do. The setting is read only if there is an origin.
pub(crate) fn origin(request: &Request) -> Origin {
    let Some(origin) = request.header(ORIGIN) else {
        return Origin::None;
    };
    match config::read(&CORS_ORIGINS) {
        Ok(setting) => cors::decide(Some(origin), &setting),
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
