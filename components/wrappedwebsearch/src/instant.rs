//! `tools.websearch.instant(query)`: DuckDuckGo's instant answers.

use serde_json::{Map, Value, json};
use tasker_service::Host;

use crate::arguments::Arguments;
use crate::settings::Settings;
use crate::{http, markup};

/// Related topics that are passed on.
const RELATED: usize = 50;
/// Groups of topics may hold groups.
const DEPTH: usize = 4;

/// Asks for an instant answer. Members without a value are left out; `related` and `results` are always there.
///
/// # Errors
/// If an argument cannot be used or the upstream fails.
pub async fn instant(host: &impl Host, args: &str) -> tasker_service::Result {
    let arguments = Arguments::read(args, "tools.websearch.instant(query)", 500, &[])?;
    let query = arguments.text.trim();
    let base = Settings::instant(host)?;
    let pairs = ["format", "no_html", "no_redirect"]
        .map(|name| (name, if name == "format" { "json" } else { "1" }));
    let mut all = vec![("q", query.to_owned())];
    all.extend(pairs.map(|(name, value)| (name, value.to_owned())));
    let request = http::get(
        http::with_query(&format!("{base}/"), &all)?,
        "application/json",
    );
    let answer = http::json(host, "DuckDuckGo", request).await?;

    let mut value = Map::new();
    value.insert("query".into(), query.into());
    for (name, theirs) in [
        ("type", "Type"),
        ("heading", "Heading"),
        ("answer", "Answer"),
        ("answerType", "AnswerType"),
        ("abstract", "AbstractText"),
        ("source", "AbstractSource"),
        ("url", "AbstractURL"),
        ("definition", "Definition"),
        ("definitionSource", "DefinitionSource"),
        ("definitionUrl", "DefinitionURL"),
        ("entity", "Entity"),
        ("image", "Image"),
        ("redirect", "Redirect"),
    ] {
        if let Some(text) = answer[theirs].as_str().filter(|text| !text.is_empty()) {
            value.insert(name.into(), text.into());
        }
    }
    let mut topics = Vec::new();
    collect(&answer["RelatedTopics"], "", DEPTH, &mut topics);
    value.insert("related".into(), topics.into());
    let mut results = Vec::new();
    collect(&answer["Results"], "", DEPTH, &mut results);
    value.insert("results".into(), results.into());
    Ok(Value::Object(value).to_string())
}

fn collect(topics: &Value, group: &str, depth: usize, found: &mut Vec<Value>) {
    for topic in topics.as_array().into_iter().flatten() {
        if found.len() >= RELATED || depth == 0 {
            return;
        }
        if topic["Topics"].is_array() {
            collect(
                &topic["Topics"],
                topic["Name"].as_str().unwrap_or_default(),
                depth - 1,
                found,
            );
        } else if let (Some(text), Some(url)) = (topic["Text"].as_str(), topic["FirstURL"].as_str())
        {
            let mut item = json!({ "text": markup::plain(text), "url": url });
            if !group.is_empty() {
                item["group"] = group.into();
            }
            found.push(item);
        }
    }
}
