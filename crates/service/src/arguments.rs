//! The arguments of a call, read by position.

use serde_json::value::RawValue;
use tasker_domain::wire::ServiceError;

use crate::invalid;

/// The arguments of one call.
pub struct Arguments<'a> {
    /// How the call is written, for messages: `tools.keystore.get(namespace, key)`.
    usage: &'a str,
    items: Vec<&'a RawValue>,
}

impl<'a> Arguments<'a> {
    /// Reads a call's arguments, the text of a JSON array.
    ///
    /// # Errors
    /// If it is not an array or has more than `most` items.
    pub fn read(args: &'a str, usage: &'a str, most: usize) -> Result<Self, ServiceError> {
        let items: Vec<&RawValue> = serde_json::from_str(args)
            .map_err(|_| invalid(format!("`{usage}`: the arguments are not a list")))?;
        if items.len() > most {
            return Err(invalid(format!(
                "`{usage}` takes at most {most} arguments, not {}",
                items.len()
            )));
        }
        Ok(Self { usage, items })
    }

    /// How many there are.
    #[must_use]
    #[allow(clippy::len_without_is_empty, reason = "nobody asks for that")]
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// A text of 1 to `longest` characters.
    ///
    /// # Errors
    /// If it is missing, not a string, empty or longer.
    pub fn text(&self, index: usize, name: &str, longest: usize) -> Result<String, ServiceError> {
        let text: Option<String> = self
            .items
            .get(index)
            .and_then(|item| serde_json::from_str(item.get()).ok());
        match text {
            Some(text) if !text.is_empty() && text.chars().count() <= longest => Ok(text),
            _ => Err(invalid(format!(
                "`{}`: {name} must be a string of 1 to {longest} characters",
                self.usage
            ))),
        }
    }

    /// Any JSON value of at most `longest` bytes.
    ///
    /// # Errors
    /// If it is missing or larger.
    pub fn value(&self, index: usize, name: &str, longest: usize) -> Result<&'a str, ServiceError> {
        match self.items.get(index).map(|item| item.get()) {
            Some(text) if text.len() <= longest => Ok(text),
            Some(text) => Err(invalid(format!(
                "`{}`: {name} has {} bytes as JSON; at most {longest} are allowed",
                self.usage,
                text.len()
            ))),
            None => Err(invalid(format!("`{}`: {name} is missing", self.usage))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_read_or_refused_with_their_name() {
        let args =
            Arguments::read(r#"["a", {"b": 1}, ""]"#, "tools.x.y(name, value, other)", 3).unwrap();
        assert_eq!(args.text(0, "name", 10).unwrap(), "a");
        assert_eq!(args.value(1, "value", 100).unwrap(), r#"{"b": 1}"#);
        for (error, part) in [
            (
                args.text(1, "value", 10).unwrap_err(),
                "value must be a string",
            ),
            (
                args.text(2, "other", 10).unwrap_err(),
                "other must be a string of 1 to 10",
            ),
            (
                args.text(3, "more", 10).unwrap_err(),
                "more must be a string",
            ),
            (args.value(3, "more", 10).unwrap_err(), "more is missing"),
            (args.value(1, "value", 3).unwrap_err(), "has 8 bytes"),
        ] {
            assert!(error.error.message.contains(part), "{error:?}");
        }
        assert!(
            Arguments::read("{}", "f()", 1).is_err()
                && Arguments::read("[1,2]", "f(x)", 1).is_err()
        );
    }
}
