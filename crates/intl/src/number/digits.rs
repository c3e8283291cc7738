//! How many digits are shown, and how the rest is rounded.

use fixed_decimal::{Decimal, Sign, SignedRoundingMode, UnsignedRoundingMode};
use serde::{Deserialize, Serialize};

use crate::{Error, Result, options::Options};

/// The options about digits, as `resolvedOptions` shows them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Digits {
    minimum_integer_digits: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    minimum_fraction_digits: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    maximum_fraction_digits: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    minimum_significant_digits: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    maximum_significant_digits: Option<u8>,
    rounding_increment: u16,
    rounding_mode: String,
    rounding_priority: String,
    trailing_zero_display: String,
}

const MODES: &[(&str, SignedRoundingMode)] = &[
    ("ceil", SignedRoundingMode::Ceil),
    ("floor", SignedRoundingMode::Floor),
    (
        "expand",
        SignedRoundingMode::Unsigned(UnsignedRoundingMode::Expand),
    ),
    (
        "trunc",
        SignedRoundingMode::Unsigned(UnsignedRoundingMode::Trunc),
    ),
    ("halfCeil", SignedRoundingMode::HalfCeil),
    ("halfFloor", SignedRoundingMode::HalfFloor),
    (
        "halfExpand",
        SignedRoundingMode::Unsigned(UnsignedRoundingMode::HalfExpand),
    ),
    (
        "halfTrunc",
        SignedRoundingMode::Unsigned(UnsignedRoundingMode::HalfTrunc),
    ),
    (
        "halfEven",
        SignedRoundingMode::Unsigned(UnsignedRoundingMode::HalfEven),
    ),
];

const FRACTION_MAX: u8 = 100;
const SIGNIFICANT_MAX: u8 = 21;

impl Digits {
    /// Those of a number without options.
    pub(crate) fn plain() -> Self {
        Self {
            minimum_integer_digits: 1,
            minimum_fraction_digits: Some(0),
            maximum_fraction_digits: Some(3),
            minimum_significant_digits: None,
            maximum_significant_digits: None,
            rounding_increment: 1,
            rounding_mode: "halfExpand".to_owned(),
            rounding_priority: "auto".to_owned(),
            trailing_zero_display: "auto".to_owned(),
        }
    }

    /// Reads the options; `least` and `most` are the digits of the fraction without any.
    pub(crate) fn read(options: &Options, least: u8, most: u8, is_compact: bool) -> Result<Self> {
        let minimum_integer_digits = options
            .integer("minimumIntegerDigits", 1, SIGNIFICANT_MAX)?
            .unwrap_or(1);
        let names: Vec<_> = MODES.iter().map(|(name, _)| *name).collect();
        let rounding_mode = options.choice_or("roundingMode", &names, "halfExpand")?;
        for (name, only) in [("roundingIncrement", "1"), ("roundingPriority", "auto")] {
            if let Some(given) = options.text(name).filter(|given| given != only) {
                return Err(Error::Range(format!(
                    "{name}: {given} is not carried here, only {only}"
                )));
            }
        }
        let trailing_zero_display =
            options.choice_or("trailingZeroDisplay", &["auto", "stripIfInteger"], "auto")?;
        let mut digits = Self {
            minimum_integer_digits,
            minimum_fraction_digits: None,
            maximum_fraction_digits: None,
            rounding_mode,
            trailing_zero_display,
            ..Self::plain()
        };
        let [low, high] = ["minimumSignificantDigits", "maximumSignificantDigits"];
        if options.has(low) || options.has(high) {
            let low = options.integer(low, 1, SIGNIFICANT_MAX)?.unwrap_or(1);
            let high = options.integer(high, low, SIGNIFICANT_MAX)?;
            digits.minimum_significant_digits = Some(low);
            digits.maximum_significant_digits = Some(high.unwrap_or(SIGNIFICANT_MAX));
            return Ok(digits);
        }
        let [low, high] = ["minimumFractionDigits", "maximumFractionDigits"];
        if is_compact && !options.has(low) && !options.has(high) {
            digits.minimum_fraction_digits = Some(0);
            digits.maximum_fraction_digits = Some(0);
            digits.minimum_significant_digits = Some(1);
            digits.maximum_significant_digits = Some(2);
            digits.rounding_priority = "morePrecision".to_owned();
            return Ok(digits);
        }
        let given = (
            options.integer(low, 0, FRACTION_MAX)?,
            options.integer(high, 0, FRACTION_MAX)?,
        );
        let (low, high) = match given {
            (None, None) => (least, most),
            (Some(low), None) => (low, most.max(low)),
            (None, Some(high)) => (least.min(high), high),
            (Some(low), Some(high)) if low <= high => (low, high),
            (Some(_), Some(_)) => {
                return Err(Error::Range(
                    "maximumFractionDigits value is out of range.".to_owned(),
                ));
            }
        };
        digits.minimum_fraction_digits = Some(low);
        digits.maximum_fraction_digits = Some(high);
        Ok(digits)
    }

    /// The number as it is shown.
    pub(crate) fn round(&self, mut number: Decimal) -> Decimal {
        let magnitude = match number.absolute.is_zero() {
            true => 0,
            false => number.absolute.nonzero_magnitude_start(),
        };
        let fraction = self.maximum_fraction_digits.map(|most| -i16::from(most));
        let significant = self
            .maximum_significant_digits
            .map(|most| magnitude - i16::from(most) + 1);
        let position = match (fraction, significant) {
            // What shows more.
            (Some(fraction), Some(significant)) => fraction.min(significant),
            (fraction, significant) => significant.or(fraction).unwrap_or_default(),
        };
        number.round_with_mode(position, self.mode());
        number.absolute.trim_end();
        let least = match (
            self.minimum_significant_digits,
            self.minimum_fraction_digits,
        ) {
            (_, Some(least)) => -i16::from(least),
            (Some(least), None) => {
                let magnitude = match number.absolute.is_zero() {
                    true => 0,
                    false => number.absolute.nonzero_magnitude_start(),
                };
                magnitude - i16::from(least) + 1
            }
            (None, None) => 0,
        };
        if least < 0 {
            number.absolute.pad_end(least);
        }
        if self.trailing_zero_display == "stripIfInteger" {
            number.absolute.trim_end_if_integer();
        }
        number
            .absolute
            .pad_start(i16::from(self.minimum_integer_digits));
        if number.sign() == Sign::Positive {
            number.set_sign(Sign::None);
        }
        number
    }

    fn mode(&self) -> SignedRoundingMode {
        let known = MODES.iter().find(|(name, _)| *name == self.rounding_mode);
        known.map_or(
            SignedRoundingMode::Unsigned(UnsignedRoundingMode::HalfExpand),
            |(_, mode)| *mode,
        )
    }
}
