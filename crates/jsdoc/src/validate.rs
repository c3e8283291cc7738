//! Checking a value against a schema.
//!
//! The general validators take milliseconds to compile their meta-schemas, which a component that
//! lives for one request would spend each time. The keywords that JSDoc needs are few; a property
//! test holds this against a general validator.

use std::fmt;

use serde_json::Value;

use crate::{Schema, Type};

/// Most violations that are listed.
const VIOLATIONS_MAX: usize = 20;

/// One thing about a value that does not fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Where: a JSON Pointer (RFC 6901); empty for the whole value.
    pub path: String,
    /// What is wrong.
    pub message: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = if self.path.is_empty() {
            "it"
        } else {
            &self.path
        };
        write!(f, "{place} {}", self.message)
    }
}

impl Schema {
    /// Whether `null` fits.
    #[must_use]
    pub fn takes_null(&self) -> bool {
        self.validate(&Value::Null).is_empty()
    }

    /// What about a value does not fit: the first 20 violations, none if it fits.
    #[must_use]
    pub fn validate(&self, value: &Value) -> Vec<Violation> {
        let mut check = Check {
            path: String::new(),
            violations: Vec::new(),
        };
        check.schema(self, value);
        check.violations
    }
}

/// Checks an input against a schema, both JSON texts. A schema that cannot be read takes
/// anything.
///
/// # Errors
/// What does not fit.
pub fn validate(schema: &str, input: &str) -> Result<(), Vec<Violation>> {
    let Ok(schema) = serde_json::from_str::<Schema>(schema) else {
        return Ok(());
    };
    let violations = match serde_json::from_str(input) {
        Ok(input) => schema.validate(&input),
        Err(error) => vec![Violation {
            path: String::new(),
            message: format!("cannot be read: {error}"),
        }],
    };
    if violations.is_empty() {
        Ok(())
    } else {
        Err(violations)
    }
}

struct Check {
    path: String,
    violations: Vec<Violation>,
}

impl Check {
    fn is_full(&self) -> bool {
        self.violations.len() >= VIOLATIONS_MAX
    }

    fn violation(&mut self, message: String) {
        if !self.is_full() {
            self.violations.push(Violation {
                path: self.path.clone(),
                message,
            });
        }
    }

    fn within(&mut self, step: &dyn fmt::Display, schema: &Schema, value: &Value) {
        let length = self.path.len();
        let step = step.to_string().replace('~', "~0").replace('/', "~1");
        self.path.push('/');
        self.path.push_str(&step);
        self.schema(schema, value);
        self.path.truncate(length);
    }

    fn schema(&mut self, schema: &Schema, value: &Value) {
        if self.is_full() {
            return;
        }
        if let Some(types) = &schema.types
            && !types.as_slice().iter().any(|one| one.includes(value))
        {
            let names: Vec<_> = types
                .as_slice()
                .iter()
                .map(|one| one.with_article())
                .collect();
            return self.violation(format!(
                "must be {}, not {}",
                names.join(" or "),
                kind(value)
            ));
        }
        if !schema.values.is_empty() && !schema.values.iter().any(|listed| same(listed, value)) {
            let listed: Vec<_> = schema.values.iter().map(Value::to_string).collect();
            self.violation(format!("must be one of {}", listed.join(", ")));
        }
        if !schema.any_of.is_empty()
            && !schema
                .any_of
                .iter()
                .any(|one| one.validate(value).is_empty())
        {
            self.violation(format!(
                "is {}, which fits none of the {} types that are allowed",
                kind(value),
                schema.any_of.len()
            ));
        }
        match value {
            Value::Object(members) => {
                for name in schema
                    .required
                    .iter()
                    .filter(|name| !members.contains_key(*name))
                {
                    self.violation(format!("must have the property `{name}`"));
                }
                for (name, member) in members {
                    let inner = schema
                        .properties
                        .get(name)
                        .or(schema.additional_properties.as_deref());
                    if let Some(inner) = inner {
                        self.within(name, inner, member);
                    }
                }
            }
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    if let Some(inner) = &schema.items {
                        self.within(&index, inner, item);
                    }
                }
            }
            _ => {}
        }
    }
}

impl Type {
    fn includes(self, value: &Value) -> bool {
        match self {
            Self::Null => value.is_null(),
            Self::Boolean => value.is_boolean(),
            // As in JavaScript and in JSON Schema, 2.0 is an integer.
            Self::Integer => {
                value.is_i64()
                    || value.is_u64()
                    || value.as_f64().is_some_and(|number| number.fract() == 0.0)
            }
            Self::Number => value.is_number(),
            Self::String => value.is_string(),
            Self::Array => value.is_array(),
            Self::Object => value.is_object(),
        }
    }

    fn with_article(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Boolean => "a boolean",
            Self::Integer => "an integer",
            Self::Number => "a number",
            Self::String => "a string",
            Self::Array => "an array",
            Self::Object => "an object",
        }
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

/// Equality of JSON values, by which 1 and 1.0 are the same number.
fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => {
            one == other || one.as_f64() == other.as_f64()
        }
        _ => one == other,
    }
}
