//! "Did you mean".

/// Asks whether the likest of the known names was meant; `None` if none is alike.
pub(crate) fn hint<'a>(asked: &str, known: impl Iterator<Item = &'a str>) -> Option<String> {
    let likest = known
        .map(|name| (strsim::jaro_winkler(asked, name), name))
        .filter(|(score, _)| *score > 0.75)
        .max_by(|one, other| one.0.total_cmp(&other.0));
    likest.map(|(_, name)| format!("did you mean `{name}`?"))
}
