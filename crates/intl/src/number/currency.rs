//! Currencies: how they are named and how many digits they have.

use fixed_decimal::Decimal;
use icu_decimal::{CompactDecimalFormatter, DecimalFormatter};
use icu_experimental::dimension::currency::{
    CurrencyType,
    formatter::CurrencyFormatter,
    options::{CurrencyFormatterOptions, CurrencyUsage},
};
use icu_locale::Locale;
use writeable::Writeable;

use super::{Resolved, failed};
use crate::{Error, Result, options::Options};

/// The options about a currency.
pub(super) struct Display {
    pub(super) code: String,
    pub(super) display: String,
    pub(super) sign: String,
}

/// Currencies that are in use, by ISO 4217.
const IN_USE: &str = "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF \
    CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS \
    INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR \
    MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP \
    SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VES VND VUV WST XAF XCD XOF XPF YER \
    ZAR ZMW ZWG";

pub(crate) fn currencies() -> Vec<String> {
    IN_USE.split_whitespace().map(str::to_owned).collect()
}

pub(super) fn read(options: &Options, style: &str) -> Result<Option<Display>> {
    let code = options.text("currency");
    let displays = ["code", "symbol", "narrowSymbol", "name"];
    let display = options.choice_or("currencyDisplay", &displays, "symbol")?;
    if display == "name" && style == "currency" {
        return Err(Error::Range(
            "Intl.NumberFormat: the names of currencies are not carried here; use their symbols or codes".to_owned(),
        ));
    }
    let sign = options.choice_or("currencySign", &["standard", "accounting"], "standard")?;
    if let Some(code) = &code
        && !(code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_alphabetic()))
    {
        return Err(Error::Range(format!("Invalid currency code : {code}")));
    }
    match (style, code) {
        ("currency", None) => Err(Error::Type(
            "Currency code is required with currency style.".to_owned(),
        )),
        ("currency", Some(code)) => Ok(Some(Display {
            code: code.to_ascii_uppercase(),
            display,
            sign,
        })),
        _ => Ok(None),
    }
}

fn kind(code: &str) -> Result<CurrencyType> {
    let value = code.to_ascii_lowercase().parse();
    let value = value.map_err(|error| Error::Range(format!("{code}: {error:?}")))?;
    CurrencyType::try_from(&value).map_err(|error| Error::Range(format!("{code}: {error:?}")))
}

/// How many digits of a fraction a currency is given with.
pub(super) fn fraction_digits(code: &str) -> u8 {
    let shown = || -> Result<String> {
        let english = Locale::try_from_str("en").map_err(failed)?;
        let formatter = CurrencyFormatter::<DecimalFormatter>::try_new_code(
            (&english).into(),
            kind(code)?,
            CurrencyFormatterOptions::default(),
        );
        let one = Decimal::try_from_str("1.11111").map_err(failed)?;
        Ok(formatter
            .map_err(failed)?
            .format_fixed_decimal(&one)
            .write_to_string()
            .into_owned())
    };
    let shown = shown().unwrap_or_default();
    match shown.split_once('.') {
        Some((_, digits)) => u8::try_from(digits.len()).unwrap_or(2),
        None if shown.is_empty() => 2,
        None => 0,
    }
}

/// The text of a number with its currency; its digits are the formatter's own.
pub(super) fn write(resolved: &Resolved, locale: &Locale, number: &Decimal) -> Result<String> {
    let code = kind(resolved.currency.as_deref().unwrap_or_default())?;
    let mut options = CurrencyFormatterOptions::default();
    if resolved.currency_sign.as_deref() == Some("accounting") {
        options.usage = CurrencyUsage::Accounting;
    }
    let prefs = locale.into();
    let display = resolved.currency_display.as_deref();
    type Plain = CurrencyFormatter<DecimalFormatter>;
    type Compact = CurrencyFormatter<CompactDecimalFormatter>;
    macro_rules! written {
        ($formatter:expr) => {
            $formatter
                .map_err(failed)?
                .format_fixed_decimal(number)
                .write_to_string()
                .into_owned()
        };
    }
    let is_long = resolved.compact_display.as_deref() == Some("long");
    Ok(match (&*resolved.notation, display) {
        ("compact", Some("code")) if is_long => {
            written!(Compact::try_new_compact_long_code(prefs, code, options))
        }
        ("compact", Some("narrowSymbol")) if is_long => {
            written!(Compact::try_new_compact_long_symbol_narrow(
                prefs, code, options
            ))
        }
        ("compact", _) if is_long => {
            written!(Compact::try_new_compact_long_symbol(prefs, code, options))
        }
        ("compact", Some("code")) => {
            written!(Compact::try_new_compact_code(prefs, code, options))
        }
        ("compact", Some("narrowSymbol")) => {
            written!(Compact::try_new_compact_symbol_narrow(prefs, code, options))
        }
        ("compact", _) => written!(Compact::try_new_compact_symbol(prefs, code, options)),
        (_, Some("code")) => written!(Plain::try_new_code(prefs, code, options)),
        (_, Some("narrowSymbol")) => {
            written!(Plain::try_new_symbol_narrow(prefs, code, options))
        }
        _ => written!(Plain::try_new_symbol(prefs, code, options)),
    })
}
