//! Sending a request, and following where it leads.

use tasker_domain::ErrorCode;
use tasker_domain::wire::ServiceError;
use tasker_service::http::Response;
use tasker_service::{Host, refused};
use url::Url;

use crate::arguments::Redirect;
use crate::guard::Guard;
use crate::outgoing::{Outgoing, only_once};

/// Redirects that are followed, as browsers do.
const HOPS: usize = 20;

/// The answer at the end of all redirects.
pub(crate) struct Followed {
    /// What it answers.
    pub(crate) request: Outgoing,
    pub(crate) response: Response,
    pub(crate) redirected: bool,
    /// Whether a request was among them that may be made only once.
    pub(crate) is_once: bool,
}

/// Sends a request, and follows redirects if it says so. Each hop must pass the guard like the first.
///
/// # Errors
/// `host_forbidden`, `invalid_arguments`, `upstream_invalid`, and those of [`Host::send`].
pub(crate) async fn follow(
    host: &impl Host,
    guard: &Guard,
    mut outgoing: Outgoing,
) -> Result<Followed, ServiceError> {
    let mut is_once = false;
    for hop in 0..=HOPS {
        guard.check(&outgoing.url)?;
        let request = outgoing.request();
        is_once |= !request.is_repeatable();
        let response = host.send(request).await.map_err(|error| match is_once {
            true => only_once(error),
            false => error,
        })?;
        let Some(next) = next(&outgoing, &response)? else {
            return Ok(Followed {
                request: outgoing,
                response,
                redirected: hop > 0,
                is_once,
            });
        };
        outgoing.redirect_to(response.status, next);
    }
    Err(misled(format!("it redirects more than {HOPS} times")))
}

/// Where an answer leads; `None`: it is the last.
fn next(outgoing: &Outgoing, response: &Response) -> Result<Option<Url>, ServiceError> {
    if !matches!(response.status, 301 | 302 | 303 | 307 | 308) {
        return Ok(None);
    }
    match outgoing.redirect {
        Redirect::Manual => return Ok(None),
        Redirect::Error => {
            return Err(misled(
                "it redirects, and the call says `redirect: \"error\"`",
            ));
        }
        Redirect::Follow => {}
    }
    let Some(location) = response.header("location") else {
        return Ok(None);
    };
    let url = outgoing.url.join(location.trim());
    match url {
        Ok(url) if matches!(url.scheme(), "http" | "https") => Ok(Some(url)),
        _ => Err(misled("it redirects to what is no URL of the web")),
    }
}

/// The error of a request that leads nowhere. It does not quote where, which may have something in it that others must not see.
fn misled(reason: impl std::fmt::Display) -> ServiceError {
    refused(
        ErrorCode::UpstreamInvalid,
        format!("the request cannot be followed: {reason}"),
    )
}
