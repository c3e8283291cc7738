//! Defaults: what a task is given where its input says nothing.

use std::borrow::Cow;

use serde_json::{Map, Value};

use crate::name::Step;
use crate::{Schema, Type};

/// The most bytes that defaults add to an input.
pub const DEFAULTS_MAX_BYTES: usize = 1 << 20;

/// The defaults of an input are larger than [`DEFAULTS_MAX_BYTES`] together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DefaultsTooLarge;

/// A default that no task could be given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnfitDefault {
    /// What it is the default of: `input.lines[].count`.
    pub place: String,
    /// The default, as it is written.
    pub default: String,
    /// What is wrong with it.
    pub reason: String,
}

/// What a task with this schema is given for an input, both JSON texts: the input, with the defaults of what is
/// absent. What the schema does not name stays as it is, and so does the input of a schema that cannot be read.
///
/// # Errors
/// If that would be too large.
pub fn with_defaults<'a>(schema: &str, input: &'a str) -> Result<Cow<'a, str>, DefaultsTooLarge> {
    if !schema.contains("\"default\"") {
        return Ok(Cow::Borrowed(input));
    }
    let (Ok(schema), Ok(mut value)) = (
        serde_json::from_str::<Schema>(schema),
        serde_json::from_str::<Value>(input),
    ) else {
        return Ok(Cow::Borrowed(input));
    };
    let before = value.to_string().len();
    schema.fill(&mut value)?;
    let text = value.to_string();
    Ok(if text.len() == before {
        Cow::Borrowed(input)
    } else {
        Cow::Owned(text)
    })
}

impl Schema {
    /// Puts in the defaults of what is absent, in objects and in the items of arrays.
    ///
    /// # Errors
    /// If they are too large together.
    pub fn fill(&self, value: &mut Value) -> Result<(), DefaultsTooLarge> {
        let mut left = DEFAULTS_MAX_BYTES;
        self.fill_within(value, &mut left)
    }

    fn fill_within(&self, value: &mut Value, left: &mut usize) -> Result<(), DefaultsTooLarge> {
        match value {
            Value::Object(members) => {
                for (name, schema) in &self.properties {
                    if let Some(default) = &schema.default
                        && !members.contains_key(name)
                    {
                        let bytes = name.len() + default.to_string().len() + "\"\":,".len();
                        *left = left.checked_sub(bytes).ok_or(DefaultsTooLarge)?;
                        members.insert(name.clone(), default.clone());
                    }
                    if let Some(member) = members.get_mut(name) {
                        schema.fill_within(member, left)?;
                    }
                }
            }
            Value::Array(items) => {
                if let Some(schema) = &self.items {
                    for item in items {
                        schema.fill_within(item, left)?;
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Gives an object that no tag describes, only its members, the default `{}` if that brings in defaults of
    /// its members: who writes `[input.page.size=10]` alone means it for an input without a page, too.
    pub(crate) fn imply_defaults(&mut self, path: &mut Vec<Step>, described: &[Vec<Step>]) {
        for (name, schema) in &mut self.properties {
            path.push(Step::Property(name.clone()));
            schema.imply_defaults(path, described);
            if schema.default.is_none() && !described.contains(path) && schema.is_object() {
                let mut filled = Value::Object(Map::new());
                if schema.fill(&mut filled).is_ok()
                    && filled
                        .as_object()
                        .is_some_and(|members| !members.is_empty())
                    && schema.validate(&filled).is_empty()
                {
                    schema.default = Some(Value::Object(Map::new()));
                }
            }
            path.pop();
        }
        if let Some(items) = &mut self.items {
            path.push(Step::Items);
            items.imply_defaults(path, described);
            path.pop();
        }
    }

    fn is_object(&self) -> bool {
        self.types
            .as_ref()
            .is_some_and(|types| types.as_slice() == [Type::Object])
    }

    /// The defaults in here that do not fit, with what they bring in themselves.
    pub(crate) fn unfit_defaults(&self, place: &str, unfit: &mut Vec<UnfitDefault>) {
        if let Some(default) = &self.default {
            let mut filled = default.clone();
            let reason = match self.fill(&mut filled) {
                Ok(()) => reason(self, &filled),
                Err(DefaultsTooLarge) => Some("it is too large".to_owned()),
            };
            unfit.extend(reason.map(|reason| UnfitDefault {
                place: place.to_owned(),
                default: default.to_string(),
                reason,
            }));
        }
        for (name, schema) in &self.properties {
            schema.unfit_defaults(&format!("{place}.{name}"), unfit);
        }
        if let Some(items) = &self.items {
            items.unfit_defaults(&format!("{place}[]"), unfit);
        }
    }
}

/// Why a value does not fit a schema: `it must be a number, not a string`.
pub(crate) fn reason(schema: &Schema, value: &Value) -> Option<String> {
    let violations = schema.validate(value);
    let violations: Vec<_> = violations.iter().map(ToString::to_string).collect();
    (!violations.is_empty()).then(|| violations.join("; "))
}
