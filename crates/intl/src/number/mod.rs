//! `Intl.NumberFormat`.

mod amount;
mod currency;
mod digits;
mod pattern;

use icu_decimal::{
    CompactDecimalFormatter, DecimalFormatter,
    options::{DecimalFormatterOptions, GroupingStrategy},
};
use icu_locale::Locale;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use writeable::Writeable;

use self::currency::Display;
use crate::{
    Error, Result, locale,
    options::Options,
    parts::{self, Piece},
};

pub(crate) use self::{amount::Amount, currency::currencies, digits::Digits, pattern::units};

/// What `resolvedOptions` shows.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Resolved {
    locale: String,
    numbering_system: String,
    style: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    currency: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    currency_display: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    currency_sign: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unit: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unit_display: Option<String>,
    #[serde(flatten)]
    digits: Digits,
    use_grouping: Value,
    notation: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    compact_display: Option<String>,
    sign_display: String,
}

pub(crate) fn resolve(locales: &[String], options: &Options) -> Result<Value> {
    let asked = locale::lookup(locales)?;
    let numbering = options
        .keyword("numberingSystem")?
        .or_else(|| locale::keyword(&asked, "nu"))
        .filter(|name| locale::is_numbering_system(name));
    let with = locale::with_keywords(&asked, &[("nu", numbering.as_deref())]);
    let style = options.choice_or(
        "style",
        &["decimal", "percent", "currency", "unit"],
        "decimal",
    )?;
    let currency = currency::read(options, &style)?;
    let unit = pattern::read_unit(options, &style)?;
    let notation = options.choice_or(
        "notation",
        &["standard", "scientific", "engineering", "compact"],
        "standard",
    )?;
    let (least, most) = match (&currency, &*style) {
        (Some(currency), _) if notation == "standard" => {
            let digits = currency::fraction_digits(&currency.code);
            (digits, digits)
        }
        (_, "percent") => (0, 0),
        _ => (0, 3),
    };
    let is_compact = notation == "compact";
    let digits = Digits::read(options, least, most, is_compact)?;
    let compact_display = options.choice_or("compactDisplay", &["short", "long"], "short")?;
    let use_grouping = read_grouping(options, is_compact)?;
    let signs = ["auto", "never", "always", "exceptZero", "negative"];
    let sign_display = options.choice_or("signDisplay", &signs, "auto")?;
    let shown = match &numbering {
        Some(name) => name.clone(),
        None => numbering_system(&with)?,
    };
    let tag = locale::with_keywords(
        &asked,
        &[(
            "nu",
            locale::keyword(&asked, "nu")
                .filter(|name| Some(name) == numbering.as_ref())
                .as_deref(),
        )],
    );
    let (code, display, sign) = match currency {
        Some(Display {
            code,
            display,
            sign,
        }) => (Some(code), Some(display), Some(sign)),
        None => (None, None, None),
    };
    let (unit, unit_display) = unit.unzip();
    Ok(json!(Resolved {
        locale: tag.to_string(),
        numbering_system: shown,
        style,
        currency: code,
        currency_display: display,
        currency_sign: sign,
        unit,
        unit_display,
        digits,
        use_grouping,
        compact_display: is_compact.then_some(compact_display),
        notation,
        sign_display,
    }))
}

fn read_grouping(options: &Options, is_compact: bool) -> Result<Value> {
    if !options.has("useGrouping") {
        return Ok(json!(if is_compact { "min2" } else { "auto" }));
    }
    let given = options.text("useGrouping").unwrap_or_default();
    match &*given {
        "true" if options.flag("useGrouping") == Some(true) => Ok(json!("always")),
        "false" => Ok(json!(false)),
        "always" | "auto" | "min2" => Ok(json!(given)),
        "" | "0" | "null" => Ok(json!(false)),
        _ => Err(options.out_of_range("useGrouping", &given)),
    }
}

fn failed(error: impl std::fmt::Display) -> Error {
    Error::Range(error.to_string())
}

/// The digits that a locale writes.
pub(crate) fn numbering_system(locale: &Locale) -> Result<String> {
    Ok(locale::digits_of(&plain(locale, &0.into())?).to_owned())
}

/// The parts of a number without its sign, grouped as its language does.
pub(crate) fn unsigned_digits(
    locale: &Locale,
    number: &fixed_decimal::Decimal,
) -> Result<Vec<Piece>> {
    digits(locale, GroupingStrategy::Auto, number.absolute.clone())
}

impl Resolved {
    pub(crate) fn read(resolved: &str) -> Result<Self> {
        serde_json::from_str(resolved).map_err(failed)
    }

    pub(crate) fn locale(&self) -> Result<Locale> {
        locale::of_resolved(&self.locale, &[("nu", Some(&self.numbering_system))])
    }

    fn grouping(&self) -> GroupingStrategy {
        match self.use_grouping.as_str() {
            Some("always") => GroupingStrategy::Always,
            Some("min2") => GroupingStrategy::Min2,
            Some(_) => GroupingStrategy::Auto,
            None => GroupingStrategy::Never,
        }
    }
}

/// `[amount]`
pub(crate) fn parts(resolved: &str, arguments: &Value) -> Result<Value> {
    let resolved = Resolved::read(resolved)?;
    Ok(parts::answer(&format(
        &resolved,
        Amount::read(&arguments[0]),
    )?))
}

/// The parts of a formatted amount.
pub(crate) fn format(resolved: &Resolved, amount: Amount) -> Result<Vec<Piece>> {
    let locale = resolved.locale()?;
    let amount = match &*resolved.style {
        "percent" => amount.hundredfold(),
        _ => amount,
    };
    let (number, exponent) = match amount {
        Amount::Finite(number) => scale(resolved, &locale, number)?,
        other => return pattern::around_symbol(resolved, &locale, &other),
    };
    let signed = pattern::with_sign(number, &resolved.sign_display);
    let formatter = DecimalFormatter::try_new((&locale).into(), resolved.grouping().into());
    let formatter = formatter.map_err(failed)?;
    let mut digits = digits(&locale, resolved.grouping(), signed.absolute.clone())?;
    if let Some(exponent) = exponent {
        digits.extend(exponent_pieces(exponent, &formatter));
    }
    pattern::around(resolved, &locale, &signed, digits)
}

/// The number as it is shown, rounded, and the exponent that is shown with it. Compact notation keeps its number whole:
/// its pattern divides it.
fn scale(
    resolved: &Resolved,
    locale: &Locale,
    number: fixed_decimal::Decimal,
) -> Result<(fixed_decimal::Decimal, Option<i16>)> {
    let step = match &*resolved.notation {
        "scientific" => 1,
        "engineering" => 3,
        "compact" => {
            let compact = pattern::compact(resolved, locale)?;
            return Ok((round_compact(resolved, &compact, number), None));
        }
        _ => return Ok((resolved.digits.round(number), None)),
    };
    let exponent = |number: &fixed_decimal::Decimal| match number.absolute.is_zero() {
        true => 0,
        false => number.absolute.nonzero_magnitude_start().div_euclid(step) * step,
    };
    let first = exponent(&number);
    let rounded = resolved.digits.round(number.clone().multiplied(-first));
    // Rounding may have made another digit.
    let more = exponent(&rounded);
    let (rounded, total) = match more {
        0 => (rounded, first),
        more => (
            resolved.digits.round(number.multiplied(-first - more)),
            first + more,
        ),
    };
    Ok((rounded, Some(total)))
}

/// Multiplication by a power of ten.
trait Multiplied: Sized {
    fn multiplied(self, power: i16) -> Self;
}

impl Multiplied for fixed_decimal::Decimal {
    fn multiplied(mut self, power: i16) -> Self {
        self.absolute.multiply_pow10(power);
        self.absolute.trim_start();
        self.absolute.trim_end();
        self
    }
}

/// The mantissa of a compact number.
fn round_compact(
    resolved: &Resolved,
    compact: &CompactDecimalFormatter,
    number: fixed_decimal::Decimal,
) -> fixed_decimal::Decimal {
    let exponent = |number: &fixed_decimal::Decimal| {
        let magnitude = number.absolute.nonzero_magnitude_start();
        match number.absolute.is_zero() {
            true => 0,
            false => i16::from(compact.compact_exponent_for_magnitude(magnitude)),
        }
    };
    let first = exponent(&number);
    let rounded = resolved.digits.round(number.clone().multiplied(-first));
    let second = exponent(&rounded.clone().multiplied(first));
    match second == first {
        true => rounded.shifted(first),
        false => resolved
            .digits
            .round(number.multiplied(-second))
            .shifted(second),
    }
}

/// As [`Multiplied`], with the zeros at the end as they are.
trait Shifted: Sized {
    fn shifted(self, power: i16) -> Self;
}

impl Shifted for fixed_decimal::Decimal {
    fn shifted(mut self, power: i16) -> Self {
        self.absolute.multiply_pow10(power);
        self
    }
}

/// The text of a number with its sign.
fn plain(locale: &Locale, number: &fixed_decimal::Decimal) -> Result<String> {
    let formatter = DecimalFormatter::try_new(locale.into(), DecimalFormatterOptions::default());
    Ok(formatter
        .map_err(failed)?
        .format(number)
        .write_to_string()
        .into_owned())
}

/// The parts of a number without its sign.
fn digits(
    locale: &Locale,
    grouping: GroupingStrategy,
    number: fixed_decimal::UnsignedDecimal,
) -> Result<Vec<Piece>> {
    let formatter = DecimalFormatter::try_new(locale.into(), grouping.into()).map_err(failed)?;
    let number = fixed_decimal::Decimal::new(fixed_decimal::Sign::None, number);
    Ok(parts::collect(&formatter.format(&number)))
}

fn exponent_pieces(exponent: i16, formatter: &DecimalFormatter) -> Vec<Piece> {
    let mut pieces = vec![Piece::new("exponentSeparator", "E")];
    if exponent < 0 {
        pieces.push(Piece::new("exponentMinusSign", "-"));
    }
    let digits = formatter
        .format(&exponent.unsigned_abs().into())
        .write_to_string()
        .into_owned();
    pieces.push(Piece::new("exponentInteger", digits));
    pieces
}
