//! `Intl.DisplayNames`, of regions and scripts. Names of languages and currencies would be a third of all data.

use icu_experimental::displaynames::{
    DisplayNamesOptions, Style,
    multi::{RegionDisplayNames, ScriptDisplayNames},
};
use icu_locale::subtags::{Region, Script};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{Error, Result, locale, options::Options};

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Resolved {
    locale: String,
    style: String,
    #[serde(rename = "type")]
    kind: String,
    fallback: String,
}

pub(crate) fn resolve(locales: &[String], options: &Options) -> Result<Value> {
    let locale = locale::with_keywords(&locale::lookup(locales)?, &[]);
    let kinds = [
        "language",
        "region",
        "script",
        "currency",
        "calendar",
        "dateTimeField",
    ];
    let style = options.choice_or("style", &["narrow", "short", "long"], "long")?;
    let Some(kind) = options.choice("type", &kinds)? else {
        return Err(Error::Type(
            "Required option \"type\" must not be undefined".to_owned(),
        ));
    };
    if !["region", "script"].contains(&&*kind) {
        return Err(Error::Range(format!(
            "Intl.DisplayNames: names of type {kind} are not carried here"
        )));
    }
    Ok(json!(Resolved {
        locale: locale.to_string(),
        style,
        fallback: options.choice_or("fallback", &["code", "none"], "code")?,
        kind,
    }))
}

/// `[code]`
pub(crate) fn of(resolved: &str, arguments: &Value) -> Result<Value> {
    let failed = |error: &dyn std::fmt::Display| Error::Range(error.to_string());
    let resolved: Resolved = serde_json::from_str(resolved).map_err(|error| failed(&error))?;
    let code = arguments[0].as_str().unwrap_or_default();
    let invalid = || Error::Range("Invalid argument to Intl.DisplayNames.prototype.of".to_owned());
    let mut options = DisplayNamesOptions::default();
    if resolved.style != "long" {
        options.style = Some(Style::Short);
    }
    let locale = locale::of_resolved(&resolved.locale, &[])?;
    let prefs = (&locale).into();
    let (canonical, name) = match &*resolved.kind {
        "region" => {
            let region = Region::try_from_str(code).map_err(|_| invalid())?;
            let names =
                RegionDisplayNames::try_new(prefs, options).map_err(|error| failed(&error))?;
            (region.to_string(), names.of(region).map(str::to_owned))
        }
        _ => {
            let script = Script::try_from_str(code).map_err(|_| invalid())?;
            let names =
                ScriptDisplayNames::try_new(prefs, options).map_err(|error| failed(&error))?;
            (script.to_string(), names.of(script).map(str::to_owned))
        }
    };
    Ok(match name {
        Some(name) => json!(name),
        None if resolved.fallback == "code" => json!(canonical),
        None => Value::Null,
    })
}
