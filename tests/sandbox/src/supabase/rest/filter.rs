//! Filters: `column=operator.value`.

use std::cmp::Ordering;

use regex::RegexBuilder;
use serde_json::Value;

use super::super::tables::{Kind, Row, Table};
use super::Failure;
use super::value::{Path, array, compare, literal, split, text, unquote};

/// A condition on one column.
#[derive(Debug, Clone)]
pub(super) struct Filter {
    path: Path,
    kind: Kind,
    negated: bool,
    test: Test,
}

#[derive(Debug, Clone)]
enum Test {
    /// Compared with a value, the outcome must be such.
    Compare(fn(Ordering) -> bool, Value),
    /// Of several values, any or all.
    Several {
        all: bool,
        tests: Vec<Test>,
    },
    Is(Value),
    IsNotNull,
    Distinct(Value),
    Matches(regex::Regex),
    Contains(Value),
    ContainedBy(Value),
    Overlaps(Value),
    /// The range and the one of the test must lie so to each other.
    Range(fn(Bounds, Bounds) -> bool, Option<Bounds>),
    Search(Vec<Vec<(bool, String)>>),
}

/// A range of integers, its end excluded.
type Bounds = (i64, i64);

impl Filter {
    /// Reads `operator.value` for a column.
    pub(super) fn read(table: &Table, column: &str, condition: &str) -> Result<Self, Failure> {
        let path = Path::read(column);
        let kind = path.kind(table)?;
        let (negated, rest) = match condition.strip_prefix("not.") {
            Some(rest) => (true, rest),
            None => (false, condition),
        };
        let (operator, value) = rest
            .split_once('.')
            .ok_or_else(|| Failure::syntax("filter", condition))?;
        let test = Test::read(kind, operator, value)?
            .ok_or_else(|| Failure::syntax("filter", condition))?;
        Ok(Self {
            path,
            kind,
            negated,
            test,
        })
    }

    /// `None`: unknown, as comparisons with null are.
    pub(super) fn holds(&self, row: &Row) -> Option<bool> {
        let value = self.path.get(row);
        let holds = self.test.holds(self.kind, &value);
        holds.map(|holds| holds != self.negated)
    }
}

impl Test {
    /// `None`: there is no such operator.
    fn read(kind: Kind, operator: &str, value: &str) -> Result<Option<Self>, Failure> {
        let (name, modifier) = match operator.split_once('(') {
            Some((name, modifier)) => (name, modifier.trim_end_matches(')')),
            None => (operator, ""),
        };
        if matches!(modifier, "any" | "all") && !name.ends_with("fts") {
            let values = array(value).ok_or_else(|| Failure::syntax("filter", value))?;
            let tests = values.iter().map(|value| Self::read(kind, name, value));
            let tests = tests.collect::<Result<Option<Vec<_>>, _>>()?;
            return Ok(tests.map(|tests| Self::Several {
                all: modifier == "all",
                tests,
            }));
        }
        let compare = |holds| literal(kind, value).map(|value| Self::Compare(holds, value));
        let range = |holds| Self::Range(holds, bounds(value));
        let pattern = |pattern: &str, insensitive| {
            RegexBuilder::new(pattern)
                .case_insensitive(insensitive)
                .dot_matches_new_line(true)
                .build()
                .map(Self::Matches)
                .map_err(|_| Failure::new(400, "2201B", "invalid regular expression"))
        };
        Ok(Some(match name {
            "eq" => compare(Ordering::is_eq)?,
            "neq" => compare(Ordering::is_ne)?,
            "gt" => compare(Ordering::is_gt)?,
            "gte" => compare(Ordering::is_ge)?,
            "lt" => compare(Ordering::is_lt)?,
            "lte" => compare(Ordering::is_le)?,
            "like" => pattern(&like(value), false)?,
            "ilike" => pattern(&like(value), true)?,
            "match" => pattern(value, false)?,
            "imatch" => pattern(value, true)?,
            "is" => match value.to_ascii_lowercase().as_str() {
                "null" | "unknown" => Self::Is(Value::Null),
                "not_null" => Self::IsNotNull,
                "true" => Self::Is(Value::Bool(true)),
                "false" => Self::Is(Value::Bool(false)),
                _ => return Ok(None),
            },
            "isdistinct" => Self::Distinct(literal(kind, value)?),
            "in" => {
                let Some(list) = value
                    .strip_prefix('(')
                    .and_then(|list| list.strip_suffix(')'))
                else {
                    return Ok(None);
                };
                let items = split(list, ',').filter(|item| !list.is_empty() || !item.is_empty());
                let tests = items.map(|item| {
                    literal(kind, &unquote(item)).map(|value| Self::Compare(Ordering::is_eq, value))
                });
                Self::Several {
                    all: false,
                    tests: tests.collect::<Result<_, _>>()?,
                }
            }
            "cs" => Self::Contains(literal(kind, value)?),
            "cd" => Self::ContainedBy(literal(kind, value)?),
            "ov" => Self::Overlaps(literal(kind, value)?),
            "sl" => range(|own, other| own.1 <= other.0),
            "sr" => range(|own, other| own.0 >= other.1),
            "nxr" => range(|own, other| own.1 <= other.1),
            "nxl" => range(|own, other| own.0 >= other.0),
            "adj" => range(|own, other| own.1 == other.0 || own.0 == other.1),
            "fts" => Self::Search(alternatives(value)),
            "plfts" | "phfts" => {
                Self::Search(vec![words(value).map(|word| (false, word)).collect()])
            }
            "wfts" => Self::Search(web(value)),
            _ => return Ok(None),
        }))
    }

    fn holds(&self, kind: Kind, value: &Value) -> Option<bool> {
        match self {
            Self::Is(wanted) => return Some(value == wanted),
            Self::IsNotNull => return Some(!value.is_null()),
            Self::Distinct(wanted) => {
                return Some(compare(kind, value, wanted) != Some(Ordering::Equal));
            }
            // Nothing is in an empty list, not even null.
            Self::Several { tests, .. } if tests.is_empty() => return Some(false),
            _ if value.is_null() => return None,
            _ => {}
        }
        Some(match self {
            Self::Is(_) | Self::IsNotNull | Self::Distinct(_) => false,
            Self::Compare(holds, wanted) => holds(compare(kind, value, wanted)?),
            Self::Several { all: true, tests } => tests
                .iter()
                .all(|test| test.holds(kind, value) == Some(true)),
            Self::Several { all: false, tests } => tests
                .iter()
                .any(|test| test.holds(kind, value) == Some(true)),
            Self::Matches(pattern) => pattern.is_match(&text(value)),
            Self::Contains(wanted) => contains(value, wanted),
            Self::ContainedBy(wanted) => contains(wanted, value),
            Self::Overlaps(wanted) => overlaps(value, wanted),
            Self::Range(holds, wanted) => holds(bounds(&text(value))?, (*wanted)?),
            Self::Search(alternatives) => {
                let has: Vec<String> = words(&text(value)).collect();
                alternatives
                    .iter()
                    .any(|words| words.iter().all(|(not, word)| has.contains(word) != *not))
            }
        })
    }
}

/// A `LIKE` pattern as a regular expression; `*` stands for `%` in URLs.
fn like(pattern: &str) -> String {
    let mut regex = "^".to_owned();
    for character in pattern.chars() {
        match character {
            '%' | '*' => regex.push_str(".*"),
            '_' => regex.push('.'),
            other => regex.push_str(&regex::escape(other.encode_utf8(&mut [0; 4]))),
        }
    }
    regex.push('$');
    regex
}

/// Containment of arrays, ranges and JSON.
fn contains(whole: &Value, part: &Value) -> bool {
    match (whole, part) {
        (Value::Array(whole), Value::Array(part)) => part
            .iter()
            .all(|part| whole.iter().any(|whole| contains(whole, part))),
        (Value::Object(whole), Value::Object(part)) => part
            .iter()
            .all(|(name, part)| whole.get(name).is_some_and(|whole| contains(whole, part))),
        (Value::Array(whole), part) => whole.contains(part),
        (Value::String(one), Value::String(other)) => match (bounds(one), bounds(other)) {
            (Some(whole), Some(part)) => whole.0 <= part.0 && part.1 <= whole.1,
            _ => one == other,
        },
        (whole, part) => whole == part,
    }
}

fn overlaps(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Array(one), Value::Array(other)) => one.iter().any(|item| other.contains(item)),
        (Value::String(one), Value::String(other)) => match (bounds(one), bounds(other)) {
            (Some(one), Some(other)) => one.0 < other.1 && other.0 < one.1,
            _ => false,
        },
        _ => false,
    }
}

/// `[1,10)`, `(0,9]`
fn bounds(text: &str) -> Option<Bounds> {
    let inner = text.get(1..text.len().checked_sub(1)?)?;
    let (begin, end) = inner.split_once(',')?;
    let (begin, end): (i64, i64) = (begin.trim().parse().ok()?, end.trim().parse().ok()?);
    Some((
        begin + i64::from(text.starts_with('(')),
        end + i64::from(text.ends_with(']')),
    ))
}

/// The words of a text as a search sees them: small, without the commonest endings.
fn words(text: &str) -> impl Iterator<Item = String> {
    const COMMON: [&str; 10] = [
        "a", "an", "and", "the", "on", "of", "with", "can", "this", "about",
    ];
    text.split(|character: char| !character.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .filter(|word| !COMMON.contains(&word.as_str()))
        .map(|word| match word.strip_suffix('s') {
            Some(stem) if stem.len() > 2 => stem.to_owned(),
            _ => word,
        })
}

/// `'fat' & 'cat' | !rat`
fn alternatives(text: &str) -> Vec<Vec<(bool, String)>> {
    let all = |part: &str| {
        part.split('&')
            .flat_map(|term| {
                let not = term.trim().starts_with('!');
                words(term).map(move |word| (not, word))
            })
            .collect()
    };
    text.split('|').map(all).collect()
}

/// `fat or cat -rat "a phrase"`
fn web(text: &str) -> Vec<Vec<(bool, String)>> {
    let mut alternatives = vec![Vec::new()];
    for term in text.split_whitespace() {
        if term.eq_ignore_ascii_case("or") {
            alternatives.push(Vec::new());
        } else if let Some(last) = alternatives.last_mut() {
            let not = term.starts_with('-');
            last.extend(words(term).map(|word| (not, word)));
        }
    }
    alternatives
}
