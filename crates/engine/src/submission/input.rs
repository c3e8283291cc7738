//! The input of a run.

use std::borrow::Cow;

use serde_json::Value;
use tasker_api::{FieldError, INPUT_MAX_BYTES, Problem, RawJson};
use tasker_domain::{ErrorCode, Json};
use tasker_jsdoc::{DEFAULTS_MAX_BYTES, DefaultsTooLarge, Schema, with_defaults};

use super::{Error, Result};

/// The input as it was sent, in its compact form, so that the same input is the same text, if it fits the schema.
/// A task that takes no `null` gets an empty object for it, as it does without an input.
///
/// # Errors
/// If it is no JSON, too large, or does not fit.
pub fn input(given: &RawJson, schema: Option<&str>, task: &str) -> Result<Json> {
    let malformed = |error| Error::new(ErrorCode::BadRequest, format!("the input: {error}"));
    let mut value: Value = given.read().map_err(malformed)?;
    let schema = read_schema(schema)?;
    if value.is_null() && !schema.as_ref().is_none_or(Schema::takes_null) {
        value = Value::Object(serde_json::Map::new());
    }
    let text = value.to_string();
    if text.len() > INPUT_MAX_BYTES {
        let detail = format!("the input may have {INPUT_MAX_BYTES} bytes at most");
        return Err(Error::new(ErrorCode::BodyTooLarge, detail));
    }
    check(value, schema.as_ref(), task)?;
    Ok(text)
}

/// What the task is given for an input: the input with its defaults.
///
/// # Errors
/// If the defaults are too large.
pub fn given<'a>(input: &'a str, schema: Option<&str>) -> Result<Cow<'a, str>> {
    match schema {
        Some(schema) => with_defaults(schema, input).map_err(too_large),
        None => Ok(Cow::Borrowed(input)),
    }
}

/// Checks a stored input against the schema that its task has now.
///
/// # Errors
/// If it does not fit.
pub fn fits(input: &str, schema: Option<&str>, task: &str) -> Result<()> {
    check(
        serde_json::from_str(input).map_err(Error::internal)?,
        read_schema(schema)?.as_ref(),
        task,
    )
}

fn too_large(_: DefaultsTooLarge) -> Error {
    let detail = format!("the defaults of the input have more than {DEFAULTS_MAX_BYTES} bytes");
    Error::new(ErrorCode::BodyTooLarge, detail)
}

fn read_schema(schema: Option<&str>) -> Result<Option<Schema>> {
    schema
        .map(serde_json::from_str)
        .transpose()
        .map_err(Error::internal)
}

fn check(mut value: Value, schema: Option<&Schema>, task: &str) -> Result<()> {
    let Some(schema) = schema else {
        return Ok(());
    };
    let violations = schema.validate(&value);
    if violations.is_empty() {
        return schema.fill(&mut value).map_err(too_large);
    }
    let errors = violations.into_iter().map(|violation| FieldError {
        path: violation.path,
        message: violation.message,
    });
    Err(Problem::input_invalid(task, errors.collect()).into())
}
