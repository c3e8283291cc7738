//! Requests and answers that the methods have in common.

use serde_json::Value;
use tasker_domain::wire::ServiceError;
use tasker_service::Host;
use tasker_service::http::{Request, Response};
use tasker_service::upstream::{self, Said};
use url::Url;

/// Sites refuse what does not look like a browser at all; the rest is honest.
const USER_AGENT: &str = concat!(
    "Mozilla/5.0 (compatible; tasker/",
    env!("CARGO_PKG_VERSION"),
    ")"
);

/// A GET of this URL.
pub(crate) fn get(url: impl Into<String>, accept: &str) -> Request {
    Request::new("GET", url)
        .with_header("accept", accept)
        .with_header("user-agent", USER_AGENT)
}

/// A URL with these parameters.
pub(crate) fn with_query(base: &str, pairs: &[(&str, String)]) -> Result<String, ServiceError> {
    let mut url =
        Url::parse(base).map_err(|_| tasker_service::invalid("the engine's URL cannot be read"))?;
    url.query_pairs_mut().extend_pairs(pairs);
    Ok(url.into())
}

/// Sends a request to an API and reads its JSON.
pub(crate) async fn json(
    host: &impl Host,
    name: &str,
    request: Request,
) -> Result<Value, ServiceError> {
    let response = host.send(request).await?;
    if !response.is_ok() {
        return Err(refusal(name, &response, host.now_ms()));
    }
    serde_json::from_slice(&response.body).map_err(|_| {
        upstream::malformed(
            "websearch",
            &response,
            format!("`{name}` did not send JSON"),
        )
    })
}

/// The error of an answer whose status says that the request failed.
pub(crate) fn refusal(name: &str, response: &Response, now_ms: i64) -> ServiceError {
    let body: Value = serde_json::from_slice(&response.body).unwrap_or_default();
    let error = &body["error"];
    let text = |value: &Value| value.as_str().map(ToOwned::to_owned);
    let words = text(&error["detail"])
        .or_else(|| text(&error["message"]))
        .or_else(|| text(error));
    let status = response.status;
    let said = Said {
        name: None,
        message: Some(match words {
            Some(words) => format!("`{name}` answered {status}: {words}"),
            None => format!("`{name}` answered {status}"),
        }),
        code: text(&error["code"]),
    };
    upstream::failed("websearch", response, said, now_ms)
}
