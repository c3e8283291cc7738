//! What the value of a setting may be.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tasker_hosts::{FetchRule, RequestRule, SecretRule, entries};

/// What the value of a setting may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Any text. What it must be besides, its reader says.
    Text,
    /// A bearer token that nobody can guess, or a word for none.
    Token(&'static str),
    /// Nothing, or a text of at least this many characters.
    Long(usize),
    /// A whole number from the first to the second.
    Number(u64, u64),
    /// One of some words.
    Word(&'static [&'static str]),
    /// A master key: 32 bytes in base64.
    Key,
    /// Master keys, separated by commas; none at all, too.
    Keys,
    /// Ports, separated by commas.
    Ports,
    /// Hosts that may be fetched though they are not public, separated by commas.
    FetchHosts,
    /// Hosts that a task's own requests may go to, separated by commas.
    RequestHosts,
    /// Hosts that webhooks may go to: one rule, or all.
    WebhookHosts,
}

impl Form {
    /// The part of a value that cannot be used: of a list the entry.
    pub(crate) fn wrong_part(self, value: &str) -> Option<&str> {
        let value = value.trim();
        let is_right = match self {
            Self::Text => true,
            Self::Token(none) => value == none || is_hard_to_guess(value),
            Self::Long(least) => value.is_empty() || value.chars().count() >= least,
            Self::Number(least, most) => {
                let number = value.parse::<u64>();
                number.is_ok_and(|number| (least..=most).contains(&number))
            }
            Self::Word(words) => words.contains(&value),
            Self::Key => key(value).is_some(),
            Self::Keys => keys(value).is_some(),
            Self::Ports => return entries(value).find(|entry| entry.parse::<u16>().is_err()),
            Self::FetchHosts => {
                return entries(value).find(|entry| FetchRule::parse(entry).is_none());
            }
            Self::RequestHosts => {
                return entries(value).find(|entry| RequestRule::parse(entry).is_none());
            }
            Self::WebhookHosts => {
                matches!(value, "*" | "*:*") || SecretRule::parse(value).is_some()
            }
        };
        (!is_right).then_some(value)
    }
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text => f.write_str("any text"),
            Self::Token(none) => {
                let none = match *none {
                    "" => "empty",
                    word => word,
                };
                write!(
                    f,
                    "at least {TOKEN_LEAST} printable ASCII characters that do not repeat each other, or {none}; make \
                     one with `tasker auth generate` or `openssl rand -hex 32`"
                )
            }
            Self::Long(least) => write!(f, "empty, or {least} characters or more"),
            Self::Number(least, most) => write!(f, "a whole number from {least} to {most}"),
            Self::Word(words) => write!(f, "one of: {}", words.join(", ")),
            Self::Key | Self::Keys => {
                f.write_str("32 bytes in base64; make one with `openssl rand -base64 32`")
            }
            Self::Ports => f.write_str("ports, separated by commas"),
            Self::FetchHosts => f.write_str("hosts, addresses or networks, separated by commas"),
            Self::RequestHosts => f.write_str(
                "hosts such as `api.example.com`, `*.example.com` or `127.0.0.1:8080`, separated by commas, or `*`",
            ),
            Self::WebhookHosts => {
                f.write_str("a host such as `hooks.example.com` or `*.example.com`, or `*:*`")
            }
        }
    }
}

/// Characters of a token, at least.
const TOKEN_LEAST: usize = 32;

/// Whether a text may be a token: long enough, and no repetition of a part that is shorter than that. Only what
/// stands in a header as it is counts.
fn is_hard_to_guess(text: &str) -> bool {
    let bytes = text.as_bytes();
    let repeats = |part: usize| bytes[part..] == bytes[..bytes.len() - part];
    bytes.len() >= TOKEN_LEAST
        && bytes.iter().all(u8::is_ascii_graphic)
        && !(1..TOKEN_LEAST.min(bytes.len() / 2 + 1)).any(repeats)
}

/// Reads a token; `None`: there is none.
pub(crate) fn token(text: &str) -> Option<String> {
    let text = text.trim();
    is_hard_to_guess(text).then(|| text.to_owned())
}

/// Reads a master key.
pub(crate) fn key(text: &str) -> Option<[u8; 32]> {
    STANDARD.decode(text.trim()).ok()?.try_into().ok()
}

/// Reads master keys that are separated by commas.
pub(crate) fn keys(text: &str) -> Option<Vec<[u8; 32]>> {
    let texts = text.split(',').filter(|text| !text.trim().is_empty());
    texts.map(key).collect()
}

/// Reads ports.
pub(crate) fn ports(text: &str) -> Option<Vec<u16>> {
    entries(text).map(|entry| entry.parse().ok()).collect()
}

/// Reads hosts that may be fetched.
pub(crate) fn fetch_hosts(text: &str) -> Option<Vec<FetchRule>> {
    entries(text).map(FetchRule::parse).collect()
}

/// Reads hosts that requests may go to.
pub(crate) fn request_hosts(text: &str) -> Option<Vec<RequestRule>> {
    entries(text).map(RequestRule::parse).collect()
}
