//! `Intl.Segmenter`.

use icu_locale::Locale;
use icu_segmenter::{
    GraphemeClusterSegmenter, SentenceSegmenter, WordSegmenter,
    options::{SentenceBreakInvariantOptions, WordBreakInvariantOptions},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{Result, Tick, locale, options::Options};

#[derive(Serialize, Deserialize)]
struct Resolved {
    locale: String,
    granularity: String,
}

pub(crate) fn resolve(locales: &[String], options: &Options) -> Result<Value> {
    let locale: Locale = locale::with_keywords(&locale::lookup(locales)?, &[]);
    Ok(json!(Resolved {
        locale: locale.to_string(),
        granularity: options.choice_or(
            "granularity",
            &["grapheme", "word", "sentence"],
            "grapheme"
        )?,
    }))
}

/// Units that are segmented before the clock is looked at again, and how many behind a boundary may matter for it.
const PIECE: usize = 1 << 11;
const BEHIND: usize = 1 << 8;

/// Steps for a unit, and for one of a script without spaces: words of those are found by a neural network.
const STEPS: usize = 4;
const COMPLEX: usize = 1 << 10;

/// Where the segments of a text end, in UTF-16 units, and whether each is a word or a number.
pub fn segments(granularity: &str, text: &[u16], tick: Tick<'_>) -> Vec<(usize, bool)> {
    let mut ends = Vec::new();
    let (mut begin, mut length) = (0, PIECE);
    while begin < text.len() {
        let (piece, complex) = piece(granularity, &text[begin..], length);
        if !tick(STEPS * piece.len() + COMPLEX * complex) {
            break;
        }
        let found = ends_of(granularity, piece);
        let sure = match begin + piece.len() == text.len() {
            true => &found[..],
            false => sure(piece, &found),
        };
        let moved = sure.iter();
        ends.extend(moved.map(|(end, is_word)| (begin + end, *is_word)));
        match sure.last() {
            Some((end, _)) => (begin, length) = (begin + end, PIECE),
            // A segment that is longer.
            None if complex < PIECE / 2 => length *= 2,
            None => {
                begin += cut(piece);
                ends.push((begin, true));
                length = PIECE;
            }
        }
    }
    ends
}

/// Of a script without spaces.
fn is_complex(unit: u16) -> bool {
    matches!(unit, 0xe00..0xf00 | 0x1000..0x10a0 | 0x1780..0x1800 | 0xa9e0..0xaa00 | 0xaa60..0xaa80)
}

/// The first units of a text, at most so many, and how many of them are words of scripts without spaces: never more than [`PIECE`].
fn piece<'a>(granularity: &str, text: &'a [u16], length: usize) -> (&'a [u16], usize) {
    let piece = &text[..length.min(text.len())];
    if granularity != "word" {
        return (piece, 0);
    }
    let units = piece.iter().enumerate();
    let mut complex = units
        .filter(|(_, unit)| is_complex(**unit))
        .map(|(at, _)| at);
    let count = complex.by_ref().take(PIECE).count();
    match complex.next() {
        Some(at) => (&piece[..at], count),
        None => (piece, count),
    }
}

/// Where to cut a word that is too long: between two characters.
fn cut(piece: &[u16]) -> usize {
    let characters = ends_of("grapheme", piece);
    let most = piece.len().saturating_sub(BEHIND);
    let last = characters.iter().rfind(|(end, _)| *end <= most);
    last.map_or(piece.len(), |(end, _)| *end)
}

/// Those of the boundaries in a piece that stay whatever follows. Segmenting goes on from the last of them as it would have with the whole
/// text before it; only within a sentence of a script without spaces it may not, so the last is one beside a space if there is one.
fn sure<'a>(piece: &[u16], found: &'a [(usize, bool)]) -> &'a [(usize, bool)] {
    let most = found.partition_point(|(end, _)| end + BEHIND <= piece.len());
    let is_free = |unit: u16| {
        let character = char::from_u32(unit.into()).unwrap_or('a');
        character.is_whitespace() || character.is_ascii_punctuation() || "、。".contains(character)
    };
    let beside_space = |(end, _): &(usize, bool)| is_free(piece[end - 1]) || is_free(piece[*end]);
    let last = found[..most].iter().rposition(beside_space);
    &found[..last.map_or(most, |last| last + 1)]
}

fn ends_of(granularity: &str, text: &[u16]) -> Vec<(usize, bool)> {
    let mut ends: Vec<(usize, bool)> = match granularity {
        "word" => WordSegmenter::new_auto(WordBreakInvariantOptions::default())
            .segment_utf16(text)
            .iter_with_word_type()
            .map(|(end, kind)| (end, kind.is_word_like()))
            .collect(),
        "sentence" => SentenceSegmenter::new(SentenceBreakInvariantOptions::default())
            .segment_utf16(text)
            .map(|end| (end, false))
            .collect(),
        _ => GraphemeClusterSegmenter::new()
            .segment_utf16(text)
            .map(|end| (end, false))
            .collect(),
    };
    ends.retain(|(end, _)| *end > 0);
    ends
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Texts of many kinds, without an end that would be sure.
    const TEXTS: &[&str] = &[
        "Mr. Smith paid 3.14 dollars, e.g. at 10:30. \"Really?\" (Yes!) can't x_y\r\n\n",
        "👩‍👩‍👧‍👦🇩🇪🇫🇷🇯🇵 e\u{301}\u{323} 각 क्षि\u{200d} ",
        "これは、短い文章です。東京都に住む。",
        "สวัสดีครับ ผมชื่อสมชาย วันนี้อากาศดีมาก ",
        "ខ្ញុំ\u{200B}ស្រឡាញ់ ភាសា\u{200B}ខ្មែរ ",
    ];

    #[test]
    fn pieces_have_the_boundaries_of_the_whole() {
        for granularity in ["grapheme", "word", "sentence"] {
            for texts in (0..TEXTS.len()).map(|one| [&TEXTS[one..], &TEXTS[..one]].concat()) {
                for (count, space) in [(40, ""), (35, " "), (30, "🇩🇪"), (33, "3")] {
                    let text: Vec<u16> = texts.join(space).repeat(count).encode_utf16().collect();
                    let whole = ends_of(granularity, &text);
                    assert!(
                        text.len() > PIECE && whole.last().map(|last| last.0) == Some(text.len())
                    );
                    assert_eq!(segments(granularity, &text, &|_| true), whole);
                }
            }
        }
    }

    #[test]
    fn a_segment_may_be_longer_than_a_piece() {
        for text in ["a".repeat(9 * PIECE), "\u{301}".repeat(9 * PIECE)] {
            let text: Vec<u16> = text.encode_utf16().collect();
            assert_eq!(segments("word", &text, &|_| true).len(), 1);
        }
    }

    #[test]
    fn the_clock_is_looked_at_on_the_way() {
        // One endless word, many, one that begins late, and marks without anything below them.
        for (text, least) in [
            ("กา".repeat(10 * PIECE), 10),
            ("สวัสดีครับ".repeat(2 * PIECE), 10),
            ("a".repeat(10 * PIECE) + &"กา".repeat(5 * PIECE), 10),
            ("\u{e31}".repeat(3 * PIECE), 3),
        ] {
            let text: Vec<u16> = text.encode_utf16().collect();
            let asked = std::cell::Cell::new(0);
            let tick = |steps: usize| {
                assert!(steps <= STEPS * text.len() + COMPLEX * PIECE);
                asked.set(asked.get() + 1);
                true
            };
            let ends = segments("word", &text, &tick);
            assert_eq!(ends.last().map(|(end, _)| *end), Some(text.len()));
            assert!(ends.is_sorted() && asked.get() >= least);
            let given_up = segments("word", &text, &|_| false);
            assert!(given_up.is_empty());
        }
    }
}
