//! What the value of a setting may be.

use std::fmt;

use tasker_hosts::app::CHAINING_DOMAIN;
use tasker_hosts::{
    FetchRule, Host, RequestRule, Target, WebhookRule, entries, origin, webhook_target,
};

use crate::policy::Policy;
use crate::read;

/// What the value of a setting may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Any text.
    Text,
    /// What a header may say: one line; nothing, too.
    Line,
    /// A bearer token that nobody can guess, or a word for none.
    Token(&'static str),
    /// Nothing, or a text of at least this many characters.
    Long(usize),
    /// A whole number from the first to the second.
    Number(u64, u64),
    /// One of some words.
    Word(&'static [&'static str]),
    /// Some words, as many as the first and each as long as the second at most; none at all, too.
    Words(usize, usize),
    /// A master key: 32 bytes in base64.
    Key,
    /// Master keys, separated by commas; none at all, too.
    Keys,
    /// The key that signs webhooks; none, too.
    WebhookKey,
    /// Ports, separated by commas.
    Ports,
    /// Hosts that may be fetched though they are not public, separated by commas.
    FetchHosts,
    /// Hosts that a task's own requests may go to, separated by commas.
    RequestHosts,
    /// Hosts that webhooks may go to: one rule, or all.
    WebhookHosts,
    /// Who is told of the ends of runs: a URL; nobody, too.
    WebhookUrl,
    /// A domain's name.
    Domain,
    /// Where a server is: scheme, host and port alone. A path goes into the setting of this name, if there is one.
    Origin(Option<&'static str>),
    /// The same, or the wildcard of all servers of a domain.
    OriginOrDomain(&'static str),
    /// Origins, separated by commas; none at all, too.
    Origins,
    /// A path under an origin; none, too.
    Path,
    /// A URL without user, query and fragment.
    Url,
    /// The same, or nothing.
    UrlOrNone,
    /// What a service's callers may do.
    Policy,
    /// JSON of an object with the members of one of these lists; nothing, too.
    Object(&'static [&'static [&'static str]]),
}

/// What is wrong with a value.
pub(crate) struct Wrong<'a> {
    /// The part that cannot be used: of a list the entry.
    pub(crate) part: &'a str,
    /// What is wrong with it, if there is more to say than what is allowed.
    pub(crate) why: Option<String>,
}

impl Form {
    /// What is wrong with a value.
    pub(crate) fn wrong(self, value: &str) -> Option<Wrong<'_>> {
        let value = value.trim();
        let is_list = matches!(
            self,
            Self::Ports | Self::FetchHosts | Self::RequestHosts | Self::Origins
        );
        let part = match is_list {
            true => entries(value).find(|entry| !self.has(entry)),
            false => (!self.has(value)).then_some(value),
        }?;
        let why = self.why(part);
        Some(Wrong { part, why })
    }

    /// Whether a value, or an entry of a list, has this form.
    fn has(self, value: &str) -> bool {
        match self {
            Self::Text => true,
            Self::Line => value.bytes().all(|byte| matches!(byte, b' '..=b'~')),
            Self::Token(none) => value == none || read::is_hard_to_guess(value),
            Self::Long(least) => value.is_empty() || value.chars().count() >= least,
            Self::Number(least, most) => {
                let number = value.parse::<u64>();
                number.is_ok_and(|number| (least..=most).contains(&number))
            }
            Self::Word(words) => words.contains(&value),
            Self::Words(most, longest) => {
                let is_word = |word: &str| word.len() <= longest && is_graphic(word);
                entries(value).count() <= most && entries(value).all(is_word)
            }
            Self::Key => read::key(value).is_some(),
            Self::Keys => read::keys(value).is_some(),
            Self::WebhookKey => read::webhook_key(value).is_some(),
            Self::Ports => value.parse::<u16>().is_ok(),
            Self::FetchHosts => FetchRule::parse(value).is_some(),
            Self::RequestHosts => RequestRule::parse(value).is_some(),
            Self::WebhookHosts => WebhookRule::parse(value).is_some(),
            Self::WebhookUrl => value.is_empty() || webhook_target(value, CHAINING_DOMAIN).is_ok(),
            Self::Domain => matches!(Host::parse(value), Ok(Host::Domain(_))),
            Self::Origin(_) | Self::Origins => origin(value).is_some(),
            Self::OriginOrDomain(_) => read::origin_or_domain(value).is_some(),
            Self::Path => read::path(value).is_some(),
            Self::Url => is_url(value),
            Self::UrlOrNone => value.is_empty() || is_url(value),
            Self::Policy => Policy::parse(value).is_ok(),
            Self::Object(members) => value.is_empty() || read::is_object(value, members),
        }
    }

    fn why(self, value: &str) -> Option<String> {
        match self {
            Self::Policy => Policy::parse(value).err().map(|error| error.to_string()),
            Self::WebhookUrl => webhook_target(value, CHAINING_DOMAIN)
                .err()
                .map(|error| error.to_string()),
            _ => None,
        }
    }

    /// The setting that has the path under the origin that this one is.
    #[must_use]
    pub const fn path(self) -> Option<&'static str> {
        match self {
            Self::Origin(path) => path,
            Self::OriginOrDomain(path) => Some(path),
            _ => None,
        }
    }
}

fn is_graphic(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Whether people and components can put a path behind it, or send a request to it.
fn is_url(text: &str) -> bool {
    !text.contains(['?', '#']) && Target::of(text, CHAINING_DOMAIN).is_ok()
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text => f.write_str("any text"),
            Self::Line => f.write_str("empty, or one line of printable ASCII characters"),
            Self::Token(none) => {
                let none = match *none {
                    "" => "empty",
                    word => word,
                };
                let least = read::TOKEN_LEAST;
                write!(
                    f,
                    "at least {least} printable ASCII characters that do not repeat each other, or {none}; make \
                     one with `tasker auth generate` or `openssl rand -hex 32`"
                )
            }
            Self::Long(least) => write!(f, "empty, or {least} characters or more"),
            Self::Number(least, most) => write!(f, "a whole number from {least} to {most}"),
            Self::Word(words) => write!(f, "one of: {}", words.join(", ")),
            Self::Words(most, longest) => write!(
                f,
                "{most} words at most, separated by spaces, each of {longest} printable ASCII characters at most"
            ),
            Self::Key | Self::Keys => {
                f.write_str("32 bytes in base64; make one with `openssl rand -base64 32`")
            }
            Self::WebhookKey => {
                let least = read::WEBHOOK_KEY_LEAST;
                write!(f, "empty, or `whsec_` and {least} bytes or more in base64")
            }
            Self::Ports => f.write_str("ports, separated by commas"),
            Self::FetchHosts => f.write_str("hosts, addresses or networks, separated by commas"),
            Self::RequestHosts => f.write_str(
                "hosts such as `api.example.com`, `*.example.com` or `127.0.0.1:8080`, separated by commas, or `*`",
            ),
            Self::WebhookHosts => {
                f.write_str("a host such as `hooks.example.com` or `*.example.com`, or `*:*`")
            }
            Self::WebhookUrl => {
                f.write_str("empty, or a URL such as `https://hooks.example.com/tasker`")
            }
            Self::Domain => f.write_str("a domain such as `example.com`"),
            Self::Origin(path) => {
                f.write_str("scheme, host and port alone, such as `https://api.example.com`")?;
                path.map_or(Ok(()), |path| write!(f, "; a path goes into `{path}`"))
            }
            Self::OriginOrDomain(path) => write!(
                f,
                "scheme, host and port alone, such as `https://api.example.com` or `https://*.example.com`; a path goes into `{path}`"
            ),
            Self::Origins => {
                f.write_str("origins such as `https://app.example.com`, separated by commas")
            }
            Self::Path => f.write_str("empty, or a path such as `/v1`"),
            Self::Url => f.write_str(
                "a URL such as `https://example.com/path`, without user, query and fragment",
            ),
            Self::UrlOrNone => write!(f, "empty, or {}", Self::Url),
            Self::Policy => f.write_str(
                r#"JSON such as `{"allow": ["chat.*"], "deny": ["files.delete"], "requestsPerMinute": 60, "concurrency": 4}`"#,
            ),
            Self::Object(members) => {
                f.write_str("empty, or JSON of an object with")?;
                for (index, members) in members.iter().enumerate() {
                    let or = if index == 0 { "" } else { ", or" };
                    write!(f, "{or} `{}`", members.join("` and `"))?;
                }
                Ok(())
            }
        }
    }
}
