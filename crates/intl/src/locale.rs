//! Locales: which are carried, and which one a list asks for.

use icu_locale::{
    Locale, LocaleCanonicalizer,
    extensions::unicode::{Key, Value},
};
use icu_provider::{DataIdentifierBorrowed, DataLocale, DataProvider, DataRequest, DataResponse};

use crate::{Error, Result};

/// The locale of whoever asks for none.
const DEFAULT: &str = "en-US";

/// Digits that are more than other names for those of ASCII: name and zero.
const DIGITS: &[(&str, char)] = &[
    ("adlm", '\u{1e950}'),
    ("arab", '\u{660}'),
    ("arabext", '\u{6f0}'),
    ("beng", '\u{9e6}'),
    ("cakm", '\u{11136}'),
    ("deva", '\u{966}'),
    ("fullwide", '\u{ff10}'),
    ("gujr", '\u{ae6}'),
    ("guru", '\u{a66}'),
    ("khmr", '\u{17e0}'),
    ("knda", '\u{ce6}'),
    ("laoo", '\u{ed0}'),
    ("latn", '0'),
    ("mlym", '\u{d66}'),
    ("mtei", '\u{abf0}'),
    ("mymr", '\u{1040}'),
    ("olck", '\u{1c50}'),
    ("orya", '\u{b66}'),
    ("tamldec", '\u{be6}'),
    ("telu", '\u{c66}'),
    ("thai", '\u{e50}'),
    ("tibt", '\u{f20}'),
];

pub(crate) fn numbering_systems() -> Vec<String> {
    DIGITS.iter().map(|(name, _)| (*name).to_owned()).collect()
}

/// Whether these are digits that can be asked for.
pub(crate) fn is_numbering_system(name: &str) -> bool {
    DIGITS.iter().any(|(known, _)| *known == name)
}

/// The name of the digits that a formatted zero is written in.
pub(crate) fn digits_of(zero: &str) -> &'static str {
    let known = DIGITS.iter().find(|(_, digit)| zero.contains(*digit));
    known.map_or("latn", |(name, _)| name)
}

/// The value of a digit in any of the scripts.
pub(crate) fn is_digit(character: char) -> bool {
    DIGITS
        .iter()
        .any(|(_, zero)| (0..10).contains(&(character as u32).wrapping_sub(*zero as u32)))
}

/// The zero of the digits that a character is one of.
pub(crate) fn zero_of(character: char) -> Option<char> {
    let zeros = DIGITS.iter().map(|(_, zero)| *zero);
    zeros
        .into_iter()
        .find(|zero| (0..10).contains(&(character as u32).wrapping_sub(*zero as u32)))
}

/// Bytes of a tag, and tags of a list: the parts of the one and of the other are compared with each other.
const TAG: usize = 1 << 10;
const TAGS: usize = 1_000;

/// Refuses a list that is too long.
fn bounded(tags: &[String]) -> Result<&[String]> {
    match tags.len() {
        ..=TAGS => Ok(tags),
        _ => Err(Error::Range(format!(
            "more than {TAGS} locales are not looked at"
        ))),
    }
}

fn parse(tag: &str) -> Result<Locale> {
    if tag.len() > TAG {
        let message = format!("a locale of more than {TAG} characters is not looked at");
        return Err(Error::Range(message));
    }
    let mut locale = Locale::try_from_str(tag)
        .map_err(|_| Error::Range(format!("Incorrect locale information provided: {tag}")))?;
    LocaleCanonicalizer::new_common().canonicalize(&mut locale);
    Ok(locale)
}

pub(crate) fn canonical(tags: &[String]) -> Result<Vec<String>> {
    let mut seen = Vec::new();
    for tag in bounded(tags)? {
        let locale = parse(tag)?.to_string();
        if !seen.contains(&locale) {
            seen.push(locale);
        }
    }
    Ok(seen)
}

pub(crate) fn supported(tags: &[String]) -> Result<Vec<String>> {
    let mut carried = Vec::new();
    for tag in canonical(tags)? {
        if is_carried(&parse(&tag)?) {
            carried.push(tag);
        }
    }
    Ok(carried)
}

/// Whether there is data for the language of a locale.
fn is_carried(locale: &Locale) -> bool {
    let mut language = Locale::UNKNOWN;
    language.id.language = locale.id.language;
    let data = DataLocale::from(&language);
    let request = DataRequest {
        id: DataIdentifierBorrowed::for_locale(&data),
        ..DataRequest::default()
    };
    let found: std::result::Result<DataResponse<icu_decimal::provider::DecimalSymbolsV1>, _> =
        icu_decimal::provider::Baked.load(request);
    found.is_ok()
}

/// The first locale of the list that is carried, or the default one.
pub(crate) fn lookup(tags: &[String]) -> Result<Locale> {
    let mut first = None;
    for tag in bounded(tags)? {
        let locale = parse(tag)?;
        if first.is_none() && is_carried(&locale) {
            first = Some(locale);
        }
    }
    match first {
        Some(locale) => Ok(locale),
        None => parse(DEFAULT),
    }
}

/// What a locale says by a keyword, such as `hc`.
pub(crate) fn keyword(locale: &Locale, key: &str) -> Option<String> {
    let key: Key = key.parse().ok()?;
    let value = locale.extensions.unicode.keywords.get(&key)?.to_string();
    Some(if value.is_empty() {
        "true".to_owned()
    } else {
        value
    })
}

/// The locale with these keywords and no others.
pub(crate) fn with_keywords(locale: &Locale, keywords: &[(&str, Option<&str>)]) -> Locale {
    let mut with = Locale::from(locale.id.clone());
    for (key, value) in keywords {
        let (Ok(key), Some(value)) = (key.parse::<Key>(), value) else {
            continue;
        };
        if let Ok(value) = Value::try_from_str(value) {
            with.extensions.unicode.keywords.set(key, value);
        }
    }
    with
}

/// As [`with_keywords`], from what resolved options say.
pub(crate) fn of_resolved(tag: &str, keywords: &[(&str, Option<&str>)]) -> Result<Locale> {
    Ok(with_keywords(&parse(tag)?, keywords))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_and_tags_without_bounds_are_refused() {
        let variants = |count: usize| {
            let variants: String = (0..count).map(|index| format!("-v{index:05}")).collect();
            format!("en{variants}")
        };
        assert!(parse(&variants(100)).is_ok());
        assert!(matches!(parse(&variants(100_000)), Err(Error::Range(_))));
        let tags = |count: usize| -> Vec<String> {
            (0..count).map(|index| format!("en-x-a{index}")).collect()
        };
        assert_eq!(canonical(&tags(TAGS)).map(|tags| tags.len()), Ok(TAGS));
        assert!(canonical(&tags(TAGS + 1)).is_err() && lookup(&tags(TAGS + 1)).is_err());
    }
}
