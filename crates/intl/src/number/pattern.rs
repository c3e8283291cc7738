//! What stands around the digits: signs, percent, currencies, units, the words of compact notation.

use fixed_decimal::{Decimal, Sign};
use icu_decimal::{CompactDecimalFormatter, options::CompactDecimalFormatterOptions};
use icu_experimental::dimension::percent::{
    formatter::PercentFormatter, options::PercentFormatterOptions,
};
use icu_locale::Locale;
use writeable::Writeable;

use super::{Amount, Multiplied, Resolved, currency, failed};
use crate::{
    Error, Result, locale,
    options::Options,
    parts::{LITERAL, Piece},
};

pub(crate) fn units() -> Vec<String> {
    Vec::new()
}

/// The unit, and how it is written. Their patterns are not carried, so the style is refused rather than written wrongly.
pub(super) fn read_unit(options: &Options, style: &str) -> Result<Option<(String, String)>> {
    options.choice("unitDisplay", &["short", "narrow", "long"])?;
    match style {
        "unit" => Err(Error::Range(
            "Intl.NumberFormat: units are not carried here; write the unit yourself".to_owned(),
        )),
        _ => Ok(None),
    }
}

/// The number with the sign that is shown.
pub(super) fn with_sign(number: Decimal, display: &str) -> Decimal {
    let is_negative = number.sign() == Sign::Negative;
    let is_zero = number.absolute.is_zero();
    let sign = match display {
        "never" => Sign::None,
        "always" if is_negative => Sign::Negative,
        "always" => Sign::Positive,
        "exceptZero" if is_zero => Sign::None,
        "exceptZero" if is_negative => Sign::Negative,
        "exceptZero" => Sign::Positive,
        "negative" if is_negative && !is_zero => Sign::Negative,
        "negative" => Sign::None,
        _ if is_negative => Sign::Negative,
        _ => Sign::None,
    };
    number.with_sign(sign)
}

pub(super) fn compact(resolved: &Resolved, locale: &Locale) -> Result<CompactDecimalFormatter> {
    let mut options = CompactDecimalFormatterOptions::default();
    options.grouping_strategy = Some(resolved.grouping());
    let formatter = match resolved.compact_display.as_deref() {
        Some("long") => CompactDecimalFormatter::try_new_long(locale.into(), options),
        _ => CompactDecimalFormatter::try_new_short(locale.into(), options),
    };
    formatter.map_err(failed)
}

/// A number between what stands around it. The text of its whole pattern says what that is.
pub(super) fn around(
    resolved: &Resolved,
    locale: &Locale,
    number: &Decimal,
    digits: Vec<Piece>,
) -> Result<Vec<Piece>> {
    let text = match &*resolved.style {
        "percent" => {
            let formatter =
                PercentFormatter::try_new(locale.into(), PercentFormatterOptions::default());
            formatter
                .map_err(failed)?
                .format(number)
                .write_to_string()
                .into_owned()
        }
        "currency" => currency::write(resolved, locale, number)?,
        _ if resolved.notation == "compact" => compact(resolved, locale)?
            .format(number)
            .write_to_string()
            .into_owned(),
        _ => super::plain(locale, number)?,
    };
    let (before, shown, after) = split(&text);
    let kind = match &*resolved.style {
        "percent" => "percentSign",
        "currency" => "currency",
        _ => "compact",
    };
    // The words of compact notation stand next to what its own formatter has written.
    let digits = match &*resolved.notation {
        "compact" => compact_digits(shown, digits, number, resolved, locale)?,
        _ => digits,
    };
    let mut pieces = name(before, kind);
    pieces.extend(digits);
    pieces.extend(name(after, kind));
    Ok(pieces)
}

/// The digits of the mantissa.
fn compact_digits(
    shown: &str,
    whole: Vec<Piece>,
    number: &Decimal,
    resolved: &Resolved,
    locale: &Locale,
) -> Result<Vec<Piece>> {
    let compact = compact(resolved, locale)?;
    let magnitude = number.absolute.nonzero_magnitude_start();
    let exponent = match number.absolute.is_zero() {
        true => 0,
        false => compact.compact_exponent_for_magnitude(magnitude),
    };
    if exponent == 0 {
        return Ok(whole);
    }
    let mantissa = number.clone().multiplied(-i16::from(exponent));
    let mantissa = resolved.digits.round(mantissa).absolute;
    let pieces = super::digits(locale, resolved.grouping(), mantissa)?;
    // Where nothing is divided, as in a language without such words, its own text counts.
    Ok(if pieces.is_empty() {
        vec![Piece::new("integer", shown)]
    } else {
        pieces
    })
}

/// Infinity, or what is no number, in the place of a number.
pub(super) fn around_symbol(
    resolved: &Resolved,
    locale: &Locale,
    amount: &Amount,
) -> Result<Vec<Piece>> {
    let (symbol, sign) = match amount {
        Amount::Infinite(sign) => (Piece::new("infinity", "∞"), *sign),
        _ => (Piece::new("nan", "NaN"), Sign::None),
    };
    // What is no number is neither more nor less than zero.
    let display = match (amount, &*resolved.sign_display) {
        (Amount::NotANumber, "exceptZero") => "never",
        (_, display) => display,
    };
    let one = with_sign(Decimal::from(1).with_sign(sign), display);
    let standard = Resolved {
        notation: "standard".to_owned(),
        compact_display: None,
        ..resolved.clone()
    };
    around(&standard, locale, &one, vec![symbol])
}

/// What stands before the digits, from the first to the last digit, and after.
fn split(text: &str) -> (&str, &str, &str) {
    let is_digit = |character: char| locale::is_digit(character);
    let Some(first) = text.find(is_digit) else {
        return (text, "", "");
    };
    let last = text.rfind(is_digit).unwrap_or(first);
    let end = last + text[last..].chars().next().map_or(0, char::len_utf8);
    (&text[..first], &text[first..end], &text[end..])
}

/// Names what stands around the digits: signs, and besides spaces and brackets the currency or the word.
fn name(text: &str, kind: &str) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    for character in text.chars() {
        let is_of = match character {
            '-' | '\u{2212}' => "minusSign",
            '+' => "plusSign",
            '(' | ')' => LITERAL,
            _ if character.is_whitespace() || is_mark(character) => match pieces.last() {
                // Within a name, as in "US dollars".
                Some(last) if last.kind == kind => kind,
                _ => LITERAL,
            },
            _ => kind,
        };
        match pieces.last_mut() {
            Some(last) if last.kind == is_of => last.text.push(character),
            _ => pieces.push(Piece::new(is_of, character)),
        }
    }
    // A space at the end of a name is none of it.
    let is_space = |end: char| end.is_whitespace() || is_mark(end);
    let mut separate = Vec::new();
    for mut piece in pieces {
        let end = match piece.kind == kind {
            true => piece.text.trim_end_matches(is_space).len(),
            false => piece.text.len(),
        };
        let rest = piece.text.split_off(end);
        separate.push(piece);
        if !rest.is_empty() {
            separate.push(Piece::new(LITERAL, rest));
        }
    }
    separate
}

/// Marks that say in which direction text runs.
fn is_mark(character: char) -> bool {
    matches!(character, '\u{200e}' | '\u{200f}' | '\u{61c}')
}
