//! What a document shows of an answer, compared with the answer. What differs from one time to the next (ids,
//! hashes, moments, spans of time, ports) counts as the same, and `…` stands for anything.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

/// What differs each time, and what stands for it in a comparison.
static VARIES: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
    [
        (
            r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
            "<id>",
        ),
        (r"\b01[0-9a-f]{2}…", "<id>"),
        (r"\b[0-9a-f]{12,}\b", "<hash>"),
        // In the reader's time zone.
        (
            r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?",
            "<time>",
        ),
        // What is done side by side ends in any order.
        (r"\[\d+/(\d+)\]", "[<number>/$1]"),
        (r"\b\d+/(\d+) \([\w-]+\)", "<number>/$1 (<name>)"),
        (r"\b\d+(\.\d+)? ?(ms|s|min|h)\b", "<span>"),
        (r"127\.0\.0\.1:\d+", "<address>"),
        (
            r"\b\d+ (run|value|call|message|domain)s?( was| were)?\b",
            "<number> $1",
        ),
        (r"\s+", " "),
    ]
    .map(|(pattern, stands)| (Regex::new(pattern).expect("a pattern"), stands))
    .into()
});

fn plain(text: &str) -> String {
    let mut plain = text.trim().to_owned();
    for (pattern, stands) in VARIES.iter() {
        plain = pattern.replace_all(&plain, *stands).into_owned();
    }
    plain
}

/// Whether a text is what is shown.
fn is_same(shown: &str, text: &str) -> bool {
    let (shown, text) = (plain(shown), plain(text));
    let parts: Vec<String> = shown.split('…').map(regex::escape).collect();
    Regex::new(&format!("(?s)^{}$", parts.join(".*"))).is_ok_and(|pattern| pattern.is_match(&text))
}

/// Every line that is shown was printed, in this order.
///
/// # Errors
/// The line that was not.
pub(crate) fn lines(shown: &str, printed: &str) -> Result<(), String> {
    let mut lines = printed.lines();
    for line in shown.lines().filter(|line| !line.trim().is_empty()) {
        if !lines.any(|text| is_same(line, text)) {
            return Err(format!(
                "does not print, at its place: {line}\nbut:\n{printed}"
            ));
        }
    }
    Ok(())
}

/// A value has the members that are shown and no others, with the values that are shown.
///
/// # Errors
/// Where it differs.
pub(crate) fn value(shown: &Value, actual: &Value, at: &str) -> Result<(), String> {
    match (shown, actual) {
        (Value::String(shown), Value::String(text)) if is_same(shown, text) => Ok(()),
        (Value::String(shown), _) if shown == "…" => Ok(()),
        (Value::Object(shown), Value::Object(actual)) => {
            if let Some(name) = actual.keys().find(|name| !shown.contains_key(*name)) {
                return Err(format!("{at}/{name} is not shown: {}", actual[name]));
            }
            shown.iter().try_for_each(|(name, shown)| {
                let place = format!("{at}/{name}");
                let actual = actual.get(name).ok_or(format!("{place} is not there"))?;
                value(shown, actual, &place)
            })
        }
        (Value::Array(shown), Value::Array(actual)) => {
            let open = shown.last().is_some_and(|last| last == "…");
            let known = shown.len() - usize::from(open);
            if actual.len() < known || (!open && actual.len() > known) {
                return Err(format!("{at} has {} items: {actual:?}", actual.len()));
            }
            shown[..known].iter().zip(actual).enumerate().try_for_each(
                |(index, (shown, actual))| value(shown, actual, &format!("{at}/{index}")),
            )
        }
        _ if shown == actual => Ok(()),
        _ => Err(format!("{at} is {actual}, not {shown}")),
    }
}

/// A value as a document shows it: `…` may stand where a value would.
pub(crate) fn parse(shown: &str) -> Option<Value> {
    static GAP: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"([:,\[] *)…").expect("a pattern"));
    let shown = GAP.replace_all(shown, "$1\"…\"");
    // `…` behind the last member says that there are more.
    serde_json::from_str(&shown).ok()
}

/// The value at the beginning of a text, and what stands behind it.
pub(crate) fn leading(shown: &str) -> Option<(Value, &str)> {
    let ends = shown.match_indices(['}', ']']).map(|(at, _)| at + 1);
    ends.rev()
        .find_map(|end| Some((parse(&shown[..end])?, &shown[end..])))
}

#[test]
fn what_differs_each_time_counts_as_the_same() {
    let shown = "run 019c2a5e-8f02-7c55-a1d4-0c9b1f3e7a20\ncompleted in 1.2 s\n";
    let printed = "run 01a1ff0f-c9d1-77e4-a3f8-10e7f72364ba\nat work\ncompleted in 886 ms\n";
    assert!(lines(shown, printed).is_ok());
    assert!(lines("a\n…b\n", "a\nnot b\n").is_ok() && lines("b\na\n", "a\nb\n").is_err());
    assert!(
        lines(
            "12 values were encrypted anew",
            "1 value was encrypted anew"
        )
        .is_ok()
    );
    assert!(lines("12 values were encrypted anew", "1 value was lost").is_err());
    let next = "next 2026-02-01 02:30:00+01:00";
    assert!(lines(next, "next 2026-11-30 01:30:00Z").is_ok());
    assert!(lines(next, "next 2026-11-29 17:30:00-08:00").is_ok() && lines(next, "next").is_err());
    let ended = "[1/4] ada: 1 messages\n[4/4] alan: 1 messages\n";
    assert!(lines("[4/4] ada: 1 messages", ended).is_ok());
    assert!(lines("[4/4] ada: failed", ended).is_err() && lines("[4/5] ada: …", ended).is_err());
    assert!(lines("once: 1/10 (search)", "once: 3/10 (stack-processor)").is_ok());
    assert!(lines("once: 1/10 (search)", "once: 1/9 (search)").is_err());

    let same = |shown: &str, actual: &str| {
        let actual = serde_json::from_str(actual).unwrap_or_default();
        value(&parse(shown).unwrap_or_default(), &actual, "").is_ok()
    };
    assert!(same(
        r#"{"a": …, "b": ["019c…", "…"]}"#,
        r#"{"b": ["01a1ff0f-c9d1-77e4-a3f8-10e7f72364ba", 2], "a": 3}"#
    ));
    assert!(
        !same(r#"{"a": 1}"#, r#"{"a": 1, "b": 2}"#) && !same(r#"{"a": 1, "b": 2}"#, r#"{"a": 1}"#)
    );
    assert!(
        !same("[1]", "[1, 2]")
            && !same("[1, 2]", "[1]")
            && !same("[1]", "[2]")
            && !same("null", "1")
    );
    assert_eq!(
        leading(r#"{"items": ["a"]}: names"#).map(|(_, rest)| rest),
        Some(": names")
    );
}
