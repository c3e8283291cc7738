//! Taking secrets out of whatever leaves a service.

mod forms;

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use serde_json::Value;
use tasker_domain::{ErrorValue, Reason, wire::ServiceError};

pub use forms::json_inner;

use crate::limit::SECRET_MIN_BYTES;

/// What stands in place of a secret.
pub const HIDDEN: &str = "[hidden]";

/// Bytes of a form by which it is looked for; the rest is compared where they are found. So a long secret, such as a private
/// key, costs hardly more than a short one.
const ANCHOR_BYTES: usize = 24;

/// The texts that a call has to keep secret, in every form in which an upstream might repeat them.
#[derive(Default)]
pub struct Scrubber {
    forms: BTreeSet<String>,
    /// Made at the first look after a secret was added.
    finder: OnceCell<Finder>,
}

/// Finds the beginnings of all forms in one pass.
struct Finder {
    anchors: AhoCorasick,
    /// For each anchor, the forms that begin with it.
    forms: Vec<Vec<String>>,
}

impl Finder {
    fn new(forms: &BTreeSet<String>) -> Option<Self> {
        let mut by_anchor: BTreeMap<&[u8], Vec<String>> = BTreeMap::new();
        for form in forms {
            let anchor = &form.as_bytes()[..form.len().min(ANCHOR_BYTES)];
            by_anchor.entry(anchor).or_default().push(form.clone());
        }
        // It fails for more anchors than a machine has memory for.
        let anchors = AhoCorasick::builder()
            .kind(Some(AhoCorasickKind::ContiguousNFA))
            .build(by_anchor.keys())
            .ok()?;
        let forms = by_anchor.into_values().collect();
        Some(Self { anchors, forms })
    }

    /// Where forms stand: in order, and apart from each other.
    fn find(&self, bytes: &[u8]) -> Vec<Range<usize>> {
        let mut found: Vec<Range<usize>> = Vec::new();
        for anchor in self.anchors.find_overlapping_iter(bytes) {
            let rest = &bytes[anchor.start()..];
            let forms = &self.forms[anchor.pattern().as_usize()];
            let longest = forms
                .iter()
                .filter(|form| rest.starts_with(form.as_bytes()))
                .map(String::len)
                .max();
            found.extend(longest.map(|length| anchor.start()..anchor.start() + length));
        }
        found.sort_by_key(|span| span.start);
        let mut apart: Vec<Range<usize>> = Vec::with_capacity(found.len());
        for span in found {
            match apart.last_mut() {
                Some(last) if span.start < last.end => last.end = last.end.max(span.end),
                _ => apart.push(span),
            }
        }
        apart
    }
}

impl Scrubber {
    /// Keeps a further text secret. A text too short to be told from others is not.
    pub fn hide(&mut self, secret: &str) {
        if secret.len() < SECRET_MIN_BYTES || self.forms.contains(secret) {
            return;
        }
        self.forms.extend(forms::of(secret));
        self.finder.take();
    }

    /// The bytes of the longest form: as much has to be known of what comes behind a place before it can be cut there.
    #[must_use]
    pub fn longest(&self) -> usize {
        self.forms.iter().map(String::len).max().unwrap_or(0)
    }

    fn find(&self, bytes: &[u8]) -> Vec<Range<usize>> {
        if self.forms.is_empty() {
            return Vec::new();
        }
        let finder = || Finder::new(&self.forms).expect("a call has few secrets");
        self.finder.get_or_init(finder).find(bytes)
    }

    /// The text without secrets.
    #[must_use]
    pub fn text<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let found = self.find(text.as_bytes());
        if found.is_empty() {
            return Cow::Borrowed(text);
        }
        let mut clean = String::with_capacity(text.len());
        let mut from = 0;
        for span in found {
            clean.push_str(&text[from..span.start]);
            clean.push_str(HIDDEN);
            from = span.end;
        }
        clean.push_str(&text[from..]);
        Cow::Owned(clean)
    }

    /// JSON text without secrets, in names and values, however they are escaped.
    #[must_use]
    pub fn json(&self, json: String) -> String {
        if self.forms.is_empty() {
            return json;
        }
        // Without a backslash every string stands in it as it is.
        if !json.contains('\\') {
            return match self.text(&json) {
                Cow::Borrowed(_) => json,
                Cow::Owned(clean) => clean,
            };
        }
        match serde_json::from_str::<Value>(&json) {
            Ok(value) => self.value(value).to_string(),
            Err(_) => self.text(&json).into_owned(),
        }
    }

    /// The first `most` bytes without secrets, nor the beginning of one that stands across their end.
    #[must_use]
    pub fn start(&self, mut bytes: Vec<u8>, most: usize) -> Vec<u8> {
        let mut found = self.find(&bytes);
        found.retain(|span| span.start < most);
        let end = most.min(bytes.len());
        if found.is_empty() {
            bytes.truncate(end);
            return bytes;
        }
        let mut clean = Vec::with_capacity(end);
        let mut from = 0;
        for span in found {
            clean.extend_from_slice(&bytes[from..span.start]);
            clean.extend_from_slice(HIDDEN.as_bytes());
            from = span.end;
        }
        clean.extend_from_slice(bytes.get(from..end).unwrap_or_default());
        clean
    }

    /// An error without secrets.
    #[must_use]
    pub fn error(&self, mut error: ServiceError) -> ServiceError {
        self.error_value(&mut error.error);
        error.answer = error.answer.map(|answer| self.json(answer));
        error
    }

    fn error_value(&self, value: &mut ErrorValue) {
        for text in [&mut value.name, &mut value.message]
            .into_iter()
            .chain(&mut value.code)
            .chain(&mut value.stack)
        {
            if let Cow::Owned(clean) = self.text(text) {
                *text = clean;
            }
        }
        for json in [&mut value.body, &mut value.own] {
            *json = json.take().map(|json| self.json(json));
        }
        let cause = value.cause.as_deref_mut().into_iter();
        for reason in cause.chain(value.errors.iter_mut().flatten()) {
            match reason {
                Reason::Error(error) => self.error_value(error),
                Reason::Value(json) => *json = self.json(std::mem::take(json)),
            }
        }
    }

    fn value(&self, value: Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.text(&text).into_owned()),
            Value::Array(items) => items.into_iter().map(|item| self.value(item)).collect(),
            Value::Object(members) => members
                .into_iter()
                .map(|(name, value)| (self.text(&name).into_owned(), self.value(value)))
                .collect(),
            other => other,
        }
    }
}

/// All occurrences of a needle replaced.
pub(crate) fn replace(bytes: Vec<u8>, needle: &[u8], with: &[u8]) -> Vec<u8> {
    let mut clean = Vec::new();
    let mut from = 0;
    while let Some(at) = memchr::memmem::find(&bytes[from..], needle) {
        clean.extend_from_slice(&bytes[from..from + at]);
        clean.extend_from_slice(with);
        from += at + needle.len();
    }
    if from == 0 {
        return bytes;
    }
    clean.extend_from_slice(&bytes[from..]);
    clean
}

#[cfg(test)]
mod tests {
    use super::*;
    use tasker_domain::{ErrorCode, ErrorValue};

    #[test]
    fn secrets_that_overlap_leave_no_rest() {
        let mut scrubber = Scrubber::default();
        for secret in [
            "abcdefgh",
            "efghijkl",
            "abcdefghXY",
            "bcdefg-is-no-secret-here",
        ] {
            scrubber.hide(secret);
        }
        assert_eq!(
            scrubber.text("1abcdefghijkl2abcdefghXY3abcdefghX4bcdefg5"),
            "1[hidden]2[hidden]3[hidden]X4bcdefg5"
        );
        assert_eq!(scrubber.text("abcdefghefghijkl"), "[hidden][hidden]");
    }

    #[test]
    fn what_is_long_is_compared_to_its_end() {
        let mut scrubber = Scrubber::default();
        let secret = format!("{}!", "the same beginning of many bytes, ".repeat(9));
        scrubber.hide(&secret);
        let almost = format!("{}.", &secret[..secret.len() - 1]);
        assert_eq!(scrubber.text(&almost), almost);
        assert_eq!(
            scrubber.text(&format!("<{secret}{secret}>")),
            "<[hidden][hidden]>"
        );
    }

    #[test]
    fn no_cut_leaves_a_part_of_a_secret() {
        let mut scrubber = Scrubber::default();
        let secret = "sk-0123456789";
        scrubber.hide(secret);
        let text = format!("{secret}, a key: {secret} and more");
        for most in 0..=text.len() + 1 {
            let end = (most + scrubber.longest()).min(text.len());
            let start = scrubber.start(text.as_bytes()[..end].to_vec(), most);
            let start = String::from_utf8(start).unwrap();
            let expected = "[hidden], a key: [hidden] and more";
            assert!(expected.starts_with(&start), "{most}: {start}");
            assert!(most > 0 || start.is_empty());
            assert!(most < text.len() || start == expected);
        }
    }

    #[test]
    fn secrets_are_found_in_every_form() {
        let mut scrubber = Scrubber::default();
        assert_eq!(scrubber.text("nothing hidden"), "nothing hidden");
        scrubber.hide("p\"ss wörd/1");
        scrubber.hide("p\"ss wörd/1-and-more");
        scrubber.hide("short");
        assert_eq!(
            scrubber.text("p\"ss wörd/1, p%22ss%20w%C3%B6rd%2F1, p\\\"ss wörd/1-and-more, short"),
            "[hidden], [hidden], [hidden], short"
        );
        let json = r#"{"p\u0022ss wörd/1": ["a", "x p\"ss w\u00f6rd\/1 y", 1.50]}"#;
        assert_eq!(
            scrubber.json(json.to_owned()),
            r#"{"[hidden]":["a","x [hidden] y",1.5]}"#
        );
        assert_eq!(
            scrubber.start(b"\xffp\"ss w\xc3\xb6rd/1\xfe".to_vec(), usize::MAX),
            b"\xff[hidden]\xfe"
        );
        let mut error = ErrorValue::new(ErrorCode::UpstreamFailed, "bad key p\"ss wörd/1");
        error.body = Some(r#"{"e":"p\"ss wörd/1"}"#.to_owned());
        error.code = Some("p\"ss wörd/1".to_owned());
        let clean = scrubber.error(ServiceError {
            error,
            retryable: false,
            retry_after_ms: None,
            outcome_unknown: false,
            answer: Some(r#"{"a":"p\"ss wörd/1"}"#.to_owned()),
        });
        assert!(!format!("{clean:?}").contains("ss w"), "{clean:?}");
    }
}
