//! `Intl.Collator`, and with it `localeCompare`.

use std::{cell::RefCell, cmp::Ordering};

use icu_collator::{
    CollatorBorrowed,
    options::{AlternateHandling, CaseLevel, CollatorOptions, Strength},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{Error, Result, Tick, locale, long_text, options::Options};

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Resolved {
    locale: String,
    usage: String,
    sensitivity: String,
    ignore_punctuation: bool,
    collation: String,
    numeric: bool,
    case_first: String,
}

const COLLATIONS: &[&str] = &[
    "compat", "emoji", "eor", "phonebk", "pinyin", "searchjl", "stroke", "trad", "zhuyin",
];

pub(crate) fn collations() -> Vec<String> {
    COLLATIONS.iter().map(|name| (*name).to_owned()).collect()
}

pub(crate) fn resolve(locales: &[String], options: &Options) -> Result<Value> {
    let asked = locale::lookup(locales)?;
    let usage = options.choice_or("usage", &["sort", "search"], "sort")?;
    let collation = options
        .keyword("collation")?
        .or_else(|| locale::keyword(&asked, "co"))
        .filter(|name| COLLATIONS.contains(&&**name));
    let said = |key| locale::keyword(&asked, key);
    let numeric = options
        .flag("numeric")
        .unwrap_or_else(|| said("kn").is_some_and(|value| value != "false"));
    let cases = ["upper", "lower", "false"];
    let case_first = options
        .choice("caseFirst", &cases)?
        .or_else(|| said("kf").filter(|value| cases.contains(&&**value)))
        .unwrap_or_else(|| "false".to_owned());
    let sensitivities = ["base", "accent", "case", "variant"];
    let sensitivity = options.choice_or("sensitivity", &sensitivities, "variant")?;
    let thai = asked.id.language.as_str() == "th";
    let tag = locale::with_keywords(
        &asked,
        &[
            (
                "co",
                said("co")
                    .filter(|name| Some(name) == collation.as_ref())
                    .as_deref(),
            ),
            (
                "kf",
                said("kf").filter(|name| *name == case_first).as_deref(),
            ),
            ("kn", said("kn").filter(|_| numeric).as_deref()),
        ],
    );
    Ok(json!(Resolved {
        locale: tag.to_string(),
        usage,
        sensitivity,
        ignore_punctuation: options.flag("ignorePunctuation").unwrap_or(thai),
        collation: collation.unwrap_or_else(|| "default".to_owned()),
        numeric,
        case_first,
    }))
}

fn collator(resolved: &str) -> Result<CollatorBorrowed<'static>> {
    let failed = |error: &dyn std::fmt::Display| Error::Range(error.to_string());
    let resolved: Resolved = serde_json::from_str(resolved).map_err(|error| failed(&error))?;
    let collation = match (&*resolved.usage, &*resolved.collation) {
        ("search", _) => Some("search"),
        (_, "default") => None,
        (_, name) => Some(name),
    };
    let numeric = if resolved.numeric { "true" } else { "false" };
    let keywords = [
        ("co", collation),
        ("kf", Some(&*resolved.case_first)),
        ("kn", Some(numeric)),
    ];
    let locale = locale::of_resolved(&resolved.locale, &keywords)?;
    let (strength, case_level) = match &*resolved.sensitivity {
        "base" => (Strength::Primary, CaseLevel::Off),
        "accent" => (Strength::Secondary, CaseLevel::Off),
        "case" => (Strength::Primary, CaseLevel::On),
        _ => (Strength::Tertiary, CaseLevel::Off),
    };
    let mut options = CollatorOptions::default();
    options.strength = Some(strength);
    options.case_level = Some(case_level);
    if resolved.ignore_punctuation {
        options.alternate_handling = Some(AlternateHandling::Shifted);
    }
    CollatorBorrowed::try_new((&locale).into(), options).map_err(|error| failed(&error))
}

thread_local! {
    /// The last collator and what it was made of: sorting asks for the same one again and again.
    static LAST: RefCell<Option<(String, CollatorBorrowed<'static>)>> = const { RefCell::new(None) };
}

/// Compares two texts by the resolved options of a collator.
///
/// # Errors
/// Options that were not made by `resolve`.
pub fn compare(resolved: &str, left: &str, right: &str, tick: Tick<'_>) -> Result<Ordering> {
    LAST.with_borrow_mut(|last| {
        let collator = match last {
            Some((of, collator)) if of == resolved => collator,
            _ => &mut last.insert((resolved.to_owned(), collator(resolved)?)).1,
        };
        Ok(long_text::compare(collator, left, right, tick))
    })
}
