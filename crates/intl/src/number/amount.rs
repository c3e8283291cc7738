//! What is to be formatted.

use fixed_decimal::{Decimal, Sign};
use serde_json::Value;

/// A number, exact.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Amount {
    Finite(Decimal),
    Infinite(Sign),
    NotANumber,
}

/// Digits of an exact number, above which it is one that nobody writes out.
const DIGITS_MAX: usize = 5_000;

impl Amount {
    /// A number, or text as JavaScript reads it for one.
    pub(crate) fn read(value: &Value) -> Self {
        match value {
            Value::Number(number) => Self::parse(&number.to_string()),
            Value::String(text) => Self::parse(text.trim()),
            _ => Self::NotANumber,
        }
    }

    fn parse(text: &str) -> Self {
        match text {
            "" => return Self::Finite(Decimal::from(0)),
            "Infinity" | "+Infinity" => return Self::Infinite(Sign::None),
            "-Infinity" => return Self::Infinite(Sign::Negative),
            _ => {}
        }
        if text.len() > DIGITS_MAX {
            return Self::NotANumber;
        }
        match Decimal::try_from_str(text) {
            Ok(mut number) => {
                if number.sign() == Sign::Positive {
                    number.set_sign(Sign::None);
                }
                number.absolute.trim_start();
                number.absolute.trim_end();
                Self::Finite(number)
            }
            Err(_) => Self::NotANumber,
        }
    }

    pub(crate) fn finite(self) -> Option<Decimal> {
        match self {
            Self::Finite(number) => Some(number),
            Self::Infinite(_) | Self::NotANumber => None,
        }
    }

    /// A hundred times as much.
    pub(crate) fn hundredfold(self) -> Self {
        match self {
            Self::Finite(mut number) => {
                number.absolute.multiply_pow10(2);
                number.absolute.trim_start();
                Self::Finite(number)
            }
            other => other,
        }
    }
}
