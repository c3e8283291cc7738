//! Upper and lower case as a language has them.

use icu_casemap::CaseMapper;

use crate::{Result, locale};

/// `text` in upper or lower case by the rules of the first of the locales.
///
/// # Errors
/// An invalid locale.
pub fn change_case(text: &str, locales: &[String], is_upper: bool) -> Result<String> {
    let language = locale::lookup(locales)?.id;
    let mapper = CaseMapper::new();
    let changed = match is_upper {
        true => mapper.uppercase_to_string(text, &language),
        false => mapper.lowercase_to_string(text, &language),
    };
    Ok(changed.into_owned())
}
