//! Comparing long texts in linear time.
//!
//! The collator goes back from where two texts differ to a place where it may begin, and it sorts combining marks: both take it a time that
//! grows with the square of how far that is. So it is given no more marks in a row than Unicode's stream-safe format has (UAX #15), and
//! of what two texts begin with both only the end. It sees long texts piece by piece, with a look at the clock between them. Ordinary
//! texts compare as they would at once.

use std::{borrow::Cow, cmp::Ordering};

use icu_collator::CollatorBorrowed;
use icu_normalizer::properties::CanonicalCombiningClassMapBorrowed;

use crate::Tick;

/// Bytes of a text that is compared as it is.
const SHORT: usize = 1 << 10;

/// Bytes before a difference that may matter for it: a number of this many digits, so many marks.
const BEFORE: usize = 1 << 8;

/// Characters of a piece.
const PIECE: usize = 1 << 16;

/// Marks in a row that the stream-safe format has, and what it puts between them and the next: a character that counts for nothing.
const MARKS: usize = 30;
const JOINER: char = '\u{34f}';

/// Steps for each byte of a piece, and for what goes before it.
const STEPS: usize = 4;
const AT_FIRST: usize = 1 << 12;

pub(crate) fn compare(
    collator: &CollatorBorrowed<'_>,
    left: &str,
    right: &str,
    tick: Tick<'_>,
) -> Ordering {
    if left.len() <= SHORT && right.len() <= SHORT {
        tick(left.len() + right.len());
        return collator.compare(left, right);
    }
    tick(left.len() + right.len() + AT_FIRST);
    let (left, right) = (stream_safe(left), stream_safe(right));
    let (mut left, mut right) = from_difference(&left, &right);
    // Where pieces are the same for the collator, what follows them may begin the same again.
    loop {
        let (one, other) = (Piece::of(left), Piece::of(right));
        if !tick(STEPS * (one.text.len() + other.text.len())) {
            return Ordering::Equal;
        }
        let (ends, other_ends) = from_difference(one.text, other.text);
        let order = collator.compare(ends, other_ends);
        let is_last = one.rest.is_empty() && other.rest.is_empty();
        if order != Ordering::Equal || is_last {
            return order;
        }
        (left, right) = (one.rest, other.rest);
    }
}

/// The beginning of a text, and what follows it.
struct Piece<'a> {
    text: &'a str,
    rest: &'a str,
}

impl<'a> Piece<'a> {
    fn of(text: &'a str) -> Self {
        let end = text.char_indices().nth(PIECE);
        let (text, rest) = text.split_at(end.map_or(text.len(), |(end, _)| end));
        Piece { text, rest }
    }
}

/// Two texts from a little before where they differ.
fn from_difference<'a>(left: &'a str, right: &'a str) -> (&'a str, &'a str) {
    let both = left.bytes().zip(right.bytes());
    let same = both.take_while(|(left, right)| left == right).count();
    // What is before it is the same in both, and so are the bounds of its characters.
    let from = left.floor_char_boundary(same.saturating_sub(BEFORE));
    (&left[from..], &right[from..])
}

/// The text with no more than [`MARKS`] combining marks in a row.
fn stream_safe(text: &str) -> Cow<'_, str> {
    let classes = CanonicalCombiningClassMapBorrowed::new();
    let mut safe = String::new();
    let (mut marks, mut done) = (0, 0);
    for (at, character) in text.char_indices() {
        // Three of Tibetan are no marks themselves, and made of them.
        let made_of_marks = matches!(character, '\u{f73}' | '\u{f75}' | '\u{f81}');
        if !made_of_marks && classes.get_u8(character) == 0 {
            marks = 0;
            continue;
        }
        if marks == MARKS {
            safe.push_str(&text[done..at]);
            safe.push(JOINER);
            (marks, done) = (0, at);
        }
        marks += 1;
    }
    match done {
        0 => Cow::Borrowed(text),
        _ => Cow::Owned(safe + &text[done..]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn collator(locale: &str, numeric: bool) -> String {
        let asked = format!(r#"{{"locales":["{locale}"],"options":{{"numeric":{numeric}}}}}"#);
        crate::resolve("Collator", &asked).expect("resolves")
    }

    /// Without regard to case and accents.
    fn base() -> String {
        crate::resolve(
            "Collator",
            r#"{"options":{"sensitivity":"base","numeric":true}}"#,
        )
        .expect("resolves")
    }

    fn order(resolved: &str, left: &str, right: &str) -> Ordering {
        crate::compare(resolved, left, right, &|_| true).expect("compares")
    }

    #[test]
    fn long_texts_compare_as_short_ones_do() {
        let resolved = collator("cs", true);
        let ends = [
            "", "a", "A", "á", "a\u{301}", "b", "ch", "c", "h", "i", "9", "10", "2", "007", "ab",
            "áb", "abc def",
        ];
        // Both begin the same, end in what the next character may change, and are longer than the bounds.
        for middle in ["", "c", "1", "a\u{323}", "žluťoučký kůň "] {
            for left in ends {
                for right in ends {
                    let (left, right) = (format!("{middle}{left}"), format!("{middle}{right}"));
                    let expected = order(&resolved, &left, &right);
                    for length in [10, 200, 9_000] {
                        let begin = "Příliš x".repeat(length);
                        let (left, right) = (format!("{begin}{left}"), format!("{begin}{right}"));
                        assert_eq!(order(&resolved, &left, &right), expected, "{left}, {right}");
                    }
                    // What comes behind counts for less.
                    let behind = "Příliš x".repeat(200);
                    let (left, right) = (format!("{left} {behind}"), format!("{right} {behind}"));
                    let reversed = order(&resolved, &right, &left);
                    assert_eq!(order(&resolved, &left, &right), reversed.reverse());
                }
            }
        }
        let (left, right) = ("ä".repeat(3 * PIECE) + "x", "ä".repeat(3 * PIECE) + "y");
        assert_eq!(order(&resolved, &left, &right), Ordering::Less);
        let (left, right) = ("ä".repeat(3 * PIECE), "A".repeat(3 * PIECE));
        assert_eq!(order(&base(), &left, &right), Ordering::Equal);
        assert_eq!(order(&base(), &left, &(right + "a")), Ordering::Less);
    }

    #[test]
    fn numbers_and_marks_of_any_length_take_linear_time() {
        const LONG: usize = 1_000_000;
        let numeric = collator("en", true);
        for (begin, left, right) in [
            ("9".repeat(LONG), "7", "8"),
            ("1".repeat(LONG), "9", "10"),
            ("\u{301}".repeat(LONG), "\u{323}a", "b"),
            ("\u{f73}".repeat(LONG), "a", "b"),
            ("\u{f900}".repeat(LONG), "a", "b"),
            ("เ".repeat(LONG), "ก", "ข"),
        ] {
            let (left, right) = (format!("{begin}{left}"), format!("{begin}{right}"));
            assert_eq!(order(&numeric, &left, &right), Ordering::Less);
            assert_eq!(order(&numeric, &right, &left), Ordering::Greater);
        }
        let (left, right) = ("\u{301}".repeat(LONG), "\u{300}".repeat(LONG));
        assert_ne!(order(&numeric, &left, &right), Ordering::Equal);
        // A piece that is the same for the collator, then one that begins the same.
        let numbers = |first: &str, last: &str| first.repeat(PIECE) + &"9".repeat(PIECE - 1) + last;
        let (left, right) = (numbers("a", "7"), numbers("A", "8"));
        assert_eq!(order(&base(), &left, &right), Ordering::Less);
    }

    #[test]
    fn a_comparison_for_which_nobody_waits_ends() {
        let (left, right) = ("a".repeat(100 * PIECE), "A".repeat(100 * PIECE));
        let asked = std::cell::Cell::new(0);
        let tick = |_: usize| {
            asked.set(asked.get() + 1);
            asked.get() < 3
        };
        crate::compare(&base(), &left, &right, &tick).expect("compares");
        assert_eq!(asked.get(), 3);
    }

    #[test]
    fn marks_in_a_row_are_parted_and_nothing_else_is() {
        let text = format!("a{}b", "\u{301}".repeat(MARKS));
        assert!(matches!(stream_safe(&text), Cow::Borrowed(_)));
        let text = format!("a{}b", "\u{301}".repeat(2 * MARKS + 1));
        let marks = "\u{301}".repeat(MARKS);
        let safe = format!("a{marks}{JOINER}{marks}{JOINER}\u{301}b");
        assert_eq!(stream_safe(&text), safe);
    }
}
