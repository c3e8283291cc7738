//! Widths of single fields that ICU4X cannot be asked for: it knows a length for all of them together.

use icu_locale::Locale;

use super::{
    fields::{self, Fields},
    formatter, plain,
};
use crate::{
    Result, locale,
    parts::{self, LITERAL, Piece},
    zone::Local,
};

/// The parts with each field as wide as it was asked for. `moments` are what was formatted: one, or the ends of a range.
pub(super) fn polish(
    mut pieces: Vec<Piece>,
    fields: &Fields,
    locale: &Locale,
    moments: &[&Local],
) -> Result<Vec<Piece>> {
    let is = |field: &Option<String>, width: &str| field.as_deref() == Some(width);
    let usual = unpadded(locale, fields.year.is_some());
    let is_hour_unpadded = fields.is_hour_unpadded || usual.contains('h');
    for piece in &mut pieces {
        match &*piece.kind {
            "year" if is(&fields.year, "2-digit") => piece.text = last_two(&piece.text),
            "month" if is(&fields.month, "2-digit") => piece.text = padded(&piece.text),
            "day" if is(&fields.day, "2-digit") => piece.text = padded(&piece.text),
            "hour" if is(&fields.hour, "2-digit") => piece.text = padded(&piece.text),
            "month" if is(&fields.month, "numeric") && usual.contains('m') => {
                piece.text = shortened(&piece.text);
            }
            "day"
                if is(&fields.month, "numeric")
                    && is(&fields.day, "numeric")
                    && usual.contains('d') =>
            {
                piece.text = shortened(&piece.text);
            }
            "hour" if is_hour_unpadded => piece.text = shortened(&piece.text),
            _ => {}
        }
    }
    replace_weekday(&mut pieces, fields, locale, moments)?;
    if fields.hour.is_none() && (fields.minute.is_some() || fields.second.is_some()) {
        remove_before(&mut pieces, "hour");
        if fields.minute.is_none() {
            remove_before(&mut pieces, "minute");
        }
        pieces.retain(|piece| piece.kind != "dayPeriod");
        while pieces.last().is_some_and(|piece| piece.kind == LITERAL) {
            pieces.pop();
        }
    }
    Ok(separate_fraction(pieces, fields))
}

/// Languages in which numeric dates and times have no zeros before their numbers although those of `dateStyle` and `timeStyle`
/// do, which is where ICU4X has them from: days, months and hours, in a date with its year and in one without. From CLDR's
/// available formats.
const UNPADDED: &[(&str, &str, &str)] = &[
    ("cs", "dm", "dm"),
    ("cy", "dm", "dm"),
    ("da", "dm", "dm"),
    ("de", "dm", "dm"),
    ("es", "h", "h"),
    ("et", "dm", "dm"),
    ("gl", "dm", "dm"),
    ("hu", "", "dm"),
    ("id", "dm", "dm"),
    ("ja", "dm", "dm"),
    ("lo", "h", "h"),
    ("lt", "", "d"),
    ("lv", "d", ""),
    ("ms", "m", "m"),
    ("my", "dm", "dm"),
    ("nb", "dm", "dm"),
    ("nl", "dm", "dm"),
    ("no", "dm", "dm"),
    ("pl", "d", "d"),
    ("ps", "h", "h"),
    ("si", "dm", "dm"),
    ("sl", "m", "m"),
    ("so", "dm", "dm"),
    ("sv", "", "dm"),
    ("sw", "dm", "dm"),
    ("te", "dm", "dm"),
    ("tr", "", "m"),
    ("vi", "dm", "dm"),
];

fn unpadded(locale: &Locale, has_year: bool) -> &'static str {
    let language = locale.id.language.as_str();
    let found = UNPADDED.iter().find(|(known, ..)| *known == language);
    found.map_or(
        "",
        |(_, with, without)| if has_year { with } else { without },
    )
}

/// A number of two digits without a zero before it.
fn shortened(number: &str) -> String {
    let mut characters = number.chars();
    match (characters.next(), characters.as_str()) {
        (Some(zero), rest) if locale::zero_of(zero) == Some(zero) && rest.chars().count() == 1 => {
            rest.to_owned()
        }
        _ => number.to_owned(),
    }
}

fn padded(number: &str) -> String {
    let mut characters = number.chars();
    match (
        characters.next().and_then(locale::zero_of),
        characters.next(),
    ) {
        (Some(zero), None) => format!("{zero}{number}"),
        _ => number.to_owned(),
    }
}

fn last_two(number: &str) -> String {
    let count = number.chars().count();
    number.chars().skip(count.saturating_sub(2)).collect()
}

/// Writes the weekday as wide as it was asked for where the month has another width.
fn replace_weekday(
    pieces: &mut [Piece],
    fields: &Fields,
    locale: &Locale,
    moments: &[&Local],
) -> Result<()> {
    let (Some(weekday), Some(month)) = (&fields.weekday, &fields.month) else {
        return Ok(());
    };
    if (weekday == "long") == (month == "long") {
        return Ok(());
    }
    let formatter = formatter(locale.into(), &fields::weekday(weekday == "long"))?;
    let mut names = moments
        .iter()
        .map(|moment| parts::text(&parts::collect(&formatter.format(&plain(moment)))));
    for piece in pieces.iter_mut().filter(|piece| piece.kind == "weekday") {
        if let Some(name) = names.next() {
            piece.text = name;
        }
    }
    Ok(())
}

/// Removes a field and what separates it from the next one.
fn remove_before(pieces: &mut Vec<Piece>, kind: &str) {
    while let Some(at) = pieces.iter().position(|piece| piece.kind == kind) {
        pieces.remove(at);
        if pieces.get(at).is_some_and(|piece| piece.kind == LITERAL) {
            pieces.remove(at);
        }
    }
}

/// The fraction of a second is a part of its own.
fn separate_fraction(pieces: Vec<Piece>, fields: &Fields) -> Vec<Piece> {
    if fields.fractional_second_digits.is_none() {
        return pieces;
    }
    let mut separate = Vec::new();
    for piece in pieces {
        let at = piece.text.find(|character| !locale::is_digit(character));
        match at {
            Some(at) if piece.kind == "second" => {
                let mark = piece.text[at..].chars().next().map_or(0, char::len_utf8);
                let of = |kind: &str, text: &str| Piece {
                    source: piece.source.clone(),
                    ..Piece::new(kind, text)
                };
                if fields.second.is_some() {
                    separate.push(of("second", &piece.text[..at]));
                    separate.push(of(LITERAL, &piece.text[at..at + mark]));
                }
                separate.push(of("fractionalSecond", &piece.text[at + mark..]));
            }
            _ => separate.push(piece),
        }
    }
    separate
}
