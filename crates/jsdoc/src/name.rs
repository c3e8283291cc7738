//! The names of `@param` tags: `input`, `input.a.b`, `[input.items[].name=default]`.

use serde_json::Value;

use crate::Schema;

/// Deepest path that is understood.
const PATH_MAX: usize = 16;
/// Longest default that is kept, in bytes.
const DEFAULT_MAX: usize = 1_000;

/// A step from a schema to one inside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    /// Into a property.
    Property(String),
    /// Into the items of an array.
    Items,
}

/// A parameter's name, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ParamName {
    /// The parameter itself.
    pub(crate) root: String,
    /// The way from it to what is described.
    pub(crate) path: Vec<Step>,
    /// Whether it stands in brackets.
    pub(crate) optional: bool,
    default: Option<String>,
}

impl ParamName {
    /// Reads a name from the start of a text; also answers the text behind it.
    pub(crate) fn parse(text: &str) -> Option<(Self, &str)> {
        let text = text.trim_start();
        let (name, default, optional, rest) = if text.starts_with('[') {
            let end = closing_bracket(text)?;
            let inner = &text[1..end];
            let (name, default) = match inner.split_once('=') {
                Some((name, default)) => (name, Some(default.trim().to_owned())),
                None => (inner, None),
            };
            (name.trim(), default, true, &text[end + 1..])
        } else {
            let end = text.find(char::is_whitespace).unwrap_or(text.len());
            (&text[..end], None, false, &text[end..])
        };
        let (root, path) = steps(name)?;
        Some((
            Self {
                root,
                path,
                optional,
                default,
            },
            rest.trim_start(),
        ))
    }

    /// The default as JSON, if it fits the schema: JSON itself, a string in single quotes, or a
    /// bare word for a string.
    pub(crate) fn default_for(&self, schema: &Schema) -> Option<Value> {
        let text = self
            .default
            .as_deref()
            .filter(|text| text.len() <= DEFAULT_MAX)?;
        let quoted = |quote: char| text.strip_prefix(quote)?.strip_suffix(quote);
        let candidates = [
            serde_json::from_str(text).ok(),
            quoted('\'').or_else(|| quoted('`')).map(Value::from),
            Some(Value::from(text)),
        ];
        candidates
            .into_iter()
            .flatten()
            .find(|value| schema.validate(value).is_empty())
    }
}

fn closing_bracket(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, c) in text.char_indices() {
        match c {
            '[' => depth += 1,
            ']' => depth -= 1,
            _ => continue,
        }
        if depth == 0 {
            return Some(at);
        }
    }
    None
}

fn steps(name: &str) -> Option<(String, Vec<Step>)> {
    let mut root = None;
    let mut path = Vec::new();
    for segment in name.split('.') {
        let word = segment.trim_end_matches("[]");
        if word.is_empty() || word.contains(['[', ']', '{', '}', '=', '"', '\'']) {
            return None;
        }
        if root.is_none() {
            root = Some(word.to_owned());
        } else {
            path.push(Step::Property(word.to_owned()));
        }
        path.extend(std::iter::repeat_n(
            Step::Items,
            (segment.len() - word.len()) / 2,
        ));
        if path.len() > PATH_MAX {
            return None;
        }
    }
    root.map(|root| (root, path))
}
