//! What the task gets.

use serde_json::{Value, json};
use tasker_service::http::Response;
use tasker_service::status_text;
use tasker_service::upstream::{self, Said};

use crate::body;
use crate::follow::Followed;
use crate::outgoing::only_once;

/// The answer of a call: `{ url, status, statusText, redirected, headers, body }`.
///
/// # Errors
/// An answer that says that the request failed is given as an error that has it, so that it may be tried again; if it is not, it is
/// the answer.
pub(crate) fn of(followed: &Followed, now_ms: i64) -> tasker_service::Result {
    let response = &followed.response;
    if is_compressed(response) {
        let reason = "it is compressed, though that was not asked for";
        return Err(upstream::malformed("fetch", response, reason));
    }
    let answer = json(followed).to_string();
    if response.status < 400 {
        return Ok(answer);
    }
    let host = followed.request.url.host_str().unwrap_or_default();
    let said = Said {
        message: Some(format!("`{host}` answered {}", response.status)),
        ..Said::default()
    };
    let mut failed = upstream::failed("fetch", response, said, now_ms);
    failed.retryable = passes(response);
    failed.retry_after_ms = match failed.retryable {
        true => upstream::retry_after_ms(response, now_ms),
        false => None,
    };
    failed.answer = Some(answer);
    Err(match followed.is_once {
        true => only_once(failed),
        false => failed,
    })
}

/// Whether a failure passes by itself: it says when, or its status is one of those that mean so.
fn passes(response: &Response) -> bool {
    matches!(response.status, 408 | 425 | 429 | 502 | 503 | 504)
        || response.header("retry-after").is_some()
}

fn is_compressed(response: &Response) -> bool {
    let encoding = response
        .header("content-encoding")
        .unwrap_or_default()
        .trim();
    !response.body.is_empty() && !encoding.is_empty() && !encoding.eq_ignore_ascii_case("identity")
}

fn json(followed: &Followed) -> Value {
    let (request, response) = (&followed.request, &followed.response);
    let has_body = request.method != "HEAD" && !matches!(response.status, 204 | 205 | 304);
    json!({
        "url": request.told(),
        "status": response.status,
        "statusText": status_text(response.status),
        "redirected": followed.redirected,
        "headers": response.headers,
        "body": has_body.then(|| body::as_json(&response.body)),
    })
}
