//! The names of `@param` tags: `input`, `input.a.b`, `[input.items[].name=default]`.

use serde_json::Value;

use crate::defaults::{self, UnfitDefault};
use crate::{Schema, literal};

/// Deepest path that is understood.
const PATH_MAX: usize = 16;
/// Longest default that is taken, in bytes.
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

    /// The default as JSON, if there is one: a literal, or bare text for a string.
    ///
    /// # Errors
    /// Why it cannot be taken.
    pub(crate) fn default_for(&self, schema: &Schema) -> Result<Option<Value>, UnfitDefault> {
        let Some(text) = self.default.as_deref().filter(|text| *text != "undefined") else {
            return Ok(None);
        };
        let unfit = |reason: String| UnfitDefault {
            place: self.place(),
            default: text.chars().take(80).collect(),
            reason,
        };
        if text.len() > DEFAULT_MAX {
            return Err(unfit(format!("it may have {DEFAULT_MAX} bytes at most")));
        }
        let literal = literal::parse(text);
        let fits = |value: &Value| schema.validate(value).is_empty();
        if let Some(value) = literal.as_ref().filter(|value| fits(value)) {
            return Ok(Some(value.clone()));
        }
        let bare = Value::from(text);
        if literal.as_ref().is_none_or(Value::is_number) && !is_code(text) && fits(&bare) {
            return Ok(Some(bare));
        }
        let reason = literal
            .as_ref()
            .or(Some(&bare).filter(|_| !is_code(text)))
            .and_then(|value| defaults::reason(schema, value));
        Err(unfit(reason.unwrap_or_else(|| {
            "it is no JSON, and code is not run".to_owned()
        })))
    }

    /// What it names, as it is written: `input.lines[].count`.
    pub(crate) fn place(&self) -> String {
        let mut place = self.root.clone();
        for step in &self.path {
            match step {
                Step::Property(name) => {
                    place.push('.');
                    place.push_str(name);
                }
                Step::Items => place.push_str("[]"),
            }
        }
        place
    }
}

/// Whether a text that is no literal is an expression rather than a string without quotes.
fn is_code(text: &str) -> bool {
    let called = text.split_once('(').is_some_and(|(name, _)| {
        !name.is_empty()
            && name
                .chars()
                .all(|c| c.is_alphanumeric() || "_$.".contains(c))
    });
    text.starts_with(['"', '\'', '`']) || text.starts_with("new ") || called && text.ends_with(')')
}

/// Where the bracket that a text begins with is closed: not within quotes, unless those are left open.
fn closing_bracket(text: &str) -> Option<usize> {
    bracket_outside(text, true).or_else(|| bracket_outside(text, false))
}

fn bracket_outside(text: &str, quotes: bool) -> Option<usize> {
    let mut depth = 0_usize;
    let mut quoted = None;
    let mut before = ' ';
    for (at, c) in text.char_indices() {
        match (quoted, c) {
            (Some(quote), c) if c == quote && before != '\\' => quoted = None,
            (Some(_), _) => {}
            (None, '"' | '\'' | '`') if quotes && "=[{,: ".contains(before) => quoted = Some(c),
            (None, '[') => depth += 1,
            (None, ']') => depth = depth.saturating_sub(1),
            (None, _) => {}
        }
        before = c;
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
