//! What the code of a task says of its runs: `@retention`, `@priority`, `@concurrency`.

use serde_json::Value;
use sha2::{Digest, Sha256};
use tasker_domain::ErrorCode;

use crate::Problem;

/// Priorities lie between the negative of this and this.
pub const PRIORITY_MAX: i64 = 100;
/// Most runs that `@concurrency` lets go on at once.
pub const AT_ONCE_MAX: u32 = 10_000;
/// Longest concurrency key, in bytes, and longest path of one.
pub const CONCURRENCY_KEY_MAX: usize = 200;
/// Longest time that a run is kept after its end: a hundred years.
const RETENTION_MAX_MS: i64 = 100 * 366 * 86_400_000;

/// A priority.
///
/// # Errors
/// [`ErrorCode::PriorityInvalid`] unless it is -100 to 100.
pub fn priority(number: i64) -> Result<i32, Problem> {
    i32::try_from(number)
        .ok()
        .filter(|_| number.abs() <= PRIORITY_MAX)
        .ok_or_else(|| priority_invalid(&number.to_string()))
}

/// The priority of a `@priority` tag.
///
/// # Errors
/// [`ErrorCode::PriorityInvalid`] unless it is a whole number from -100 to 100.
pub fn priority_tag(text: &str) -> Result<i32, Problem> {
    let word = word(text);
    let number = word.parse().map_err(|_| priority_invalid(word))?;
    priority(number)
}

/// The time (ms) of a `@retention` tag, such as `7d`.
///
/// # Errors
/// [`ErrorCode::TimeInvalid`].
pub fn retention_tag(text: &str) -> Result<i64, Problem> {
    let word = word(text);
    span(word)
        .filter(|span| (1..=RETENTION_MAX_MS).contains(span))
        .ok_or_else(|| {
            let shown: String = word.chars().take(40).collect();
            Problem::new(
                ErrorCode::TimeInvalid,
                format!("`@retention {shown}` is no time span such as `12h`, `7d` or `4w`"),
            )
        })
}

/// What a `@concurrency` tag says: how many, and the path in the input (without its `input.`) for each
/// value of which that many may go on. `5`, or `2 per input.customer.id`.
///
/// # Errors
/// [`ErrorCode::ConcurrencyInvalid`].
pub fn concurrency_tag(text: &str) -> Result<(u32, Option<String>), Problem> {
    let invalid = || {
        let shown: String = text.chars().take(40).collect();
        concurrency_invalid(format!(
            "`@concurrency {shown}` is not a number from 1 to {AT_ONCE_MAX}, or that with a path, \
             such as `2 per input.customerId`"
        ))
    };
    let mut words = text.split_whitespace();
    let at_once = words
        .next()
        .and_then(|word| word.parse().ok())
        .filter(|number| (1..=AT_ONCE_MAX).contains(number))
        .ok_or_else(invalid)?;
    let per = match words.next() {
        None | Some("-") => None,
        Some("per") => {
            let path = words.next().and_then(|path| path.strip_prefix("input."));
            let is_name = |name: &str| {
                !name.is_empty()
                    && name
                        .chars()
                        .all(|c| c.is_alphanumeric() || matches!(c, '_' | '$'))
            };
            let path = path
                .filter(|path| path.len() <= CONCURRENCY_KEY_MAX && path.split('.').all(is_name))
                .ok_or_else(invalid)?;
            Some(path.to_owned())
        }
        Some(_) => return Err(invalid()),
    };
    Ok((at_once, per))
}

/// Checks a concurrency key: 1 to 200 bytes without control characters.
///
/// # Errors
/// [`ErrorCode::ConcurrencyInvalid`].
pub fn check_concurrency_key(key: &str) -> Result<(), Problem> {
    if (1..=CONCURRENCY_KEY_MAX).contains(&key.len()) && !key.contains(char::is_control) {
        return Ok(());
    }
    Err(concurrency_invalid(format!(
        "`concurrencyKey` has 1 to {CONCURRENCY_KEY_MAX} bytes and no control characters"
    )))
}

/// A run with a key of a task without limit.
#[must_use]
pub fn concurrency_unlimited(task: &str) -> Problem {
    concurrency_invalid(format!(
        "`concurrencyKey` is for tasks with a `@concurrency`, which `{task}` has not"
    ))
}

/// Names those who share a limit: the runs of a task, or those of a task with a key.
#[must_use]
pub fn concurrency_scope(task: &str, key: Option<&str>) -> String {
    match key {
        // No task's name has a colon.
        None => task.to_owned(),
        Some(key) if key.len() <= CONCURRENCY_KEY_MAX => format!("{task}:{key}"),
        Some(key) => {
            let hash = Sha256::digest(key);
            let hash: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
            format!("{task}:{hash}")
        }
    }
}

/// The key at a path of an input: a text as it is, any other value as JSON; `null` if there is none.
#[must_use]
pub fn key_at(input: &Value, path: &str) -> String {
    let value = path
        .split('.')
        .try_fold(input, |value, name| value.get(name));
    match value {
        Some(Value::String(text)) => text.replace(char::is_control, " "),
        Some(value) => value.to_string(),
        None => "null".to_owned(),
    }
}

fn concurrency_invalid(detail: String) -> Problem {
    Problem::new(ErrorCode::ConcurrencyInvalid, detail)
}

/// A number with `s`, `m`, `h`, `d` or `w`, in milliseconds.
fn span(text: &str) -> Option<i64> {
    let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit())?);
    let unit = match unit {
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        "w" => 7 * 86_400_000,
        _ => return None,
    };
    number.parse::<i64>().ok()?.checked_mul(unit)
}

/// The first word: a remark may follow.
fn word(text: &str) -> &str {
    text.split_whitespace().next().unwrap_or_default()
}

fn priority_invalid(given: &str) -> Problem {
    let shown: String = given.chars().take(40).collect();
    Problem::new(
        ErrorCode::PriorityInvalid,
        format!(
            "a priority is a whole number from -{PRIORITY_MAX} to {PRIORITY_MAX}, not `{shown}`"
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_read_or_refused_with_their_code() {
        assert_eq!(retention_tag("7d - a week").unwrap(), 7 * 86_400_000);
        assert_eq!(retention_tag(" 90s").unwrap(), 90_000);
        for bad in [
            "",
            "7",
            "d",
            "0d",
            "7 d",
            "-1d",
            "1y",
            "99999999999999999w",
            "36601d",
        ] {
            assert!(
                retention_tag(bad).unwrap_err().is(ErrorCode::TimeInvalid),
                "{bad}"
            );
        }
        assert_eq!(
            (
                priority_tag("-100").unwrap(),
                priority_tag("7 urgent").unwrap()
            ),
            (-100, 7)
        );
        for bad in ["", "high", "101", "-101", "1.5", "9223372036854775808"] {
            assert!(
                priority_tag(bad)
                    .unwrap_err()
                    .is(ErrorCode::PriorityInvalid),
                "{bad}"
            );
        }
        assert!(priority(i64::MIN + 1).is_err());
    }

    #[test]
    fn limits_are_for_a_task_or_for_each_key() {
        assert_eq!(concurrency_tag("5").unwrap(), (5, None));
        assert_eq!(concurrency_tag("1 - one at a time").unwrap(), (1, None));
        let per = concurrency_tag("2 per input.customer.id - each").unwrap();
        assert_eq!(per, (2, Some("customer.id".to_owned())));
        for bad in [
            "",
            "0",
            "10001",
            "many",
            "2 per",
            "2 per customer",
            "2 per input.",
            "2 per input.a..b",
            "2 of",
            "-1",
        ] {
            assert!(
                concurrency_tag(bad)
                    .unwrap_err()
                    .is(ErrorCode::ConcurrencyInvalid),
                "{bad}"
            );
        }
        let input = serde_json::json!({ "customer": { "id": "x\u{0}y" }, "n": [1] });
        assert_eq!(key_at(&input, "customer.id"), "x y");
        assert_eq!(
            (key_at(&input, "n"), key_at(&input, "none.at.all")),
            ("[1]".to_owned(), "null".to_owned())
        );
        assert_eq!(concurrency_scope("a", Some("k")), "a:k");
        let (one, other) = ("k".repeat(201), "k".repeat(202));
        assert_ne!(
            concurrency_scope("a", Some(&one)),
            concurrency_scope("a", Some(&other))
        );
        assert!(check_concurrency_key("").is_err() && check_concurrency_key("a\nb").is_err());
    }
}
