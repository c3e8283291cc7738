//! `Intl` of the ECMAScript Internationalization API (ECMA-402), by ICU4X and the data of Unicode's CLDR.
//!
//! A *service* is one constructor of `Intl`. Its options are resolved once, into an object that `resolvedOptions` shows and
//! that is all the state there is: whoever has it can format again, elsewhere and later. What ICU4X makes of it is kept aside
//! for the next call.

mod casing;
mod collator;
mod date_time;
mod display_names;
mod list;
mod locale;
mod long_text;
mod number;
mod options;
mod parts;
mod plural;
mod relative_time;
mod segmenter;
mod zone;

use serde_json::Value;

pub use casing::change_case;
pub use collator::compare;
pub use segmenter::segments;

/// Why a call was refused, as JavaScript names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// A `RangeError`: a value that does not exist, or is not carried.
    Range(String),
    /// A `TypeError`: something that is missing.
    Type(String),
}

/// Told of the steps of what comes next, of some ten nanoseconds each; false: nobody waits for the result any more.
pub type Tick<'a> = &'a dyn Fn(usize) -> bool;

/// What a call gives.
pub type Result<T> = std::result::Result<T, Error>;

/// A method of a service: from the resolved options and the arguments to what it gives.
type Method = fn(&str, &Value) -> Result<Value>;

/// A constructor of `Intl`.
struct Service {
    name: &'static str,
    /// Resolves locales and options.
    resolve: fn(&[String], &options::Options) -> Result<Value>,
    methods: &'static [(&'static str, Method)],
}

const SERVICES: &[Service] = &[
    Service {
        name: "Collator",
        resolve: collator::resolve,
        methods: &[],
    },
    Service {
        name: "DateTimeFormat",
        resolve: date_time::resolve,
        methods: &[
            ("parts", date_time::parts),
            ("range", date_time::range_parts),
        ],
    },
    Service {
        name: "DisplayNames",
        resolve: display_names::resolve,
        methods: &[("of", display_names::of)],
    },
    Service {
        name: "ListFormat",
        resolve: list::resolve,
        methods: &[("parts", list::parts)],
    },
    Service {
        name: "NumberFormat",
        resolve: number::resolve,
        methods: &[("parts", number::parts)],
    },
    Service {
        name: "PluralRules",
        resolve: plural::resolve,
        methods: &[("select", plural::select), ("range", plural::select_range)],
    },
    Service {
        name: "RelativeTimeFormat",
        resolve: relative_time::resolve,
        methods: &[("parts", relative_time::parts)],
    },
    Service {
        name: "Segmenter",
        resolve: segmenter::resolve,
        methods: &[],
    },
];

fn service(name: &str) -> Result<&'static Service> {
    let known = SERVICES.iter().find(|service| service.name == name);
    known.ok_or_else(|| Error::Type(format!("Intl.{name} is not there")))
}

/// The resolved options of a service, by what was asked for: `{"locales": [..], "options": {..}}`.
///
/// # Errors
/// An invalid locale, or an option that does not exist or is not carried.
pub fn resolve(name: &str, asked: &str) -> Result<String> {
    let (locales, options) = options::read(name, asked)?;
    let resolved = (service(name)?.resolve)(&locales, &options)?;
    Ok(resolved.to_string())
}

/// Calls a method of a service, with its resolved options and its arguments, which are JSON as the answer is.
///
/// # Errors
/// Arguments that it does not take.
pub fn call(name: &str, method: &str, resolved: &str, arguments: &str) -> Result<String> {
    let methods = service(name)?.methods;
    let Some((_, run)) = methods.iter().find(|(known, _)| *known == method) else {
        return Err(Error::Type(format!("Intl.{name} has no {method}")));
    };
    let arguments = serde_json::from_str(arguments).unwrap_or_default();
    Ok(run(resolved, &arguments)?.to_string())
}

/// The locales in their canonical form, each once.
///
/// # Errors
/// One that is none.
pub fn canonical_locales(locales: &[String]) -> Result<Vec<String>> {
    locale::canonical(locales)
}

/// Those of the locales that are carried.
///
/// # Errors
/// One that is none.
pub fn supported_locales(locales: &[String]) -> Result<Vec<String>> {
    locale::supported(locales)
}

/// What `Intl.supportedValuesOf` lists.
///
/// # Errors
/// A key that does not exist.
pub fn supported_values(key: &str) -> Result<Vec<String>> {
    match key {
        "timeZone" => Ok(zone::names()),
        "calendar" => Ok(date_time::calendars()),
        "collation" => Ok(collator::collations()),
        "currency" => Ok(number::currencies()),
        "numberingSystem" => Ok(locale::numbering_systems()),
        "unit" => Ok(number::units()),
        _ => Err(Error::Range(format!("Invalid key : {key}"))),
    }
}
