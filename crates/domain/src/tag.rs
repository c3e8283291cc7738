//! Tags of runs: words by which they are found again.

use std::collections::BTreeSet;

/// Tags that a run may have.
pub const TAGS_MAX: usize = 20;

/// Characters of a tag.
pub const TAG_MAX: usize = 100;

/// Whether a text can be a tag: 1 to 100 letters, digits and `-`, `_`, `.`, `:`, `/`, `@`, `=`.
#[must_use]
pub fn is_tag(text: &str) -> bool {
    let allowed =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | ':' | '/' | '@' | '=');
    (1..=TAG_MAX).contains(&text.len()) && text.chars().all(allowed)
}

/// All of them, each once, in their order; `None`: a run may not have so many.
#[must_use]
pub fn tags(first: &[String], second: &[String]) -> Option<Vec<String>> {
    let all: BTreeSet<&String> = first.iter().chain(second).collect();
    (all.len() <= TAGS_MAX).then(|| all.into_iter().cloned().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_a_word() {
        let long = "x".repeat(TAG_MAX);
        for tag in ["a", "customer=42", "team/a:b@c.d_e-F", &long] {
            assert!(is_tag(tag), "{tag}");
        }
        for text in ["", "a b", "a,b", "ä", "a\n", "a+b", &format!("{long}x")] {
            assert!(!is_tag(text), "{text}");
        }
    }

    #[test]
    fn tags_are_each_there_once_and_in_their_order() {
        let list =
            |tags: &[&str]| -> Vec<String> { tags.iter().map(ToString::to_string).collect() };
        assert_eq!(
            tags(&list(&["b", "a"]), &list(&["c", "a"])),
            Some(list(&["a", "b", "c"]))
        );
        let many: Vec<String> = (0..TAGS_MAX).map(|tag| tag.to_string()).collect();
        assert!(tags(&many, &list(&["0"])).is_some());
        assert_eq!(tags(&many, &list(&["a"])), None);
    }
}
