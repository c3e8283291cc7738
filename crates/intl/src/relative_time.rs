//! `Intl.RelativeTimeFormat`.

use icu_experimental::relativetime::{
    RelativeTimeFormatter, RelativeTimeFormatterOptions, RelativeTimeFormatterPreferences,
    options::Numeric,
};
use icu_provider::DataError;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use writeable::Writeable;

use crate::{
    Error, Result, locale,
    number::{Amount, Digits},
    options::Options,
    parts::{self, LITERAL, Piece},
};

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Resolved {
    locale: String,
    style: String,
    numeric: String,
    numbering_system: String,
}

pub(crate) fn resolve(locales: &[String], options: &Options) -> Result<Value> {
    let asked = locale::lookup(locales)?;
    let numbering = options
        .keyword("numberingSystem")?
        .or_else(|| locale::keyword(&asked, "nu"))
        .filter(|name| locale::is_numbering_system(name));
    let with = locale::with_keywords(&asked, &[("nu", numbering.as_deref())]);
    Ok(json!(Resolved {
        style: options.choice_or("style", &["long", "short", "narrow"], "long")?,
        numeric: options.choice_or("numeric", &["always", "auto"], "always")?,
        numbering_system: crate::number::numbering_system(&with)?,
        locale: locale::with_keywords(&asked, &[]).to_string(),
    }))
}

type Make = fn(
    RelativeTimeFormatterPreferences,
    RelativeTimeFormatterOptions,
) -> std::result::Result<RelativeTimeFormatter, DataError>;

/// The formatter of a unit: long, short, narrow.
fn maker(unit: &str, style: &str) -> Option<Make> {
    type F = RelativeTimeFormatter;
    let makers: [Make; 3] = match unit {
        "second" => [
            F::try_new_long_second,
            F::try_new_short_second,
            F::try_new_narrow_second,
        ],
        "minute" => [
            F::try_new_long_minute,
            F::try_new_short_minute,
            F::try_new_narrow_minute,
        ],
        "hour" => [
            F::try_new_long_hour,
            F::try_new_short_hour,
            F::try_new_narrow_hour,
        ],
        "day" => [
            F::try_new_long_day,
            F::try_new_short_day,
            F::try_new_narrow_day,
        ],
        "week" => [
            F::try_new_long_week,
            F::try_new_short_week,
            F::try_new_narrow_week,
        ],
        "month" => [
            F::try_new_long_month,
            F::try_new_short_month,
            F::try_new_narrow_month,
        ],
        "quarter" => [
            F::try_new_long_quarter,
            F::try_new_short_quarter,
            F::try_new_narrow_quarter,
        ],
        "year" => [
            F::try_new_long_year,
            F::try_new_short_year,
            F::try_new_narrow_year,
        ],
        _ => return None,
    };
    let [long, short, narrow] = makers;
    Some(match style {
        "short" => short,
        "narrow" => narrow,
        _ => long,
    })
}

/// `[amount, unit]`
pub(crate) fn parts(resolved: &str, arguments: &Value) -> Result<Value> {
    let failed = |error: &dyn std::fmt::Display| Error::Range(error.to_string());
    let resolved: Resolved = serde_json::from_str(resolved).map_err(|error| failed(&error))?;
    let unit = arguments[1].as_str().unwrap_or_default();
    let singular = unit.strip_suffix('s').unwrap_or(unit);
    let make = maker(singular, &resolved.style)
        .ok_or_else(|| Error::Range(format!("Invalid unit argument for format() '{unit}'")))?;
    let Some(number) = Amount::read(&arguments[0]).finite() else {
        return Err(Error::Range(
            "Value need to be finite number for Intl.RelativeTimeFormat.prototype.format()"
                .to_owned(),
        ));
    };
    let number = Digits::plain().round(number);
    let keywords = [("nu", Some(&*resolved.numbering_system))];
    let locale = locale::of_resolved(&resolved.locale, &keywords)?;
    let numeric = match &*resolved.numeric {
        "auto" => Numeric::Auto,
        _ => Numeric::Always,
    };
    let options = RelativeTimeFormatterOptions::default().with_numeric(numeric);
    let formatter = make((&locale).into(), options).map_err(|error| failed(&error))?;
    let text = formatter
        .format(number.clone())
        .write_to_string()
        .into_owned();
    let digits = crate::number::unsigned_digits(&locale, &number)?;
    Ok(parts::answer(&split(&text, digits, singular)))
}

/// The text in parts, of which the digits have the unit.
fn split(text: &str, digits: Vec<Piece>, unit: &str) -> Vec<Piece> {
    let shown = parts::text(&digits);
    let Some((before, after)) = text.split_once(&shown) else {
        return vec![Piece::new(LITERAL, text)];
    };
    let mut pieces = Vec::new();
    if !before.is_empty() {
        pieces.push(Piece::new(LITERAL, before));
    }
    pieces.extend(digits.into_iter().map(|piece| Piece {
        unit: Some(unit.to_owned()),
        ..piece
    }));
    if !after.is_empty() {
        pieces.push(Piece::new(LITERAL, after));
    }
    pieces
}
