//! Events: what is sent to runs, and what runs wait for.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Call;

/// What the calls of this module have for a service.
pub const SERVICE: &str = "event";
/// The method of `tools.waitForEvent`.
pub const WAIT: &str = "wait";

/// The method of `tools.eventUrl`.
pub const URL: &str = "url";

/// Longest name of an event, in bytes.
pub const NAME_MAX_BYTES: usize = 200;
/// Most places that a pattern compares.
pub const PATTERN_MAX: usize = 32;

/// How often it is looked for what stands at one place.
const LOOKS_MAX: u32 = 200;

/// Largest data of an event that an address sends, as JSON: it is part of the address.
pub const URL_DATA_MAX_BYTES: usize = 1_000;
/// Longest texts of the page of an address, in bytes: its heading, what it asks, and what its button says.
pub const URL_TITLE_MAX_BYTES: usize = 200;
/// See [`URL_TITLE_MAX_BYTES`].
pub const URL_TEXT_MAX_BYTES: usize = 1_000;
/// See [`URL_TITLE_MAX_BYTES`].
pub const URL_LABEL_MAX_BYTES: usize = 80;

/// What the ids of events begin with that addresses send; nobody else may give such ids.
pub const URL_ID_PREFIX: &str = "url:";
/// How long an address works if the task does not say: a week.
pub const URL_LIFE_MS: i64 = 7 * 86_400_000;

/// Whether an event may have this name: 1 to 200 bytes without control characters.
#[must_use]
pub fn is_name(name: &str) -> bool {
    (1..=NAME_MAX_BYTES).contains(&name.len()) && !name.contains(char::is_control)
}

/// Whether a text may stand on the page of an address: not empty, not too long, and without control characters but, in a
/// text of `lines`, the ends of lines.
#[must_use]
pub fn is_page_text(text: &str, most: usize, lines: bool) -> bool {
    let forbidden = |c: char| c.is_control() && !(lines && c == '\n');
    !text.trim().is_empty() && text.len() <= most && !text.contains(forbidden)
}

/// What a run waits for.
#[derive(Debug, Clone, PartialEq)]
pub struct EventWait {
    /// The event's name.
    pub name: String,
    /// Until when, milliseconds since the Unix epoch; `None`: for ever. An event that is sent later
    /// does not fit.
    pub until: Option<i64>,
    /// What the event's data must have at which place. A place is a path of member names and indices
    /// with dots between them; names may have dots, too.
    pub pattern: BTreeMap<String, Value>,
}

/// The second argument of such a call.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Options {
    #[serde(default)]
    until: Option<i64>,
    #[serde(default, rename = "match")]
    pattern: BTreeMap<String, Value>,
}

impl Call {
    /// What it waits for, if it waits for an event.
    #[must_use]
    pub fn event_wait(&self) -> Option<EventWait> {
        if self.service != SERVICE || self.method != [WAIT] {
            return None;
        }
        let (name, options): (String, Options) = serde_json::from_str(&self.args).ok()?;
        (is_name(&name) && options.pattern.len() <= PATTERN_MAX).then_some(EventWait {
            name,
            until: options.until,
            pattern: options.pattern,
        })
    }
}

impl EventWait {
    /// Whether an event of this name with such data, sent at this moment, is waited for.
    #[must_use]
    pub fn fits(&self, data: &Value, sent_at: i64) -> bool {
        self.until.is_none_or(|until| sent_at < until)
            && self.pattern.iter().all(|(path, expected)| {
                let mut left = LOOKS_MAX;
                stands_at(data, path, expected, &mut left)
            })
    }
}

/// Whether this stands at a path. Names of members may have dots themselves: each way to read the path counts, as long as
/// any of so many looks are left.
fn stands_at(data: &Value, path: &str, expected: &Value, left: &mut u32) -> bool {
    let ends = path.match_indices('.').map(|(at, _)| at);
    ends.chain([path.len()]).any(|end| {
        if *left == 0 {
            return false;
        }
        *left -= 1;
        let name = &path[..end];
        let value = match data {
            Value::Object(members) => members.get(name),
            Value::Array(items) => name.parse().ok().and_then(|index: usize| items.get(index)),
            _ => None,
        };
        value.is_some_and(|value| match path.get(end + 1..) {
            Some(rest) => stands_at(value, rest, expected, left),
            None => equal(value, expected),
        })
    })
}

/// Deep equality as JavaScript sees it: 1 and 1.0 are the same number.
fn equal(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => one.as_f64() == other.as_f64(),
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| equal(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one
                    .iter()
                    .all(|(name, one)| other.get(name).is_some_and(|other| equal(one, other)))
        }
        _ => one == other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wait(args: &str) -> Option<EventWait> {
        Call {
            number: 1,
            service: SERVICE.to_owned(),
            method: vec![WAIT.to_owned()],
            args: args.to_owned(),
            options: None,
        }
        .event_wait()
    }

    #[test]
    fn waits_are_read_from_calls() {
        let bare = wait(r#"["paid",{}]"#).unwrap();
        assert_eq!(
            (bare.name.as_str(), bare.until, bare.pattern.len()),
            ("paid", None, 0)
        );
        let full = wait(r#"["paid",{"until":17,"match":{"a.b":null}}]"#).unwrap();
        assert_eq!(
            (full.until, full.pattern["a.b"].clone()),
            (Some(17), Value::Null)
        );
        for args in [
            "[]",
            r#"["paid"]"#,
            r#"["",{}]"#,
            r#"["a\nb",{}]"#,
            r#"[1,{}]"#,
            r#"["paid",{"x":1}]"#,
            r#"["paid",{"until":"soon"}]"#,
            r#"["paid",{"match":[]}]"#,
            r#"["paid",{},{}]"#,
            "null",
        ] {
            assert_eq!(wait(args), None, "{args}");
        }
        assert_eq!(wait(&format!(r#"["{}",{{}}]"#, "x".repeat(201))), None);
    }

    #[test]
    fn patterns_compare_places_deeply() {
        let data: Value = serde_json::from_str(
            r#"{"id":5,"by":{"name":"Ann","tags":["a",{"n":1.0}]},"none":null,"big":9007199254740993,
                "order.id":7,"a.b":{"c":1},"a":{"b.c":2,"b":{"c":3}},".":{"":4}}"#,
        )
        .unwrap();
        let fits = |pattern: &str, sent_at| {
            wait(&format!(r#"["x",{{"until":100,"match":{pattern}}}]"#))
                .unwrap()
                .fits(&data, sent_at)
        };
        for pattern in [
            "{}",
            r#"{"id":5.0}"#,
            r#"{"by.name":"Ann","id":5}"#,
            r#"{"by.tags":["a",{"n":1}]}"#,
            r#"{"by.tags.1.n":1}"#,
            r#"{"none":null}"#,
            r#"{"order.id":7}"#,
            r#"{"a.b.c":1}"#,
            r#"{"a.b.c":2}"#,
            r#"{"a.b.c":3}"#,
            r#"{"..":4}"#,
            r#"{"by":{"tags":["a",{"n":1}],"name":"Ann"}}"#,
        ] {
            assert!(fits(pattern, 99), "{pattern}");
            assert!(!fits(pattern, 100), "{pattern}");
        }
        for pattern in [
            r#"{"id":"5"}"#,
            r#"{"missing":null}"#,
            r#"{"by":{"name":"Ann"}}"#,
            r#"{"by.tags":["a"]}"#,
            r#"{"by.tags.2":null}"#,
            r#"{"id.x":5}"#,
            r#"{"order":7}"#,
            r#"{"order.id.x":7}"#,
            r#"{"a.b.c":4}"#,
            r#"{"":5}"#,
            r#"{"id":5,"by.name":"ann"}"#,
            r#"{"none":false}"#,
        ] {
            assert!(!fits(pattern, 99), "{pattern}");
        }
        assert!(wait(r#"["x",{}]"#).unwrap().fits(&Value::Null, i64::MAX));
        // A path that may be read in very many ways is not followed for ever.
        let (mut wide, mut path) = (Value::from(1), "a".to_owned());
        for _ in 0..10 {
            wide = serde_json::json!({ "a": wide.clone(), "a.a": wide });
            path.push_str(".a");
        }
        assert!(
            !wait(&format!(r#"["x",{{"match":{{"{path}":2}}}}]"#))
                .unwrap()
                .fits(&wide, 0)
        );
    }
}
