//! The API of a SearXNG server, which must have its JSON format switched on.

use serde_json::Value;
use tasker_domain::ErrorCode;
use tasker_domain::wire::ServiceError;
use tasker_service::secret::Secret;
use tasker_service::{Host, refused};

use super::{Found, Page, Question, Results, items};
use crate::{http, markup};

pub(super) async fn ask(
    host: &impl Host,
    base: &str,
    key: Option<&Secret>,
    question: &Question,
    page: &Page,
) -> Result<Results, ServiceError> {
    let number = page.number()?;
    let mut pairs = vec![
        ("q", question.query.clone()),
        ("format", "json".to_owned()),
        ("pageno", number.to_string()),
    ];
    if let Some((country, language)) = question.place() {
        pairs.push((
            "language",
            format!("{language}-{}", country.to_ascii_uppercase()),
        ));
    }
    if let Some(time) = question.time {
        pairs.push(("time_range", time.to_owned()));
    }
    if let Some(safe) = question.safe {
        let level = match safe {
            "strict" => "2",
            "off" => "0",
            _ => "1",
        };
        pairs.push(("safesearch", level.to_owned()));
    }
    let mut request = http::get(
        http::with_query(&format!("{base}/search"), &pairs)?,
        "application/json",
    );
    if let Some(key) = key {
        request = request.with_header("authorization", format!("Bearer {}", key.reveal()));
    }
    let answer = http::json(host, "SearXNG", request)
        .await
        .map_err(|error| match error.error.status {
            Some(403) => refused(
                ErrorCode::UpstreamFailed,
                "SearXNG answered 403: its settings must have `json` in `search.formats`",
            ),
            _ => error,
        })?;
    let given = items(&answer["results"]);
    let next = (!given.is_empty()).then_some(number + 1);
    Ok(Results::read(given, found, next))
}

fn found(result: &Value) -> Option<Found> {
    let text = |name: &str| markup::plain(result[name].as_str().unwrap_or_default());
    Found::new(&text("title"), result["url"].as_str()?, &text("content"))
}
