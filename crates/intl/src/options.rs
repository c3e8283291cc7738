//! The options of a constructor, read as ECMA-402 says.

use serde_json::{Map, Value};

use crate::{Error, Result};

/// Options of a service. Their values are strings, numbers and booleans; what was undefined is missing.
#[derive(Debug, Clone, Default)]
pub(crate) struct Options {
    service: String,
    values: Map<String, Value>,
}

/// Locales and options out of `{"locales": [..], "options": {..}}`.
pub(crate) fn read(service: &str, asked: &str) -> Result<(Vec<String>, Options)> {
    #[derive(serde::Deserialize)]
    struct Asked {
        #[serde(default)]
        locales: Vec<String>,
        #[serde(default)]
        options: Map<String, Value>,
    }
    let asked: Asked = serde_json::from_str(asked)
        .map_err(|error| Error::Type(format!("Intl.{service}: {error}")))?;
    let options = Options {
        service: service.to_owned(),
        values: asked.options,
    };
    Ok((asked.locales, options))
}

impl Options {
    /// An option as text.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        match self.values.get(name)? {
            Value::String(text) => Some(text.clone()),
            other => Some(other.to_string()),
        }
    }

    /// An option that is one of `allowed`.
    pub(crate) fn choice(&self, name: &str, allowed: &[&str]) -> Result<Option<String>> {
        match self.text(name) {
            Some(text) if !allowed.contains(&&*text) => Err(self.out_of_range(name, &text)),
            text => Ok(text),
        }
    }

    /// An option that is one of `allowed`, or what it is without.
    pub(crate) fn choice_or(&self, name: &str, allowed: &[&str], without: &str) -> Result<String> {
        Ok(self
            .choice(name, allowed)?
            .unwrap_or_else(|| without.to_owned()))
    }

    /// A yes or no, as JavaScript takes any value for one.
    pub(crate) fn flag(&self, name: &str) -> Option<bool> {
        Some(match self.values.get(name)? {
            Value::Bool(flag) => *flag,
            Value::String(text) => !text.is_empty(),
            Value::Number(number) => number.as_f64() != Some(0.0),
            Value::Null => false,
            Value::Array(_) | Value::Object(_) => true,
        })
    }

    /// A whole number within bounds.
    pub(crate) fn integer(&self, name: &str, least: u8, most: u8) -> Result<Option<u8>> {
        let Some(text) = self.text(name) else {
            return Ok(None);
        };
        match text.trim().parse::<f64>() {
            Ok(number) if number >= f64::from(least) && number <= f64::from(most) => {
                Ok(Some(number.floor() as u8))
            }
            _ => Err(Error::Range(format!("{name} value is out of range."))),
        }
    }

    /// A name made of parts of three to eight letters or digits, such as that of a calendar.
    pub(crate) fn keyword(&self, name: &str) -> Result<Option<String>> {
        let Some(text) = self.text(name) else {
            return Ok(None);
        };
        let fits = |part: &str| {
            (3..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
        };
        match text.split('-').all(fits) {
            true => Ok(Some(text.to_ascii_lowercase())),
            false => Err(self.out_of_range(name, &text)),
        }
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.values.contains_key(name)
    }

    pub(crate) fn out_of_range(&self, name: &str, value: &str) -> Error {
        Error::Range(format!(
            "Value {value} out of range for Intl.{} options property {name}",
            self.service
        ))
    }
}
