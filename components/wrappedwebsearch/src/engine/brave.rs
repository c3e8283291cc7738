//! Brave's web search API.

use serde_json::Value;
use tasker_domain::wire::ServiceError;
use tasker_service::secret::Secret;
use tasker_service::{Host, invalid};

use super::{Found, Page, Question, Results, items};
use crate::{http, markup};

/// Results of a page, and the last page.
const COUNT: u64 = 20;
const LAST_PAGE: u64 = 10;

pub(super) async fn ask(
    host: &impl Host,
    base: &str,
    key: Option<&Secret>,
    question: &Question,
    page: &Page,
) -> Result<Results, ServiceError> {
    let number = page.number()?;
    if number > LAST_PAGE {
        return Err(invalid(format!(
            "`page` must be at most {LAST_PAGE} with Brave"
        )));
    }
    let mut pairs = vec![
        ("q", question.query.clone()),
        ("count", question.count.min(COUNT).to_string()),
        ("offset", (number - 1).to_string()),
    ];
    if let Some((country, language)) = question.place() {
        pairs.extend([
            ("country", country.to_ascii_uppercase()),
            ("search_lang", language.to_owned()),
        ]);
    }
    if let Some(time) = question.time {
        pairs.push(("freshness", format!("p{}", &time[..1])));
    }
    if let Some(safe) = question.safe {
        pairs.push(("safesearch", safe.to_owned()));
    }
    let url = http::with_query(&format!("{base}/res/v1/web/search"), &pairs)?;
    let mut request = http::get(url, "application/json");
    if let Some(key) = key {
        request = request.with_header("x-subscription-token", key.reveal());
    }
    let answer = http::json(host, "Brave", request).await?;
    let more = answer["query"]["more_results_available"] == true && number < LAST_PAGE;
    let given = items(&answer["web"]["results"]);
    Ok(Results::read(given, found, more.then_some(number + 1)))
}

fn found(result: &Value) -> Option<Found> {
    let text = |name: &str| markup::plain(result[name].as_str().unwrap_or_default());
    Found::new(
        &text("title"),
        result["url"].as_str()?,
        &text("description"),
    )
}
