//! A text and options: what every method takes.

use serde_json::{Map, Value};
use tasker_domain::wire::ServiceError;
use tasker_service::invalid;

/// The arguments of a call: `(text, options)`.
pub(crate) struct Arguments {
    usage: &'static str,
    pub(crate) text: String,
    options: Map<String, Value>,
}

impl Arguments {
    /// Reads them; the text has 1 to `longest` characters, and `known` are the known options.
    pub(crate) fn read(
        args: &str,
        usage: &'static str,
        longest: usize,
        known: &[&str],
    ) -> Result<Self, ServiceError> {
        let refuse = |reason: String| Err(invalid(format!("`{usage}`: {reason}")));
        let Ok(args) = serde_json::from_str::<Vec<Value>>(args) else {
            return refuse("the arguments cannot be read".to_owned());
        };
        if args.len() > 2 {
            return refuse(format!("at most 2 arguments are taken, not {}", args.len()));
        }
        let mut args = args.into_iter();
        let text = match args.next() {
            Some(Value::String(text))
                if !text.trim().is_empty() && text.chars().count() <= longest =>
            {
                text
            }
            _ => {
                return refuse(format!(
                    "the first argument must be a string of 1 to {longest} characters"
                ));
            }
        };
        let mut options = match args.next() {
            None | Some(Value::Null) => Map::new(),
            Some(Value::Object(options)) => options,
            Some(_) => return refuse("the options must be an object".to_owned()),
        };
        options.retain(|_, value| !value.is_null());
        if let Some(name) = options.keys().find(|name| !known.contains(&name.as_str())) {
            return refuse(format!(
                "there is no option `{name}`; there are: {}",
                known.join(", ")
            ));
        }
        Ok(Self {
            usage,
            text,
            options,
        })
    }

    /// The error that this option must be `what`.
    pub(crate) fn refused(&self, name: &str, what: &str) -> ServiceError {
        invalid(format!("`{}`: `{name}` must be {what}", self.usage))
    }

    pub(crate) fn option(&self, name: &str) -> Option<&Value> {
        self.options.get(name)
    }

    /// A whole number within bounds.
    pub(crate) fn number(
        &self,
        name: &str,
        least: u64,
        most: u64,
    ) -> Result<Option<u64>, ServiceError> {
        match self.options.get(name) {
            None => Ok(None),
            Some(value) => match value.as_u64() {
                Some(number) if (least..=most).contains(&number) => Ok(Some(number)),
                _ => Err(self.refused(name, &format!("a whole number from {least} to {most}"))),
            },
        }
    }

    /// One of some words.
    pub(crate) fn word<'a>(
        &self,
        name: &str,
        words: &[&'a str],
    ) -> Result<Option<&'a str>, ServiceError> {
        match self.options.get(name) {
            None => Ok(None),
            Some(value) => match words.iter().find(|word| value == **word) {
                Some(word) => Ok(Some(word)),
                None => Err(self.refused(name, &format!("one of: {}", words.join(", ")))),
            },
        }
    }
}
