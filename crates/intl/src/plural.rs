//! `Intl.PluralRules`.

use icu_plurals::{PluralCategory, PluralOperands, PluralRuleType, PluralRules};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{Error, Result, locale, number::Digits, options::Options};

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Resolved {
    locale: String,
    #[serde(rename = "type")]
    kind: String,
    #[serde(flatten)]
    digits: Digits,
    plural_categories: Vec<String>,
}

pub(crate) fn resolve(locales: &[String], options: &Options) -> Result<Value> {
    let locale = locale::with_keywords(&locale::lookup(locales)?, &[]);
    let kind = options.choice_or("type", &["cardinal", "ordinal"], "cardinal")?;
    let rules = rules(&locale.to_string(), &kind)?;
    let order = ["few", "many", "one", "two", "zero", "other"];
    let has = |name: &&str| rules.categories().any(|category| word(category) == *name);
    Ok(json!(Resolved {
        locale: locale.to_string(),
        kind,
        digits: Digits::read(options, 0, 3, false)?,
        plural_categories: order
            .iter()
            .filter(|name| has(name))
            .map(|name| (*name).to_owned())
            .collect(),
    }))
}

fn rules(tag: &str, kind: &str) -> Result<PluralRules> {
    let kind = match kind {
        "ordinal" => PluralRuleType::Ordinal,
        _ => PluralRuleType::Cardinal,
    };
    let locale = locale::of_resolved(tag, &[])?;
    PluralRules::try_new((&locale).into(), kind.into())
        .map_err(|error| Error::Range(error.to_string()))
}

pub(crate) fn word(category: PluralCategory) -> &'static str {
    match category {
        PluralCategory::Zero => "zero",
        PluralCategory::One => "one",
        PluralCategory::Two => "two",
        PluralCategory::Few => "few",
        PluralCategory::Many => "many",
        PluralCategory::Other => "other",
    }
}

fn category(resolved: &Resolved, number: &Value) -> Result<&'static str> {
    let rules = rules(&resolved.locale, &resolved.kind)?;
    let Some(number) = crate::number::Amount::read(number).finite() else {
        return Ok("other");
    };
    let rounded = resolved.digits.round(number);
    Ok(word(
        rules.category_for(PluralOperands::from(&rounded.absolute)),
    ))
}

fn read(resolved: &str) -> Result<Resolved> {
    serde_json::from_str(resolved).map_err(|error| Error::Type(error.to_string()))
}

/// `[number]`
pub(crate) fn select(resolved: &str, arguments: &Value) -> Result<Value> {
    Ok(json!(category(&read(resolved)?, &arguments[0])?))
}

/// `[start, end]`: what the end is, which holds in nearly all languages.
pub(crate) fn select_range(resolved: &str, arguments: &Value) -> Result<Value> {
    let resolved = read(resolved)?;
    for bound in [&arguments[0], &arguments[1]] {
        if bound == "NaN" {
            return Err(Error::Range("Invalid number value".to_owned()));
        }
    }
    Ok(json!(category(&resolved, &arguments[1])?))
}
