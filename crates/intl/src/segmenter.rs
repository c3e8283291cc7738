//! `Intl.Segmenter`.

use icu_locale::Locale;
use icu_segmenter::{
    GraphemeClusterSegmenter, SentenceSegmenter, WordSegmenter,
    options::{SentenceBreakInvariantOptions, WordBreakInvariantOptions},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{Result, locale, options::Options};

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

/// Where the segments of a text end, in UTF-16 units, and whether each is a word or a number.
pub fn segments(granularity: &str, text: &[u16]) -> Vec<(usize, bool)> {
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
