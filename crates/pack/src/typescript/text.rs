//! A source that is being changed in place: every character keeps its line and column.

use std::collections::BTreeMap;

use oxc_span::Span;

/// What becomes of a source.
#[derive(Debug)]
pub(super) struct Text<'s> {
    source: &'s str,
    /// For every byte, whether it is blanked.
    blank: Vec<bool>,
    /// What stands in the place of the characters that begin there.
    put: BTreeMap<usize, char>,
}

impl<'s> Text<'s> {
    pub(super) fn new(source: &'s str) -> Self {
        Self {
            source,
            blank: vec![false; source.len()],
            put: BTreeMap::new(),
        }
    }

    pub(super) fn blank(&mut self, from: u32, to: u32) {
        if let Some(part) = self.blank.get_mut(from as usize..to as usize) {
            part.fill(true);
        }
    }

    /// Blanks a statement, or an element of a class. A semicolon stays, so that what is before and what is behind do not become one.
    pub(super) fn blank_statement(&mut self, span: Span) {
        self.blank(span.start, span.end);
        self.put(span.start, ';');
    }

    /// Blanks one item of a list, with its comma.
    pub(super) fn blank_item(&mut self, span: Span, list_end: u32) {
        let comma = self
            .token(span.end, list_end)
            .filter(|token| token.1 == ",");
        self.blank(span.start, comma.map_or(span.end, |(at, _)| at + 1));
    }

    /// Puts a sign in place of the last character before `end`.
    pub(super) fn put_last(&mut self, end: u32, character: char) {
        let before = self.source.get(..end as usize).unwrap_or_default();
        if let Some((at, _)) = before.char_indices().next_back() {
            self.put.insert(at, character);
        }
    }

    pub(super) fn put(&mut self, at: u32, character: char) {
        self.put.insert(at as usize, character);
    }

    /// Blanks these words, where they stand between other words and signs. Gives the place of the first.
    pub(super) fn blank_words(&mut self, from: u32, to: u32, words: &[&str]) -> Option<u32> {
        let mut first = None;
        let mut at = from;
        while let Some((start, token)) = self.token(at, to) {
            at = start + length(token);
            if words.contains(&token) {
                self.blank(start, at);
                first.get_or_insert(start);
            }
        }
        first
    }

    /// The first place of a word or sign.
    pub(super) fn find(&self, from: u32, to: u32, wanted: &str) -> Option<u32> {
        let mut at = from;
        while let Some((start, token)) = self.token(at, to) {
            if token == wanted {
                return Some(start);
            }
            at = start + length(token);
        }
        None
    }

    /// The first word or sign, past white space and comments, and where it begins.
    pub(super) fn token(&self, from: u32, to: u32) -> Option<(u32, &'s str)> {
        let mut at = from as usize;
        let end = to as usize;
        loop {
            let rest = self.source.get(at..end)?;
            let trimmed = rest.trim_start();
            at += rest.len() - trimmed.len();
            if trimmed.starts_with("//") {
                at += trimmed.find(is_newline)?;
            } else if let Some(comment) = trimmed.strip_prefix("/*") {
                at += comment.find("*/")? + 4;
            } else {
                let first = trimmed.chars().next()?;
                let is_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$' | '\\');
                let length = match is_word(first) {
                    true => trimmed.find(|c| !is_word(c)).unwrap_or(trimmed.len()),
                    false => first.len_utf8(),
                };
                return Some((u32::try_from(at).ok()?, &trimmed[..length]));
            }
        }
    }

    /// Whether a sign stands there.
    pub(super) fn is_sign(&self, at: u32, sign: &str) -> bool {
        (self.source.get(at as usize..)).is_some_and(|rest| rest.starts_with(sign))
    }

    /// Whether a line ends between these places.
    pub(super) fn has_newline(&self, from: u32, to: u32) -> bool {
        let part = self.source.get(from as usize..to as usize);
        part.is_some_and(|part| part.contains(is_newline))
    }

    /// Whether the next line would be taken for a part of the expression that ends here.
    pub(super) fn runs_on(&self, end: u32) -> bool {
        let next = self.token(end, length(self.source));
        next.is_some_and(|(at, sign)| matches!(sign, "(" | "[" | "`") && self.has_newline(end, at))
    }

    /// The text as it has become.
    pub(super) fn finish(self) -> String {
        let mut out = String::with_capacity(self.source.len());
        for (at, character) in self.source.char_indices() {
            match self.put.get(&at) {
                Some(put) => out.push(*put),
                None if self.blank[at] && !is_newline(character) => out.push(' '),
                None => out.push(character),
            }
        }
        out
    }
}

fn is_newline(character: char) -> bool {
    matches!(character, '\n' | '\r' | '\u{2028}' | '\u{2029}')
}

fn length(text: &str) -> u32 {
    u32::try_from(text.len()).unwrap_or(u32::MAX)
}
