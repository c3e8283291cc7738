//! Settings whose values can be judged by themselves: one place for their ranges, for whoever starts the app and for the
//! components that read them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// What the value of a setting may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A whole number from the first to the second.
    Number(u64, u64),
    /// One of some words.
    Word(&'static [&'static str]),
    /// A master key: 32 bytes in base64.
    Key,
    /// Master keys, separated by commas; none at all, too.
    Keys,
    /// Some text.
    NotEmpty,
}

/// Longest time that a service's call may be given, in seconds.
pub const CALL_SECONDS_MAX: u64 = crate::wire::LONGEST_CALL.as_secs();

const DAYS_MAX: u64 = 36_500;
const MS_MAX: u64 = 3_600_000;

const FORMS: &[(&str, Form)] = &[
    ("api_token", Form::NotEmpty),
    ("call_attempts", Form::Number(1, 100)),
    ("call_retry_max_ms", Form::Number(0, MS_MAX)),
    ("call_retry_ms", Form::Number(0, MS_MAX)),
    ("cancel_grace_seconds", Form::Number(0, 86_400)),
    ("cpu_ms", Form::Number(1, MS_MAX)),
    ("database_timeout_seconds", Form::Number(1, 3_600)),
    // Without any, nothing goes on.
    ("drainers", Form::Number(0, 1_000)),
    ("gapi_timeout_seconds", Form::Number(1, CALL_SECONDS_MAX)),
    ("idempotency_days", Form::Number(0, DAYS_MAX)),
    ("inline_window_ms", Form::Number(0, MS_MAX)),
    ("internal_calls", Form::Word(&["chaining", "signed"])),
    ("keystore_key", Form::Key),
    ("keystore_key_previous", Form::Keys),
    (
        "keystore_timeout_seconds",
        Form::Number(1, CALL_SECONDS_MAX),
    ),
    ("lease_seconds", Form::Number(1, 3_600)),
    ("memory_mib", Form::Number(1, 64)),
    ("openai_timeout_seconds", Form::Number(1, CALL_SECONDS_MAX)),
    ("outbound_requests", Form::Number(0, 1_000_000)),
    // The longest that a service's call may take, and what the app itself needs beside it.
    ("request_seconds", Form::Number(0, 86_400)),
    ("retention_days", Form::Number(0, DAYS_MAX)),
    ("retention_runs", Form::Number(0, 4_294_967_295)),
    ("run_attempts", Form::Number(1, 100)),
    ("slice_seconds", Form::Number(1, 600)),
    (
        "supabase_timeout_seconds",
        Form::Number(1, CALL_SECONDS_MAX),
    ),
    (
        "websearch_engine",
        Form::Word(&["duckduckgo", "brave", "searxng"]),
    ),
    (
        "websearch_timeout_seconds",
        Form::Number(1, CALL_SECONDS_MAX),
    ),
];

/// The form of a setting, if its value can be judged by itself.
#[must_use]
pub fn form(name: &str) -> Option<Form> {
    FORMS
        .iter()
        .find_map(|(known, form)| (*known == name).then_some(*form))
}

/// Judges the value of a setting.
///
/// # Errors
/// What the setting must be. Never says its value, which may be a secret.
pub fn check(name: &str, value: &str) -> Result<(), String> {
    let Some(form) = form(name) else {
        return Ok(());
    };
    let fits = match form {
        Form::Number(least, most) => {
            let number = value.trim().parse::<u64>();
            number.is_ok_and(|number| (least..=most).contains(&number))
        }
        Form::Word(words) => words.contains(&value.trim()),
        Form::Key => return master_key(name, value).map(drop),
        Form::Keys => return master_keys(name, value).map(drop),
        Form::NotEmpty => !value.trim().is_empty(),
    };
    match fits {
        true => Ok(()),
        false => Err(format!("the variable `{name}` must be {}", allowed(form))),
    }
}

/// Reads a master key: 32 bytes in base64.
///
/// # Errors
/// That it is none; never its value.
pub fn master_key(name: &str, text: &str) -> Result<[u8; 32], String> {
    let key = STANDARD.decode(text.trim()).ok();
    key.and_then(|key| key.try_into().ok())
        .ok_or_else(|| format!("the variable `{name}` must be {}", allowed(Form::Key)))
}

/// Reads master keys that are separated by commas.
///
/// # Errors
/// As [`master_key`].
pub fn master_keys(name: &str, text: &str) -> Result<Vec<[u8; 32]>, String> {
    let texts = text.split(',').filter(|text| !text.trim().is_empty());
    texts.map(|text| master_key(name, text)).collect()
}

fn allowed(form: Form) -> String {
    match form {
        Form::Number(least, most) => format!("a whole number from {least} to {most}"),
        Form::Word(words) => format!("one of: {}", words.join(", ")),
        Form::Key | Form::Keys => {
            "32 bytes in base64; make one with `openssl rand -base64 32`".to_owned()
        }
        Form::NotEmpty => "set: it is empty".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_is_said_with_what_is_allowed_and_without_the_value() {
        assert!(FORMS.is_sorted_by_key(|(name, _)| *name));
        let key = STANDARD.encode([7; 32]);
        for (name, good) in [
            ("drainers", " 0 "),
            ("idempotency_days", "36500"),
            ("internal_calls", "signed"),
            ("keystore_key", &*key),
            ("keystore_key_previous", ""),
            ("keystore_key_previous", &format!("{key}, {key},")),
            ("google_subject", "anything"),
        ] {
            assert_eq!(check(name, good), Ok(()), "{name}");
        }
        for (name, bad, allowed) in [
            ("idempotency_days", "-7", "a whole number from 0 to 36500"),
            (
                "idempotency_days",
                "99999999999999999999",
                "from 0 to 36500",
            ),
            ("lease_seconds", "", "a whole number from 1 to 3600"),
            ("cpu_ms", "1.5", "whole number"),
            ("internal_calls", "Chained", "one of: chaining, signed"),
            ("keystore_key", "c2VjcmV0", "32 bytes in base64"),
            ("keystore_key_previous", "c2VjcmV0", "32 bytes in base64"),
            ("api_token", " ", "set: it is empty"),
        ] {
            let said = check(name, bad).unwrap_err();
            assert!(said.contains(name) && said.contains(allowed), "{said}");
            assert!(bad.trim().is_empty() || !said.contains(bad), "{said}");
        }
    }
}
