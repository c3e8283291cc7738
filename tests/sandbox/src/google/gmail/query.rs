//! Gmail's search language, in its usual forms: words, `"phrases"`, `from:`, `to:`, `subject:`, `label:`,
//! `in:`, `is:`, `has:attachment`, `filename:`, `after:`, `before:`, `-not`, `a OR b`, `{a b}` and parentheses.

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::Message;

/// A search.
#[derive(Debug)]
pub(crate) enum Query {
    All(Vec<Query>),
    Any(Vec<Query>),
    Not(Box<Query>),
    Term { field: String, value: String },
}

impl Query {
    pub(crate) fn read(text: &str) -> Self {
        let tokens = tokens(text);
        let mut tokens = tokens.as_slice();
        Self::group(&mut tokens, "")
    }

    /// Reads up to the token `end`.
    fn group(tokens: &mut &[String], end: &str) -> Self {
        let mut parts: Vec<Self> = Vec::new();
        let mut or = false;
        while let Some((token, rest)) = tokens.split_first() {
            *tokens = rest;
            if token == end {
                break;
            }
            if token == "OR" || token == "|" {
                or = true;
                continue;
            }
            if token == "AND" {
                continue;
            }
            let (negative, token) = match token.strip_prefix('-') {
                Some(rest) if token.len() > 1 || !tokens.is_empty() => (true, rest),
                _ => (false, token.as_str()),
            };
            let token = match token {
                // `-(a b)`: the minus stands alone.
                "" => match tokens.split_first() {
                    Some((next, rest)) => {
                        *tokens = rest;
                        next.as_str()
                    }
                    None => break,
                },
                token => token,
            };
            let part = match token {
                "(" => Self::group(tokens, ")"),
                "{" => match Self::group(tokens, "}") {
                    Self::All(parts) => Self::Any(parts),
                    other => other,
                },
                term => Self::term(term),
            };
            let part = if negative {
                Self::Not(Box::new(part))
            } else {
                part
            };
            if std::mem::take(&mut or)
                && let Some(last) = parts.pop()
            {
                parts.push(Self::Any(vec![last, part]));
            } else {
                parts.push(part);
            }
        }
        Self::All(parts)
    }

    fn term(term: &str) -> Self {
        let (field, value) = match term.split_once(':') {
            Some((field, value)) if !field.contains('"') => (field.to_lowercase(), value),
            _ => (String::new(), term),
        };
        Self::Term {
            field,
            value: value.trim_matches('"').to_lowercase(),
        }
    }

    /// Whether it asks for spam or trash itself.
    pub(crate) fn names_hidden(&self) -> bool {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().any(Self::names_hidden),
            Self::Not(_) => false,
            Self::Term { field, value } => {
                field == "in" && matches!(value.as_str(), "spam" | "trash" | "anywhere")
            }
        }
    }

    pub(crate) fn holds(&self, message: &Message) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.holds(message)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(message)),
            Self::Not(part) => !part.holds(message),
            Self::Term { field, value } => term_holds(message, field, value),
        }
    }
}

fn term_holds(message: &Message, field: &str, value: &str) -> bool {
    let header = |name: &str| message.header(name).to_lowercase().contains(value);
    match field {
        "from" => header("From"),
        "to" => header("To"),
        "cc" => header("Cc"),
        "subject" => header("Subject"),
        "label" | "in" => value == "anywhere" || message.has_label(value),
        "is" => match value {
            "unread" | "starred" => message.has_label(value),
            "read" => !message.has_label("UNREAD"),
            _ => false,
        },
        "has" => value == "attachment" && message.attachment.is_some(),
        "filename" => message
            .attachment
            .as_ref()
            .is_some_and(|name| name.to_lowercase().contains(value)),
        "after" => moment(value).is_some_and(|moment| message.time_ms >= moment),
        "before" => moment(value).is_some_and(|moment| message.time_ms < moment),
        "rfc822msgid" => header("Message-ID"),
        _ => header("From") || header("Subject") || message.body.to_lowercase().contains(value),
    }
}

/// `2026/01/05`, `2026-01-05` or seconds.
fn moment(text: &str) -> Option<i64> {
    if let Ok(seconds) = text.parse::<i64>() {
        return seconds.checked_mul(1000);
    }
    let date = Date::strptime("%Y-%m-%d", text.replace('/', "-")).ok()?;
    let midnight = date.to_zoned(TimeZone::UTC).ok()?;
    Some(midnight.timestamp().as_millisecond())
}

/// Words, quoted phrases with what stands before them, and parentheses.
fn tokens(text: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut token = String::new();
    let mut quoted = false;
    for character in text.chars() {
        match character {
            '"' => {
                quoted = !quoted;
                token.push('"');
            }
            _ if quoted => token.push(character),
            '(' | ')' | '{' | '}' => {
                end(&mut tokens, &mut token);
                tokens.push(character.to_string());
            }
            _ if character.is_whitespace() => end(&mut tokens, &mut token),
            _ => token.push(character),
        }
    }
    end(&mut tokens, &mut token);
    tokens
}

fn end(tokens: &mut Vec<String>, token: &mut String) {
    if !token.is_empty() {
        tokens.push(std::mem::take(token));
    }
}
