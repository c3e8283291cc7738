//! Finding a string in another in linear time, whatever they are.
//!
//! The engine's strings have characters of one byte, or of two if one of them needs it. Bytes in bytes are `memchr`'s. The
//! rest is the two-way algorithm of Crochemore and Perrin (1991), which needs no memory.

use std::cmp::Ordering;

use memchr::memmem;

/// The characters of one string.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Text<'a> {
    Narrow(&'a [u8]),
    Wide(&'a [u16]),
}

impl Text<'_> {
    /// How many there are.
    pub(crate) fn len(self) -> usize {
        match self {
            Text::Narrow(text) => text.len(),
            Text::Wide(text) => text.len(),
        }
    }
}

/// Where `needle` first stands in `text`, at `from` or after it.
pub(crate) fn first(text: Text<'_>, needle: Text<'_>, from: usize) -> Option<usize> {
    let last = text.len().checked_sub(needle.len())?;
    if needle.len() == 0 || from > last {
        return (from <= last).then_some(from);
    }
    let found = match (text, needle) {
        (Text::Narrow(text), Text::Narrow(needle)) => memmem::find(&text[from..], needle),
        (Text::Narrow(text), Text::Wide(needle)) => forwards(&text[from..], needle),
        (Text::Wide(text), Text::Narrow(needle)) => forwards(&text[from..], needle),
        (Text::Wide(text), Text::Wide(needle)) => forwards(&text[from..], needle),
    };
    found.map(|at| from + at)
}

/// Where `needle` last stands in `text`, at `from` or before it.
pub(crate) fn last(text: Text<'_>, needle: Text<'_>, from: usize) -> Option<usize> {
    let last = text.len().checked_sub(needle.len())?.min(from);
    let end = last + needle.len();
    match (text, needle) {
        _ if needle.len() == 0 => Some(last),
        (Text::Narrow(text), Text::Narrow(needle)) => memmem::rfind(&text[..end], needle),
        (Text::Narrow(text), Text::Wide(needle)) => backwards(&text[..end], needle),
        (Text::Wide(text), Text::Narrow(needle)) => backwards(&text[..end], needle),
        (Text::Wide(text), Text::Wide(needle)) => backwards(&text[..end], needle),
    }
}

fn forwards<T: Copy + Into<u16>, N: Copy + Into<u16>>(text: &[T], needle: &[N]) -> Option<usize> {
    two_way(
        text.len(),
        |at| text[at].into(),
        needle.len(),
        |at| needle[at].into(),
    )
}

/// Both read from their ends.
fn backwards<T: Copy + Into<u16>, N: Copy + Into<u16>>(text: &[T], needle: &[N]) -> Option<usize> {
    let (text_end, needle_end) = (text.len() - 1, needle.len() - 1);
    let found = two_way(
        text.len(),
        |at| text[text_end - at].into(),
        needle.len(),
        |at| needle[needle_end - at].into(),
    );
    found.map(|at| text.len() - needle.len() - at)
}

/// The needle is cut in two: the right part is compared first, from left to right, then the left one. Where the right part
/// differs, as many places are passed over as were compared. `needle` has at least one character.
fn two_way(
    text_len: usize,
    text: impl Fn(usize) -> u16,
    needle_len: usize,
    needle: impl Fn(usize) -> u16,
) -> Option<usize> {
    let less = maximal_suffix(needle_len, &needle, |one, other| one.cmp(&other));
    let more = maximal_suffix(needle_len, &needle, |one, other| other.cmp(&one));
    let (cut, period) = less.max(more);
    let repeats =
        cut + period <= needle_len && (0..cut).all(|at| needle(at) == needle(at + period));
    // What is known to agree after a shift by a period, if the needle has one.
    let (shift, kept) = match repeats {
        true => (period, needle_len - period),
        false => (cut.max(needle_len - cut) + 1, 0),
    };
    let (mut at, mut known) = (0, 0);
    while at + needle_len <= text_len {
        let differs = (cut.max(known)..needle_len).find(|&index| needle(index) != text(at + index));
        if let Some(index) = differs {
            at += index - cut + 1;
            known = 0;
        } else if (known..cut)
            .rev()
            .all(|index| needle(index) == text(at + index))
        {
            return Some(at);
        } else {
            at += shift;
            known = kept;
        }
    }
    None
}

/// Where the greatest suffix of the needle begins by an order of characters, and that suffix's period.
fn maximal_suffix(
    len: usize,
    needle: impl Fn(usize) -> u16,
    order: impl Fn(u16, u16) -> Ordering,
) -> (usize, usize) {
    let (mut best, mut candidate, mut offset, mut period) = (0, 1, 0, 1);
    while candidate + offset < len {
        match order(needle(candidate + offset), needle(best + offset)) {
            Ordering::Less => {
                candidate += offset + 1;
                offset = 0;
                period = candidate - best;
            }
            Ordering::Equal if offset + 1 == period => {
                candidate += period;
                offset = 0;
            }
            Ordering::Equal => offset += 1,
            Ordering::Greater => {
                best = candidate;
                candidate += 1;
                (offset, period) = (0, 1);
            }
        }
    }
    (best, period)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A word in both forms, if it has both.
    struct Word {
        wide: Vec<u16>,
        narrow: Option<Vec<u8>>,
    }

    impl Word {
        fn forms(&self) -> Vec<Text<'_>> {
            let narrow = self.narrow.as_deref().map(Text::Narrow);
            narrow.into_iter().chain([Text::Wide(&self.wide)]).collect()
        }
    }

    /// All words over two letters that are not longer.
    fn words(letters: [u16; 2], longest: u32) -> Vec<Word> {
        let word = |len: u32, bits: u32| {
            let letter = |at| letters[(bits >> at & 1) as usize];
            let wide: Vec<u16> = (0..len).map(letter).collect();
            let narrow = wide.iter().map(|&unit| u8::try_from(unit).ok()).collect();
            Word { wide, narrow }
        };
        let of = |len| (0..1_u32 << len).map(move |bits| word(len, bits));
        (0..=longest).flat_map(of).collect()
    }

    #[test]
    fn every_small_word_is_found_where_it_is() {
        for letters in [[97, 98], [97, 0x4e00]] {
            let needles = words(letters, 6);
            for (text, needle) in words(letters, 10)
                .iter()
                .flat_map(|text| needles.iter().map(move |needle| (text, needle)))
            {
                let stands = |&at: &usize| {
                    text.wide.get(at..at + needle.wide.len()) == Some(&needle.wide[..])
                };
                let end = text.wide.len();
                for (from, text, needle) in [0, end / 2, end].into_iter().flat_map(|from| {
                    let forms = text.forms().into_iter();
                    forms.flat_map(move |text| {
                        needle
                            .forms()
                            .into_iter()
                            .map(move |needle| (from, text, needle))
                    })
                }) {
                    assert_eq!(first(text, needle, from), (from..=end).find(stands));
                    assert_eq!(last(text, needle, from), (0..=from).rev().find(stands));
                }
            }
        }
    }
}
