//! DuckDuckGo's result pages, in both forms that they have without scripts.

use dom_query::{Document, Selection};
use tasker_domain::ErrorCode;
use tasker_domain::wire::ServiceError;
use tasker_service::http::Response;
use tasker_service::{Host, invalid, retryable, upstream};
use url::Url;
use url::form_urlencoded;

use super::{Found, Page, Question, RESULTS_LIMIT, Results};
use crate::{http, markup};

/// What the form of the next page sends.
const FORM: &[&str] = &[
    "q",
    "s",
    "nextParams",
    "v",
    "o",
    "dc",
    "api",
    "vqd",
    "kl",
    "df",
    "kp",
];
/// How long to wait when it takes the requests for those of a bot.
const BOT_PAUSE_MS: i64 = 60_000;

pub(super) async fn ask(
    host: &impl Host,
    base: &str,
    question: &Question,
    page: &Page,
) -> Result<Results, ServiceError> {
    let pairs = pairs(question, page)?;
    let url = http::with_query(&format!("{base}/html/"), &pairs)?;
    let request = http::get(url, "text/html").with_header("accept-language", language(question));
    let response = host.send(request).await?;
    if is_bot_check(&response) {
        return Err(retryable(
            ErrorCode::UpstreamFailed,
            "DuckDuckGo takes these searches for a bot's and shows none; search less often, or set up another engine",
            Some(BOT_PAUSE_MS),
        ));
    }
    if !response.is_ok() {
        return Err(http::refusal("DuckDuckGo", &response, host.now_ms()));
    }
    let html = String::from_utf8_lossy(&response.body);
    read(&html, base)
        .ok_or_else(|| upstream::malformed("websearch", &response, "it is no page of results"))
}

fn pairs(question: &Question, page: &Page) -> Result<Vec<(&'static str, String)>, ServiceError> {
    let mut pairs = vec![("q", question.query.clone())];
    match page {
        Page::Number(1) => {}
        // The first page has 10 results, the others 15.
        Page::Number(number) => {
            let start = 10 + (number - 2) * 15;
            pairs.extend([("s", start.to_string()), ("dc", (start + 1).to_string())]);
        }
        Page::Token(token) => {
            for (name, value) in form_urlencoded::parse(token.as_bytes()) {
                match FORM.iter().find(|known| **known == name) {
                    Some(&"q" | &"kl" | &"df" | &"kp") => {}
                    Some(name) => pairs.push((name, value.into_owned())),
                    None => {
                        return Err(invalid(
                            "`page` is not the `nextPage` of an answer of DuckDuckGo",
                        ));
                    }
                }
            }
        }
    }
    if let Some((country, language)) = &question.region {
        pairs.push(("kl", format!("{country}-{language}")));
    }
    if let Some(time) = question.time {
        pairs.push(("df", time[..1].to_owned()));
    }
    if let Some(safe) = question.safe {
        let level = match safe {
            "strict" => "1",
            "off" => "-2",
            _ => "-1",
        };
        pairs.push(("kp", level.to_owned()));
    }
    Ok(pairs)
}

fn language(question: &Question) -> String {
    match question.place() {
        Some((country, language)) => format!(
            "{language}-{},{language};q=0.8",
            country.to_ascii_uppercase()
        ),
        None => "en-US,en;q=0.8".to_owned(),
    }
}

/// It answers 202 (in earlier times 403) with a puzzle.
fn is_bot_check(response: &Response) -> bool {
    let body = String::from_utf8_lossy(&response.body[..response.body.len().min(64 << 10)]);
    let says = |text: &str| body.contains(text);
    response.status == 202
        || says("anomaly-modal")
        || says("anomaly.js")
        || says("bots use DuckDuckGo too")
}

/// Reads a page; `None` if it is not a page of results.
#[must_use]
pub fn read(html: &str, base: &str) -> Option<Results> {
    if markup::is_hostile(html) {
        return None;
    }
    let document = Document::from(html);
    let mut results = full(&document, base);
    if results.is_empty() {
        results = lite(&document, base);
    }
    results.truncate(RESULTS_LIMIT);
    let known =
        document.select("#links, .no-results, .results--main, #search_form, form[action*='/lite']");
    if results.is_empty() && !known.exists() {
        return None;
    }
    Some(Results {
        next: next(&document),
        results,
    })
}

/// `<div class="result"><a class="result__a" href><a class="result__snippet">`
fn full(document: &Document, base: &str) -> Vec<Found> {
    let blocks = document.select(".result");
    let read = |block: Selection<'_>| {
        if block.is(".result--ad, .result--no-result, .result--more") {
            return None;
        }
        let link = block.select_single("a.result__a");
        let url = target(&link.attr("href")?, base)?;
        let snippet = block.select_single(".result__snippet").text();
        Found::new(&link.text(), &url, &snippet)
    };
    blocks.iter().filter_map(read).collect()
}

/// `<tr><td><a class="result-link" href></td></tr><tr><td class="result-snippet"></td></tr>`
fn lite(document: &Document, base: &str) -> Vec<Found> {
    let read = |link: Selection<'_>| {
        let row = link.ancestors(Some(8)).filter("tr").first();
        if row.is(".result-sponsored") {
            return None;
        }
        let url = target(&link.attr("href")?, base)?;
        let snippet = row.next_sibling().select_single(".result-snippet").text();
        Found::new(&link.text(), &url, &snippet)
    };
    document
        .select("a.result-link")
        .iter()
        .filter_map(read)
        .collect()
}

/// Where a link leads: out of DuckDuckGo's redirect. `None` for an advertisement.
fn target(href: &str, base: &str) -> Option<String> {
    let url = Url::parse(base).ok()?.join(href.trim()).ok()?;
    let is_own = url
        .domain()
        .is_some_and(|domain| domain == "duckduckgo.com" || domain.ends_with(".duckduckgo.com"))
        || Url::parse(base).is_ok_and(|base| base.origin() == url.origin());
    if !is_own {
        // As it was written, if that is a whole URL.
        return Some(if href.trim().starts_with("http") {
            href.trim().to_owned()
        } else {
            url.into()
        });
    }
    match url.path() {
        "/y.js" => None,
        "/l/" => {
            let (_, target) = url.query_pairs().find(|(name, _)| name == "uddg")?;
            // An advertisement may hide behind the redirect.
            (!target.contains("duckduckgo.com/y.js")).then(|| target.into_owned())
        }
        _ => None,
    }
}

/// What the "next" button would send.
fn next(document: &Document) -> Option<Page> {
    let forms = document.select("form");
    let form = forms.iter().find(|form| {
        let button = form.select_single("input[type='submit']").attr("value");
        button.is_some_and(|label| label.trim().to_ascii_lowercase().starts_with("next"))
    })?;
    let mut token = form_urlencoded::Serializer::new(String::new());
    let mut starts = false;
    for input in form.select("input[type='hidden']").iter() {
        let (Some(name), Some(value)) = (input.attr("name"), input.attr("value")) else {
            continue;
        };
        // The question is asked again with each page.
        if FORM.contains(&name.as_ref())
            && !matches!(name.as_ref(), "q" | "kl" | "df" | "kp")
            && !value.is_empty()
        {
            starts |= name.as_ref() == "s";
            token.append_pair(&name, &value);
        }
    }
    starts.then(|| Page::Token(token.finish()))
}
