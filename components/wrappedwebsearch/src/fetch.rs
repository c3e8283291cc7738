//! `tools.websearch.fetch(url, options)`.

use serde_json::{Map, Value};
use tasker_domain::ErrorCode;
use tasker_domain::wire::ServiceError;
use tasker_service::http::Response;
use tasker_service::{Host, invalid, refused, upstream};
use url::Url;

use crate::arguments::Arguments;
use crate::guard::Guard;
use crate::http;
use crate::page::{self, Format, charset, kind::Kind};

const USAGE: &str = "tools.websearch.fetch(url, options)";
const ACCEPT: &str = "text/html,application/xhtml+xml,text/plain,application/json;q=0.9,*/*;q=0.5";
const URL_LIMIT: usize = 8_000;
/// Bytes of a page that are read, if the call does not say, and at most.
const BYTES: u64 = 1 << 20;
const BYTES_LIMIT: u64 = 4 << 20;
/// Redirects that are followed.
const HOPS: usize = 5;

/// Fetches a page: `{ url, status, contentType, title?, description?, language?, format, text, truncated }`.
///
/// # Errors
/// If the URL may not be fetched, the page cannot be had, or it is no text.
pub async fn fetch(host: &impl Host, args: &str) -> tasker_service::Result {
    let arguments = Arguments::read(args, USAGE, URL_LIMIT, &["maxBytes", "format", "whole"])?;
    let most = arguments
        .number("maxBytes", 1, BYTES_LIMIT)?
        .unwrap_or(BYTES);
    let most = usize::try_from(most).unwrap_or(usize::MAX - 1);
    let format = match arguments.word("format", &["text", "markdown", "html"])? {
        Some("markdown") => Format::Markdown,
        Some("html") => Format::Html,
        _ => Format::Text,
    };
    let whole = match arguments.option("whole") {
        None => false,
        Some(Value::Bool(whole)) => *whole,
        Some(_) => return Err(arguments.refused("whole", "true or false")),
    };
    let url = Url::parse(arguments.text.trim()).map_err(|_| {
        invalid(format!(
            "`{USAGE}`: the first argument must be an absolute URL"
        ))
    })?;
    let guard = Guard::of(host)?;
    let (url, mut response) = follow(host, &guard, url, most).await?;

    let truncated = response.body.len() > most;
    response.body.truncate(most);
    let kind = Kind::of(&response).ok_or_else(|| {
        let media_type = response.header("content-type").unwrap_or("no text");
        refused(
            ErrorCode::UpstreamInvalid,
            format!("the page is no text that can be read: {media_type:.100}"),
        )
    })?;
    let text = charset::decoded(&response, kind, truncated);
    let read = page::read(&text, kind, format, whole, &url);
    let mut value = Map::new();
    value.insert("url".into(), url.as_str().into());
    value.insert("status".into(), response.status.into());
    value.insert(
        "contentType".into(),
        response.header("content-type").unwrap_or_default().into(),
    );
    for (name, text) in [
        ("title", read.title),
        ("description", read.description),
        ("language", read.language),
    ] {
        if let Some(text) = text {
            value.insert(name.into(), text.into());
        }
    }
    value.insert("format".into(), read.format.name().into());
    value.insert("text".into(), read.text.into());
    value.insert("truncated".into(), truncated.into());
    Ok(Value::Object(value).to_string())
}

/// Requests a page and follows its redirects, each of which must pass the guard like the first URL.
async fn follow(
    host: &impl Host,
    guard: &Guard,
    mut url: Url,
    most: usize,
) -> Result<(Url, Response), ServiceError> {
    for _ in 0..=HOPS {
        guard.check(&url)?;
        let mut sent = url.clone();
        sent.set_fragment(None);
        let mut request = http::get(sent, ACCEPT).with_header("accept-encoding", "identity");
        // One more, to see whether there is more.
        request.cut_at = Some(most + 1);
        let response = host.send(request).await?;
        if matches!(response.status, 301 | 302 | 303 | 307 | 308) {
            let location = response.header("location").ok_or_else(|| {
                upstream::malformed("websearch", &response, "it redirects to nowhere")
            })?;
            let fragment = url.fragment().map(ToOwned::to_owned);
            let next = url.join(location.trim());
            url = next.map_err(|_| {
                upstream::malformed("websearch", &response, "it redirects to no URL")
            })?;
            if url.fragment().is_none() {
                url.set_fragment(fragment.as_deref());
            }
            continue;
        }
        if !response.is_ok() {
            return Err(http::refusal(
                url.host_str().unwrap_or_default(),
                &response,
                host.now_ms(),
            ));
        }
        let encoding = response.header("content-encoding").unwrap_or("identity");
        if !encoding.trim().is_empty() && !encoding.trim().eq_ignore_ascii_case("identity") {
            return Err(upstream::malformed(
                "websearch",
                &response,
                "it is compressed, though that was not asked for",
            ));
        }
        return Ok((url, response));
    }
    Err(refused(
        ErrorCode::UpstreamInvalid,
        format!("the page redirects more than {HOPS} times"),
    ))
}
