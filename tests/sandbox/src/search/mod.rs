//! Search engines: DuckDuckGo's HTML page and instant answers, Brave's and SearXNG's APIs. All search
//! the same few made-up pages.

mod index;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use crate::reply::Reply;
use crate::request::Request;
use index::{Found, find};

/// Results on a page.
const PAGE: usize = 10;

/// The answer, if the path is one of a search engine's.
pub(crate) fn answer(request: &Request) -> Option<Reply> {
    match request.path.as_str() {
        "/html" | "/html/" | "/lite/" => Some(duckduckgo(request)),
        "/" if request.param("q").is_some() && request.param("format") == Some("json") => {
            Some(instant(request))
        }
        "/res/v1/web/search" => Some(brave(request)),
        "/search" if request.param("q").is_some() => Some(searxng(request)),
        _ => None,
    }
}

/// A parameter, of the query or of a form: the page's own "next" button posts.
fn param(request: &Request, name: &str) -> Option<String> {
    if let Some(value) = request.param(name) {
        return Some(value.to_owned());
    }
    let form: Vec<(String, String)> = request.form()?;
    form.into_iter()
        .find(|(other, _)| other == name)
        .map(|(_, value)| value)
}

fn duckduckgo(request: &Request) -> Reply {
    let query = param(request, "q").unwrap_or_default();
    let begin = param(request, "s")
        .and_then(|begin| begin.parse().ok())
        .unwrap_or(0);
    let all = find(&request.base, &query);
    let results: String = all
        .iter()
        .skip(begin)
        .take(PAGE)
        .map(|found| result(found, &query))
        .collect();
    let next = begin + PAGE;
    let more = if next < all.len() {
        format!(
            "<div class=\"nav-link\"><form action=\"/html/\" method=\"post\"><input type=\"submit\" class=\"btn btn--alt\" value=\"Next\" />\
             <input type=\"hidden\" name=\"q\" value=\"{}\" /><input type=\"hidden\" name=\"s\" value=\"{next}\" />\
             <input type=\"hidden\" name=\"dc\" value=\"{}\" /></form></div>",
            escape(&query),
            next + 1
        )
    } else {
        String::new()
    };
    let body = if results.is_empty() {
        "<div class=\"no-results\">No results.</div>".to_owned()
    } else {
        results
    };
    Reply::html(
        200,
        format!(
            "<!DOCTYPE html>\n<html><head><title>{0} at DuckDuckGo (sandbox)</title></head><body>\n\
             <div id=\"links\" class=\"results\">\n{body}{more}</div>\n</body></html>\n",
            escape(&query)
        ),
    )
}

/// A result in the form of the HTML page, with its link behind a redirect.
fn result(found: &Found, query: &str) -> String {
    let link = format!(
        "//duckduckgo.com/l/?uddg={}&amp;rut=sandbox",
        utf8_percent_encode(&found.url, NON_ALPHANUMERIC)
    );
    let mut snippet = escape(&found.snippet);
    for word in query.split_whitespace() {
        snippet = snippet.replace(word, &format!("<b>{}</b>", escape(word)));
    }
    format!(
        "<div class=\"result results_links results_links_deep web-result \">\n\
         <div class=\"links_main links_deep result__body\">\n\
         <h2 class=\"result__title\"><a rel=\"nofollow\" class=\"result__a\" href=\"{link}\">{}</a></h2>\n\
         <a class=\"result__snippet\" href=\"{link}\">{snippet}</a>\n</div></div>\n",
        escape(&found.title)
    )
}

fn instant(request: &Request) -> Reply {
    let query = request.param("q").unwrap_or_default();
    let all = find(&request.base, query);
    let topics: Vec<Value> = all
        .iter()
        .skip(1)
        .take(PAGE)
        .map(|found| {
            json!({
                "FirstURL": found.url, "Text": format!("{} - {}", found.title, found.snippet),
                "Result": format!("<a href=\"{}\">{}</a>", found.url, escape(&found.title)),
                "Icon": { "Height": "", "URL": "", "Width": "" },
            })
        })
        .collect();
    let first = all.first();
    let say = |text: Option<&String>| text.cloned().unwrap_or_default();
    Reply::bytes(
        200,
        "application/x-javascript",
        json!({
            "Heading": say(first.map(|found| &found.title)),
            "Abstract": say(first.map(|found| &found.snippet)),
            "AbstractText": say(first.map(|found| &found.snippet)),
            "AbstractURL": say(first.map(|found| &found.url)),
            "AbstractSource": if first.is_some() { "Sandbox" } else { "" },
            "Answer": "", "AnswerType": "", "Definition": "", "DefinitionSource": "", "DefinitionURL": "",
            "Entity": "", "Image": "", "Infobox": "", "Redirect": "",
            "RelatedTopics": topics, "Results": [], "Type": if first.is_some() { "A" } else { "" },
            "meta": { "name": "Sandbox" },
        })
        .to_string(),
    )
}

fn brave(request: &Request) -> Reply {
    if request.header("x-subscription-token").is_empty() {
        return Reply::json(
            422,
            &json!({ "type": "ErrorResponse", "error": {
                "id": "sandbox", "status": 422, "code": "SUBSCRIPTION_TOKEN_INVALID",
                "detail": "The provided subscription token is invalid.",
            } }),
        );
    }
    let Some(query) = request.param("q") else {
        return Reply::json(
            422,
            &json!({ "type": "ErrorResponse", "error": { "id": "sandbox", "status": 422, "code": "VALIDATION", "detail": "q is missing" } }),
        );
    };
    let count = request.number("count").unwrap_or(20).clamp(1, 20);
    let begin = request.number("offset").unwrap_or(0) * count;
    let all = find(&request.base, query);
    let results: Vec<Value> = all
        .iter()
        .skip(begin)
        .take(count)
        .map(|found| {
            json!({
                "type": "search_result", "subtype": "generic", "title": found.title, "url": found.url,
                "description": found.snippet, "is_source_local": false, "is_source_both": false,
                "language": "en", "family_friendly": true,
            })
        })
        .collect();
    Reply::ok(&json!({
        "type": "search",
        "query": { "original": query, "more_results_available": begin + count < all.len() },
        "web": { "type": "search", "results": results, "family_friendly": true },
    }))
}

fn searxng(request: &Request) -> Reply {
    // As it comes, SearXNG has the JSON format switched off for others.
    if request.param("format") != Some("json") {
        return Reply::html(403, "<h1>Forbidden</h1>");
    }
    let query = request.param("q").unwrap_or_default();
    let page = request.number("pageno").unwrap_or(1).max(1);
    let results: Vec<Value> = find(&request.base, query)
        .iter()
        .skip((page - 1) * PAGE)
        .take(PAGE)
        .enumerate()
        .map(|(index, found)| {
            json!({
                "title": found.title, "url": found.url, "content": found.snippet, "engine": "sandbox",
                "engines": ["sandbox"], "category": "general", "positions": [index + 1], "score": 1.0,
                "template": "default.html", "publishedDate": null,
            })
        })
        .collect();
    Reply::ok(&json!({
        "query": query, "number_of_results": 0, "results": results,
        "answers": [], "corrections": [], "infoboxes": [], "suggestions": [], "unresponsive_engines": [],
    }))
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
