//! `Intl.ListFormat`.

use icu_list::{
    ListFormatter,
    options::{ListFormatterOptions, ListLength},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{Error, Result, locale, options::Options, parts};

#[derive(Serialize, Deserialize)]
struct Resolved {
    locale: String,
    #[serde(rename = "type")]
    kind: String,
    style: String,
}

pub(crate) fn resolve(locales: &[String], options: &Options) -> Result<Value> {
    let locale = locale::with_keywords(&locale::lookup(locales)?, &[]);
    Ok(json!(Resolved {
        locale: locale.to_string(),
        kind: options.choice_or(
            "type",
            &["conjunction", "disjunction", "unit"],
            "conjunction"
        )?,
        style: options.choice_or("style", &["long", "short", "narrow"], "long")?,
    }))
}

/// `[[string, ..]]`
pub(crate) fn parts(resolved: &str, arguments: &Value) -> Result<Value> {
    let failed = |error: &dyn std::fmt::Display| Error::Type(error.to_string());
    let resolved: Resolved = serde_json::from_str(resolved).map_err(|error| failed(&error))?;
    let items: Vec<String> =
        serde_json::from_value(arguments[0].clone()).map_err(|error| failed(&error))?;
    let length = match &*resolved.style {
        "short" => ListLength::Short,
        "narrow" => ListLength::Narrow,
        _ => ListLength::Wide,
    };
    let options = ListFormatterOptions::default().with_length(length);
    let prefs = (&locale::of_resolved(&resolved.locale, &[])?).into();
    let formatter = match &*resolved.kind {
        "disjunction" => ListFormatter::try_new_or(prefs, options),
        "unit" => ListFormatter::try_new_unit(prefs, options),
        _ => ListFormatter::try_new_and(prefs, options),
    };
    let formatter = formatter.map_err(|error| failed(&error))?;
    // Elements that follow each other without anything between them are parts of their own, so each is marked.
    Ok(parts::answer(&parts::collect(
        &formatter.format(items.iter()),
    )))
}
