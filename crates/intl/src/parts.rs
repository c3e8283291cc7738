//! Formatted text in parts, as `formatToParts` gives it.

use std::fmt;

use serde::Serialize;
use serde_json::{Value, json};
use writeable::{Part, PartsWrite, Writeable};

/// A part of a formatted text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Piece {
    #[serde(rename = "type")]
    pub(crate) kind: String,
    #[serde(rename = "value")]
    pub(crate) text: String,
    /// Of a range: which end it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) source: Option<String>,
    /// Of a relative time: what its digits count.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) unit: Option<String>,
}

impl Piece {
    pub(crate) fn new(kind: &str, text: impl Into<String>) -> Self {
        Self {
            kind: kind.to_owned(),
            text: text.into(),
            source: None,
            unit: None,
        }
    }
}

/// What is in no part of its own.
pub(crate) const LITERAL: &str = "literal";

/// The parts that ICU4X writes; an outer part counts more than those within.
pub(crate) fn collect(text: &impl Writeable) -> Vec<Piece> {
    let mut sink = Sink::default();
    // Writing into a string cannot fail.
    let _ = text.write_to_parts(&mut sink);
    sink.pieces
}

fn is_of_number(kind: &str) -> bool {
    matches!(kind, "integer" | "fraction")
}

/// Whether a category of parts says what JavaScript wants to know.
fn is_shown(part: Part) -> bool {
    matches!(part.category, "datetime" | "decimal" | "list")
}

#[derive(Default)]
struct Sink {
    pieces: Vec<Piece>,
    around: Option<&'static str>,
    source: Option<&'static str>,
    /// Whether the next text belongs to a part that has just begun.
    is_new: bool,
}

impl fmt::Write for Sink {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if text.is_empty() {
            return Ok(());
        }
        let kind = self.around.unwrap_or(LITERAL);
        let continues = |last: &Piece| {
            last.kind == kind && last.source.as_deref() == self.source && !self.is_new
        };
        match self.pieces.last_mut() {
            Some(last) if continues(last) => last.text.push_str(text),
            _ => self.pieces.push(Piece {
                source: self.source.map(str::to_owned),
                ..Piece::new(kind, text)
            }),
        }
        self.is_new = false;
        Ok(())
    }
}

impl PartsWrite for Sink {
    type SubPartsWrite = Sink;

    fn with_part(
        &mut self,
        part: Part,
        mut write: impl FnMut(&mut Sink) -> fmt::Result,
    ) -> fmt::Result {
        let (around, source) = (self.around, self.source);
        match part.value {
            "startRange" | "endRange" => self.source = Some(part.value),
            "element" => (self.around, self.is_new) = (Some(part.value), true),
            // Groups are parts of the integer around them.
            value if part.category == "decimal" && around.is_none_or(is_of_number) => {
                self.around = Some(value);
            }
            value if is_shown(part) && around.is_none() => self.around = Some(value),
            _ => {}
        }
        let done = write(self);
        (self.around, self.source) = (around, source);
        done
    }
}

/// As the answer of a method.
pub(crate) fn answer(pieces: &[Piece]) -> Value {
    json!(pieces)
}

/// All of the text.
pub(crate) fn text(pieces: &[Piece]) -> String {
    pieces.iter().map(|piece| &*piece.text).collect()
}
