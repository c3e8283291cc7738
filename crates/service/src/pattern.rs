//! Patterns in which `*` stands for any text.

use wildmatch::WildMatchPattern;

/// Whether the whole of `text` fits `pattern`, where `*` stands for any characters, none included.
/// Takes time in proportion to the product of both lengths at worst.
#[must_use]
pub fn matches(pattern: &str, text: &str) -> bool {
    // No character stands for a single one: names may have a question mark.
    WildMatchPattern::<'*', '\0'>::new(pattern).matches(text)
}

/// Whether one of the patterns fits.
#[must_use]
pub fn any_matches(patterns: &[String], text: &str) -> bool {
    patterns.iter().any(|pattern| matches(pattern, text))
}

/// The patterns of a setting, with commas between.
pub fn list(setting: &str) -> impl Iterator<Item = &str> {
    let patterns = setting.split(',').map(str::trim);
    patterns.filter(|pattern| !pattern.is_empty())
}

/// The same where large letters count as small ones.
#[must_use]
pub fn matches_any_case(pattern: &str, text: &str) -> bool {
    matches(&pattern.to_lowercase(), &text.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_text() {
        for (pattern, text) in [
            ("*", ""),
            ("*", "chat.completions.create"),
            ("chat.*", "chat.completions.create"),
            ("*.create", "chat.completions.create"),
            ("a*b*c", "abbc"),
            ("files.delete", "files.delete"),
            ("*a*a*", "aa"),
        ] {
            assert!(matches(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [
            ("", "a"),
            ("chat.*", "chat"),
            ("files.delete", "files.deleted"),
            ("*.create", "chat.created"),
            ("a*a", "a"),
        ] {
            assert!(!matches(pattern, text), "{pattern} {text}");
        }
        assert!(!matches(&"*a".repeat(200), &"b".repeat(5_000)));
    }
}
