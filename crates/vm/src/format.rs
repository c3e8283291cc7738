//! Values and errors as they stand in messages.

use crate::{
    errors,
    inspect::{self, Options},
    island::value::{Thrown, Value},
    text,
};

/// `value` on one line, in at most about `bytes` bytes.
pub(crate) fn value(value: &Value<'_>, bytes: usize) -> String {
    inspect::inspect(value, &Options::line(bytes))
}

/// The start of a string: a little more than `bytes` bytes if it is longer, so that a cut shows.
pub(crate) fn string(value: &Value<'_>, bytes: usize) -> String {
    let most = bytes.saturating_add(8);
    let read = value.with_bytes(|text| text::from_wtf8(&text[..text.len().min(most)]));
    read.unwrap_or_else(|Thrown| {
        value.ctx().catch();
        "[too large to show]".into()
    })
}

/// `TypeError: message`, for an error; else the value.
pub(crate) fn headline(of: &Value<'_>) -> String {
    if !errors::is_error(of) {
        return value(of, 1 << 10);
    }
    let error = errors::describe(of);
    match (error.name, error.message) {
        (name, message) if message.is_empty() => name,
        (name, message) => format!("{name}: {message}"),
    }
}

/// True if `name` can stand in a path or an object literal without quotes.
pub(crate) fn is_identifier(name: &str) -> bool {
    let mut chars = name.chars();
    chars
        .next()
        .is_some_and(|first| first.is_alphabetic() || first == '_' || first == '$')
        && chars.all(|char| char.is_alphanumeric() || char == '_' || char == '$')
}
