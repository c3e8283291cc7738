//! What a task says about a call besides what is called: `tools.with({ … })`.

use serde::{Deserialize, Serialize};

use crate::Json;

/// Longest time that may be given for a call, in milliseconds: five years.
const TIMEOUT_MAX_MS: i64 = 5 * 366 * 86_400_000;
/// Longest pause between two attempts, in milliseconds: a day.
const PAUSE_MAX_MS: i64 = 86_400_000;
/// Most attempts of a call.
const ATTEMPTS_MAX: u32 = 100;
/// Most errors that `on` lists, and bytes of each.
const ON_MAX: usize = 32;
const ON_BYTES: usize = 100;
/// Longest idempotency key, in characters.
const KEY_MAX: usize = 200;

/// Options of a call. What is `None` is as the app's settings say.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CallOptions {
    /// How it is tried again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry: Option<RetryOptions>,
    /// The call fails if it has not settled after this many milliseconds, all its attempts included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_ms: Option<i64>,
    /// What the service sees as the call's idempotency key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idempotency_key: Option<String>,
}

/// How a call that fails is tried again.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RetryOptions {
    /// How often it is tried in all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempts: Option<u32>,
    /// The first pause.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub initial_ms: Option<i64>,
    /// How many times as long as the one before each pause is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub factor: Option<f64>,
    /// The longest pause.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_ms: Option<i64>,
    /// Whether a pause is cut by chance, to between half and all of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jitter: Option<bool>,
    /// After which errors it is tried again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on: Option<Vec<RetryOn>>,
}

/// Errors after which a call is tried again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum RetryOn {
    /// Those with this HTTP status.
    Status(u16),
    /// Those with this code; `retryable`: those that the service says may pass; `unknown`: those after which
    /// nobody knows whether the upstream has done it; `any`: all.
    Word(String),
}

impl CallOptions {
    /// Reads options that a task gives, on top of others given before: JSON text in, JSON text out.
    ///
    /// # Errors
    /// What is wrong with them, for the task's author.
    pub fn on_top(before: Option<&str>, given: &str) -> Result<Json, String> {
        // As a list its members would be read by their places.
        if !given.trim_start().starts_with('{') {
            return Err("it takes an object".to_owned());
        }
        let given: Self = serde_json::from_str(given).map_err(|error| {
            // The position in a text that the author has not written helps nobody.
            let message = error.to_string();
            let end = message.rfind(" at line ").unwrap_or(message.len());
            message[..end].to_owned()
        })?;
        given.check()?;
        let before: Self = before
            .and_then(|before| serde_json::from_str(before).ok())
            .unwrap_or_default();
        let options = Self {
            retry: given.retry.or(before.retry),
            timeout_ms: given.timeout_ms.or(before.timeout_ms),
            idempotency_key: given.idempotency_key.or(before.idempotency_key),
        };
        serde_json::to_string(&options).map_err(|error| error.to_string())
    }

    fn check(&self) -> Result<(), String> {
        let within = |name: &str, value: Option<i64>, min: i64, max: i64| match value {
            Some(value) if !(min..=max).contains(&value) => {
                Err(format!("`{name}` must be {min} to {max}"))
            }
            _ => Ok(()),
        };
        within("timeoutMs", self.timeout_ms, 1, TIMEOUT_MAX_MS)?;
        if let Some(key) = &self.idempotency_key
            && (key.is_empty() || key.len() > KEY_MAX || !key.chars().all(|c| c.is_ascii_graphic()))
        {
            return Err(format!(
                "`idempotencyKey` must have 1 to {KEY_MAX} visible ASCII characters"
            ));
        }
        let Some(retry) = &self.retry else {
            return Ok(());
        };
        let attempts = retry.attempts.map(i64::from);
        within("retry.attempts", attempts, 1, i64::from(ATTEMPTS_MAX))?;
        within("retry.initialMs", retry.initial_ms, 0, PAUSE_MAX_MS)?;
        within("retry.maxMs", retry.max_ms, 0, PAUSE_MAX_MS)?;
        if retry
            .factor
            .is_some_and(|factor| !(1.0..=100.0).contains(&factor))
        {
            return Err("`retry.factor` must be 1 to 100".to_owned());
        }
        let is_error = |on: &RetryOn| match on {
            RetryOn::Status(status) => (100..=599).contains(status),
            RetryOn::Word(word) => (1..=ON_BYTES).contains(&word.len()),
        };
        match &retry.on {
            Some(on) if on.len() > ON_MAX || !on.iter().all(is_error) => Err(format!(
                "`retry.on` must be a list of at most {ON_MAX} error codes, HTTP statuses, \"retryable\", \"unknown\" or \"any\""
            )),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_checked_and_stand_on_each_other() {
        let first = CallOptions::on_top(
            None,
            r#"{"timeoutMs":50,"retry":{"attempts":3,"factor":1.5,"on":[429,"any"],"jitter":false}}"#,
        )
        .unwrap();
        let both = CallOptions::on_top(Some(&first), r#"{"timeoutMs":60,"idempotencyKey":"k"}"#);
        let both: CallOptions = serde_json::from_str(&both.unwrap()).unwrap();
        assert_eq!(
            (both.timeout_ms, both.idempotency_key.as_deref()),
            (Some(60), Some("k"))
        );
        let retry = both.retry.unwrap();
        assert_eq!((retry.attempts, retry.factor), (Some(3), Some(1.5)));
        assert_eq!(CallOptions::on_top(None, "{}").unwrap(), "{}");
        for wrong in [
            "[]",
            "null",
            "1",
            r#"{"timeout":5}"#,
            r#"{"timeoutMs":0}"#,
            r#"{"timeoutMs":1.5}"#,
            r#"{"timeoutMs":1e15}"#,
            r#"{"timeoutMs":"5s"}"#,
            r#"{"idempotencyKey":""}"#,
            r#"{"idempotencyKey":"a b"}"#,
            r#"{"retry":3}"#,
            r#"{"retry":{"attempts":0}}"#,
            r#"{"retry":{"attempts":101}}"#,
            r#"{"retry":{"initialMs":-1}}"#,
            r#"{"retry":{"factor":0.5}}"#,
            r#"{"retry":{"factor":null,"x":1}}"#,
            r#"{"retry":{"on":"any"}}"#,
            r#"{"retry":{"on":[99]}}"#,
            r#"{"retry":{"on":[""]}}"#,
            r#"{"retry":{"on":[true]}}"#,
        ] {
            let error = CallOptions::on_top(None, wrong).unwrap_err();
            assert!(!error.contains(" at line "), "{wrong}: {error}");
        }
    }
}
