//! What is formatted here is what Node's full ICU writes; `node/record.mjs` has asked it.

use std::{collections::BTreeMap, fs};

use serde_json::{Value, json};

/// One call and what Node answered.
#[derive(serde::Deserialize)]
struct Call {
    service: String,
    locale: String,
    options: Value,
    given: Value,
    parts: Option<Vec<(String, String)>>,
    sorted: Option<Vec<String>>,
    categories: Option<Vec<String>>,
    name: Option<String>,
    segments: Option<Vec<(String, bool)>>,
}

impl Call {
    fn resolved(&self) -> Result<String, String> {
        let asked = json!({ "locales": [self.locale], "options": self.options });
        tasker_intl::resolve(&self.service, &asked.to_string())
            .map_err(|error| format!("{error:?}"))
    }

    fn ask(&self, method: &str, given: &Value) -> Result<Value, String> {
        let answer =
            tasker_intl::call(&self.service, method, &self.resolved()?, &given.to_string());
        let answer = answer.map_err(|error| format!("{error:?}"))?;
        serde_json::from_str(&answer).map_err(|error| error.to_string())
    }

    fn expected(&self) -> Value {
        if let Some(parts) = &self.parts {
            return json!(parts);
        }
        json!([self.sorted, self.categories, self.name, self.segments])
    }

    fn actual(&self) -> Result<Value, String> {
        if self.parts.is_some() {
            let parts = self.ask("parts", &self.given)?;
            let parts: Vec<_> = parts
                .as_array()
                .unwrap()
                .iter()
                .map(|part| json!([part["type"], part["value"]]))
                .collect();
            return Ok(json!(parts));
        }
        let mut answer = [Value::Null, Value::Null, Value::Null, Value::Null];
        if self.sorted.is_some() {
            let resolved = self.resolved()?;
            let mut words: Vec<String> = serde_json::from_value(self.given.clone()).unwrap();
            words.sort_by(|left, right| {
                tasker_intl::compare(&resolved, left, right, &|_| true).unwrap()
            });
            answer[0] = json!(words);
        } else if self.categories.is_some() {
            let given = self.given.as_array().unwrap().iter();
            let categories: Result<Vec<_>, _> = given
                .map(|number| self.ask("select", &json!([number])))
                .collect();
            answer[1] = json!(categories?);
        } else if self.name.is_some() {
            answer[2] = self.ask("of", &self.given)?;
        } else {
            let text: Vec<u16> = self.given[0].as_str().unwrap().encode_utf16().collect();
            let mut start = 0;
            let mut segments = Vec::new();
            for (end, is_word) in tasker_intl::segments(
                self.options["granularity"].as_str().unwrap(),
                &text,
                &|_| true,
            ) {
                segments.push((String::from_utf16_lossy(&text[start..end]), is_word));
                start = end;
            }
            answer[3] = json!(segments);
        }
        Ok(json!(answer))
    }
}

/// What differs, how often, and why: by service and locale.
const EXPLAINED: &[(&str, &str, usize, &str)] = &[
    (
        "DateTimeFormat",
        "ar-EG",
        2,
        "marks of direction before an offset",
    ),
    (
        "DateTimeFormat",
        "de-DE",
        1,
        "twelve hours are counted from 0 by Node where days have 24, an edition of the standard ago",
    ),
    (
        "DateTimeFormat",
        "en-GB",
        1,
        "twelve hours are counted from 0 by Node where days have 24, an edition of the standard ago",
    ),
    (
        "DateTimeFormat",
        "es-ES",
        1,
        "twelve hours are counted from 0 by Node where days have 24, an edition of the standard ago",
    ),
    (
        "DateTimeFormat",
        "fr-FR",
        3,
        "twelve hours are counted from 0 by Node where days have 24, an edition of the standard ago; the minus of an offset",
    ),
    (
        "DateTimeFormat",
        "he-IL",
        3,
        "twelve hours are counted from 0 by Node where days have 24, an edition of the standard ago; marks of direction before an offset",
    ),
    (
        "DateTimeFormat",
        "hi-IN",
        6,
        "newer data: a comma before the year",
    ),
    (
        "DateTimeFormat",
        "it-IT",
        1,
        "twelve hours are counted from 0 by Node where days have 24, an edition of the standard ago",
    ),
    (
        "DateTimeFormat",
        "ko-KR",
        20,
        "newer data: dates with strokes, Korean words for halves of days; twelve hours as elsewhere",
    ),
    (
        "DateTimeFormat",
        "nl-NL",
        1,
        "twelve hours are counted from 0 by Node where days have 24, an edition of the standard ago",
    ),
    (
        "DateTimeFormat",
        "pl-PL",
        2,
        "twelve hours are counted from 0 by Node where days have 24, an edition of the standard ago; the space before PM",
    ),
    (
        "DateTimeFormat",
        "pt-BR",
        3,
        "twelve hours are counted from 0 by Node where days have 24, an edition of the standard ago; the order of an offset",
    ),
    (
        "DateTimeFormat",
        "ru-RU",
        1,
        "twelve hours are counted from 0 by Node where days have 24, an edition of the standard ago",
    ),
    (
        "DateTimeFormat",
        "sv-SE",
        1,
        "twelve hours are counted from 0 by Node where days have 24, an edition of the standard ago",
    ),
    (
        "DateTimeFormat",
        "tr-TR",
        3,
        "twelve hours are counted from 0 by Node where days have 24, an edition of the standard ago; days of numeric dates",
    ),
    (
        "DateTimeFormat",
        "zh-CN",
        3,
        "a space before a zone; the weekday's width in a date whose month is a number",
    ),
    (
        "ListFormat",
        "he-IL",
        3,
        "newer data: Hebrew hyphens, Hindi commas",
    ),
    (
        "ListFormat",
        "hi-IN",
        2,
        "newer data: Hebrew hyphens, Hindi commas",
    ),
    (
        "NumberFormat",
        "ar-EG",
        21,
        "words for NaN and exponents and the Arabic percent sign, which ICU4X does not carry",
    ),
    (
        "NumberFormat",
        "en-GB",
        1,
        "the space between a code and infinity",
    ),
    (
        "NumberFormat",
        "en-US",
        1,
        "the space between a code and infinity",
    ),
    (
        "NumberFormat",
        "es-ES",
        4,
        "symbols that are codes, where ICU4X has the one of all languages",
    ),
    (
        "NumberFormat",
        "fr-FR",
        4,
        "symbols that are codes, where ICU4X has the one of all languages",
    ),
    (
        "NumberFormat",
        "he-IL",
        1,
        "the space between a code and infinity",
    ),
    (
        "NumberFormat",
        "hi-IN",
        1,
        "the space between a code and infinity",
    ),
    (
        "NumberFormat",
        "it-IT",
        17,
        "symbols that are codes, where ICU4X has the one of all languages",
    ),
    (
        "NumberFormat",
        "ja-JP",
        1,
        "the space between a code and infinity",
    ),
    (
        "NumberFormat",
        "ko-KR",
        1,
        "the space between a code and infinity",
    ),
    (
        "NumberFormat",
        "pl-PL",
        17,
        "symbols that are codes, where ICU4X has the one of all languages",
    ),
    (
        "NumberFormat",
        "ru-RU",
        7,
        "words for NaN, which ICU4X does not carry; symbols that are codes",
    ),
    (
        "NumberFormat",
        "sv-SE",
        11,
        "exponents as powers of ten, which ICU4X does not carry",
    ),
    (
        "NumberFormat",
        "tr-TR",
        3,
        "symbols that are codes; the space before infinity",
    ),
    (
        "NumberFormat",
        "zh-CN",
        1,
        "the space between a code and infinity",
    ),
    ("PluralRules", "es-ES", 1, "newer data: Spanish ordinals"),
    ("RelativeTimeFormat", "he-IL", 7, "newer data: Hebrew words"),
];

#[test]
fn what_is_written_is_what_node_writes() {
    let calls = fs::read_to_string("tests/node/calls.jsonl").unwrap();
    let calls: Vec<Call> = calls
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert!(calls.len() > 2_000);
    let mut differences: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for call in &calls {
        let (expected, actual) = (Ok(call.expected()), call.actual());
        if actual != expected {
            println!(
                "{} {} {} {}\n  node: {expected:?}\n  here: {actual:?}",
                call.service, call.locale, call.options, call.given
            );
            *differences
                .entry((&call.service, &call.locale))
                .or_default() += 1;
        }
    }
    let differences: Vec<_> = differences
        .into_iter()
        .map(|((service, locale), count)| (service, locale, count))
        .collect();
    let explained: Vec<_> = EXPLAINED
        .iter()
        .map(|(service, locale, count, _)| (*service, *locale, *count))
        .collect();
    assert_eq!(differences, explained);
}
