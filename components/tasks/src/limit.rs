//! How many requests a client may make within a minute. What is over that is refused before anything is done.
//!
//! A request costs one look into the database. That it was made is noted for several at once, by chance, so that a bound in the
//! thousands costs hardly a write; a small one is counted exactly.

use tasker_domain::ErrorCode;
use tasker_host::{log, random, time};
use tasker_store::Requested;
use tasker_store::prelude::*;

use crate::access::Access;
use crate::error::{Error, Result, keep_store, store};
use crate::guard::client;
use crate::request::Request;
use crate::settings;

/// How often requests up to the bound are noted: the count is right within a few percent.
const NOTES: u32 = 500;
/// How many old counts are forgotten with a new one.
const FORGOTTEN: u32 = 20;

/// Refuses a request of a client that has made too many. While the database is away nobody is: what needs it says so.
pub(crate) fn check(request: &Request, access: Option<&Access>) -> Result<()> {
    let Some((asker, bound)) = asker(request, access)? else {
        return Ok(());
    };
    let now = time::now_ms();
    match requested(&asker, bound, now) {
        Ok(Some(requested)) if requested.times >= bound => Err(refusal(bound, requested, now)),
        _ => Ok(()),
    }
}

/// Whose requests are counted together, and how many there may be; `None`: any number.
fn asker(request: &Request, access: Option<&Access>) -> Result<Option<(String, u32)>> {
    let key = access.filter(|access| access.token.is_none());
    let (asker, bound) = match key.map(|access| &access.kept) {
        // The operator, by a token of the settings.
        Some(None) => return Ok(None),
        Some(Some(key)) => (format!("key {}", key.id()), settings::key_requests()?),
        None => (
            format!("client {}", client(request)),
            settings::client_requests()?,
        ),
    };
    Ok((bound > 0).then_some((asker, bound)))
}

/// What was counted before this request, which is counted with it unless there were too many.
fn requested(asker: &str, bound: u32, now: i64) -> Result<Option<Requested>> {
    let store = store()?;
    let requested = store.requests(asker, now)?;
    let times = (bound / NOTES).max(1);
    let is_noted = u32::from_le_bytes(random()) % times == 0;
    if is_noted && requested.is_none_or(|requested| requested.times < bound) {
        let noted = store
            .count_requests(asker, times, now)
            .and_then(|is_first| match is_first {
                true => store.forget_requests(FORGOTTEN, now),
                false => Ok(0),
            });
        if let Err(error) = noted {
            log::error(format!("a request was not counted: {error}")).write();
        }
    }
    keep_store(store);
    Ok(requested)
}

fn refusal(bound: u32, requested: Requested, now: i64) -> Error {
    let seconds = (requested.until - now)
        .max(1)
        .unsigned_abs()
        .div_ceil(1_000);
    let detail =
        format!("there may be {bound} requests within a minute: try again in {seconds} seconds");
    let mut error = Error::new(ErrorCode::TooManyRequests, detail);
    error.retry_after = Some(seconds);
    error
}
