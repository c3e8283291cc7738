//! `tools.websearch.search(query, options)`.

use serde_json::{Value, json};
use tasker_domain::wire::ServiceError;
use tasker_service::Host;
use tasker_settings::SearchEngine;

use crate::arguments::Arguments;
use crate::engine::{self, Found, Page, Question};
use crate::settings::Settings;

const USAGE: &str = "tools.websearch.search(query, options)";
const OPTIONS: &[&str] = &["limit", "page", "region", "time", "safeSearch", "engine"];
/// Characters of a query.
const QUERY_LIMIT: usize = 500;
/// Results that one call gives.
const RESULTS: u64 = 50;
/// Pages of the engine that one call asks for.
const PAGES: usize = 5;
/// Characters of the continuation that a page gives.
const TOKEN_LIMIT: usize = 2_000;

/// Searches: `{ query, engine, results, nextPage? }`.
///
/// # Errors
/// If an argument cannot be used or the engine fails.
pub async fn search(host: &impl Host, args: &str) -> tasker_service::Result {
    let arguments = Arguments::read(args, USAGE, QUERY_LIMIT, OPTIONS)?;
    let asked = arguments
        .word("engine", SearchEngine::WORDS)?
        .and_then(SearchEngine::parse);
    let limit = arguments.number("limit", 1, RESULTS)?;
    let question = Question {
        query: arguments.text.trim().to_owned(),
        region: region(&arguments)?,
        time: time(&arguments)?,
        safe: safe_search(&arguments)?,
        count: limit.unwrap_or(10),
    };
    let mut page = Some(first_page(&arguments)?);
    let settings = Settings::of(host, asked)?;

    let mut results: Vec<Found> = Vec::new();
    for _ in 0..PAGES {
        let Some(asked) = page.take() else { break };
        let answer = engine::ask(host, &settings, &question, &asked).await?;
        let empty = answer.results.is_empty();
        for found in answer.results {
            if !results.iter().any(|other| other.url == found.url) {
                results.push(found);
            }
        }
        page = answer.next.filter(|_| !empty);
        // Without a limit, a page is what the engine calls one.
        if limit.is_none_or(|limit| results.len() as u64 >= limit) {
            break;
        }
    }
    if let Some(limit) = limit {
        results.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    }
    let results: Vec<Value> = results.into_iter().map(Found::into_json).collect();
    let mut answer =
        json!({ "query": question.query, "engine": settings.engine.as_str(), "results": results });
    match page {
        Some(Page::Number(number)) => answer["nextPage"] = number.into(),
        Some(Page::Token(token)) => answer["nextPage"] = token.into(),
        None => {}
    }
    Ok(answer.to_string())
}

/// A number, or what an earlier answer had in `nextPage`.
fn first_page(arguments: &Arguments) -> Result<Page, ServiceError> {
    match arguments.option("page") {
        Some(Value::String(token)) if !token.is_empty() && token.len() <= TOKEN_LIMIT => {
            Ok(Page::Token(token.clone()))
        }
        Some(Value::String(_)) => {
            Err(arguments.refused("page", "a number, or the `nextPage` of an answer"))
        }
        _ => Ok(Page::Number(arguments.number("page", 1, 50)?.unwrap_or(1))),
    }
}

/// `us-en`: a country and a language.
fn region(arguments: &Arguments) -> Result<Option<(String, String)>, ServiceError> {
    let Some(region) = arguments.option("region") else {
        return Ok(None);
    };
    let letters =
        |text: &str| text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_alphabetic());
    let pair = region.as_str().and_then(|region| region.split_once('-'));
    match pair {
        Some((country, language)) if letters(country) && letters(language) => Ok(Some((
            country.to_ascii_lowercase(),
            language.to_ascii_lowercase(),
        ))),
        _ => Err(arguments.refused(
            "region",
            "a country and a language, such as `us-en` or `de-de`; `wt-wt` is everywhere",
        )),
    }
}

fn time(arguments: &Arguments) -> Result<Option<&'static str>, ServiceError> {
    let words = ["day", "week", "month", "year", "d", "w", "m", "y"];
    let word = arguments.word("time", &words)?;
    Ok(word.and_then(|word| words.into_iter().find(|long| long.starts_with(word))))
}

fn safe_search(arguments: &Arguments) -> Result<Option<&'static str>, ServiceError> {
    match arguments.option("safeSearch") {
        Some(Value::Bool(true)) => Ok(Some("strict")),
        Some(Value::Bool(false)) => Ok(Some("off")),
        _ => arguments.word("safeSearch", &["strict", "moderate", "off"]),
    }
}
