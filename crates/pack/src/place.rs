//! Places in sources.

use std::fmt;

/// A place in a source text: line and column, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    line: usize,
    column: usize,
}

impl Place {
    /// A place by its numbers.
    pub(crate) fn new(line: usize, column: usize) -> Self {
        Self { line, column }
    }

    /// The places of some bytes, in their order.
    pub(crate) fn all(source: &str, offsets: &[usize]) -> Vec<Self> {
        let mut at = 0;
        let mut place = Self { line: 1, column: 1 };
        let next = |offset: &usize| {
            let part = source.get(at..*offset).unwrap_or_default();
            at += part.len();
            place.line += part.matches('\n').count();
            place.column = match part.rsplit_once('\n') {
                Some((_, line)) => line.chars().count() + 1,
                None => place.column + part.chars().count(),
            };
            place
        };
        offsets.iter().map(next).collect()
    }

    /// The place of a byte.
    pub(crate) fn of(source: &str, offset: u32) -> Self {
        let before = source.get(..offset as usize).unwrap_or(source);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Self {
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// A source that cannot be read as what it is.
#[derive(Debug)]
pub(crate) struct SyntaxError {
    pub(crate) place: Place,
    pub(crate) message: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_the_same_one_by_one_and_all_together() {
        let source = "é a\n\nbb\r\n  c";
        let offsets: Vec<usize> = source.char_indices().map(|(at, _)| at).collect();
        let places = Place::all(source, &offsets);
        for (offset, place) in offsets.iter().zip(&places) {
            assert_eq!(*place, Place::of(source, *offset as u32));
        }
        assert_eq!(places.last().unwrap().to_string(), "4:3");
    }
}
