//! A row of the table.

use std::time::Duration;

use tasker_hosts::{FetchRule, RequestRule, WebhookRule};

use crate::form::{Form, Wrong};
use crate::{Component, Policy, read};

/// A setting that components read as a `T`.
#[derive(Debug, Clone, Copy)]
pub struct Setting<T: 'static> {
    /// What is known of it whatever its type is.
    pub about: About,
    read: fn(&str) -> Option<T>,
}

/// What is known of a setting whatever its type is.
#[derive(Debug, Clone, Copy)]
pub struct About {
    /// Its name, as in `SPIN_VARIABLE_<NAME>`.
    pub name: &'static str,
    /// What its value may be.
    pub form: Form,
    /// The value that it has if none is given; `None`: one must be given.
    pub default: Option<&'static str>,
    /// Whether nobody may see its value.
    pub is_secret: bool,
    /// The components that read it. With none, the manifest alone does, in its lists of hosts.
    pub components: &'static [Component],
    /// The lines of the text for people: what it is, and after an empty line what else there is to say.
    text: &'static [&'static str],
}

/// A value that cannot be used. Says what is allowed, and unless it is a secret the value and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the variable `{name}` must be {allowed}{}{}", shown(.found.as_deref()), told(.why.as_deref()))]
pub struct Invalid {
    name: &'static str,
    allowed: Form,
    /// The beginning of the value, if it may be shown.
    found: Option<String>,
    /// What is wrong with it, if it may be shown and there is more to say than what is allowed.
    why: Option<String>,
}

/// Characters of a value that are shown.
const SHOWN: usize = 40;

impl<T> Setting<T> {
    const fn new(form: Form, read: fn(&str) -> Option<T>) -> Self {
        let about = About {
            name: "",
            form,
            default: None,
            is_secret: false,
            components: &[],
            text: &[],
        };
        Self { about, read }
    }

    /// With a value for when none is given.
    pub(crate) const fn or(mut self, default: &'static str) -> Self {
        self.about.default = Some(default);
        self
    }

    pub(crate) const fn secret(mut self) -> Self {
        self.about.is_secret = true;
        self
    }

    /// Read by these components.
    pub(crate) const fn of(mut self, components: &'static [Component]) -> Self {
        self.about.components = components;
        self
    }

    pub(crate) const fn named(mut self, name: &'static str, text: &'static [&'static str]) -> Self {
        self.about.name = name;
        self.about.text = text;
        self
    }

    /// Its name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.about.name
    }

    /// Its default, empty if it has none.
    #[must_use]
    pub const fn default(&self) -> &'static str {
        match self.about.default {
            Some(default) => default,
            None => "",
        }
    }

    /// Reads a value of it.
    ///
    /// # Errors
    /// What the value must be.
    pub fn parse(&self, value: &str) -> Result<T, Invalid> {
        self.about.check(value)?;
        (self.read)(value).ok_or_else(|| self.about.invalid(value, None))
    }
}

impl About {
    /// Judges a value.
    ///
    /// # Errors
    /// What the value must be.
    pub fn check(&self, value: &str) -> Result<(), Invalid> {
        match self.form.wrong(value) {
            None => Ok(()),
            Some(Wrong { part, why }) => Err(self.invalid(part, why)),
        }
    }

    fn invalid(&self, value: &str, why: Option<String>) -> Invalid {
        let value = value.trim();
        let is_shown = !self.is_secret && !value.is_empty();
        Invalid {
            name: self.name,
            allowed: self.form,
            found: is_shown.then(|| value.chars().take(SHOWN).collect()),
            why: why.filter(|_| is_shown),
        }
    }

    /// What it is, in a sentence.
    #[must_use]
    pub fn sentence(&self) -> String {
        let lines = self.text.split(|line| line.trim().is_empty());
        joined(lines.take(1).flatten())
    }

    /// What else there is to say of it.
    #[must_use]
    pub fn remarks(&self) -> String {
        let lines = self.text.split(|line| line.trim().is_empty());
        joined(lines.skip(1).flatten())
    }
}

fn shown(value: Option<&str>) -> String {
    value.map_or_else(String::new, |value| {
        format!(", not `{}`", value.escape_debug())
    })
}

/// The beginning of a reason: it may repeat the value.
fn told(why: Option<&str>) -> String {
    why.map_or_else(String::new, |why| {
        let why: String = why.chars().take(3 * SHOWN).collect();
        format!(": {}", why.escape_debug())
    })
}

fn joined<'a>(lines: impl Iterator<Item = &'a &'static str>) -> String {
    lines.map(|line| line.trim()).collect::<Vec<_>>().join(" ")
}

/// Any text.
pub(crate) const TEXT: Setting<String> = Setting::new(Form::Text, |text| Some(text.to_owned()));

/// What a header may say, or nothing.
pub(crate) const LINE: Setting<String> = Setting::new(Form::Line, trimmed);

/// A bearer token; `None` for the word that stands for none.
pub(crate) const fn token(none: &'static str) -> Setting<Option<String>> {
    Setting::new(Form::Token(none), |text| Some(read::token(text)))
}

/// Some words, as many as `most` and each as long as `longest` at most.
pub(crate) const fn words(most: usize, longest: usize) -> Setting<String> {
    Setting::new(Form::Words(most, longest), trimmed)
}

/// Nothing, or a text of at least `least` characters.
pub(crate) const fn long(least: usize) -> Setting<String> {
    Setting::new(Form::Long(least), trimmed)
}

/// A master key.
pub(crate) const KEY: Setting<[u8; 32]> = Setting::new(Form::Key, read::key);

/// Master keys, separated by commas.
pub(crate) const KEYS: Setting<Vec<[u8; 32]>> = Setting::new(Form::Keys, read::keys);

/// The key that signs webhooks; `None`: there is none.
pub(crate) const WEBHOOK_KEY: Setting<Option<Vec<u8>>> =
    Setting::new(Form::WebhookKey, read::webhook_key);

/// Ports, separated by commas.
pub(crate) const PORTS: Setting<Vec<u16>> = Setting::new(Form::Ports, |text| {
    read::list(text, |entry| entry.parse().ok())
});

/// Hosts that may be fetched though they are not public, separated by commas.
pub(crate) const FETCH_HOSTS: Setting<Vec<FetchRule>> =
    Setting::new(Form::FetchHosts, |text| read::list(text, FetchRule::parse));

/// Hosts that a task's own requests may go to, separated by commas.
pub(crate) const REQUEST_HOSTS: Setting<Vec<RequestRule>> =
    Setting::new(Form::RequestHosts, |text| {
        read::list(text, RequestRule::parse)
    });

/// Hosts that webhooks may go to.
pub(crate) const WEBHOOK_HOSTS: Setting<WebhookRule> =
    Setting::new(Form::WebhookHosts, WebhookRule::parse);

/// Who is told of the ends of runs; empty: nobody.
pub(crate) const WEBHOOK_URL: Setting<String> = Setting::new(Form::WebhookUrl, trimmed);

/// A domain's name.
pub(crate) const DOMAIN: Setting<String> = Setting::new(Form::Domain, trimmed);

/// Where a server is: scheme, host and port alone.
pub(crate) const ORIGIN: Setting<String> = Setting::new(Form::Origin(None), tasker_hosts::origin);

/// The same, where the setting named `path` has the path under it.
pub(crate) const fn origin(path: &'static str) -> Setting<String> {
    Setting::new(Form::Origin(Some(path)), tasker_hosts::origin)
}

/// The same, where the wildcard of all servers of a domain may stand, too.
pub(crate) const fn origin_or_domain(path: &'static str) -> Setting<String> {
    Setting::new(Form::OriginOrDomain(path), read::origin_or_domain)
}

/// Origins, separated by commas.
pub(crate) const ORIGINS: Setting<Vec<String>> =
    Setting::new(Form::Origins, |text| read::list(text, tasker_hosts::origin));

/// A path under an origin, with a slash before it and none at its end; empty: none.
pub(crate) const PATH: Setting<String> = Setting::new(Form::Path, read::path);

/// A URL.
pub(crate) const URL: Setting<String> = Setting::new(Form::Url, trimmed);

/// The same, or nothing.
pub(crate) const URL_OR_NONE: Setting<String> = Setting::new(Form::UrlOrNone, trimmed);

/// What a service's callers may do.
pub(crate) const POLICY: Setting<Policy> =
    Setting::new(Form::Policy, |text| Policy::parse(text).ok());

/// JSON of an object with the members of one of these lists, or nothing.
pub(crate) const fn object(members: &'static [&'static [&'static str]]) -> Setting<String> {
    Setting::new(Form::Object(members), trimmed)
}

/// A whole number.
pub(crate) const fn number<T: TryFrom<u64>>(least: u64, most: u64) -> Setting<T> {
    Setting::new(Form::Number(least, most), |text| {
        whole(text).and_then(|number| number.try_into().ok())
    })
}

/// A number of milliseconds.
pub(crate) const fn millis(least: u64, most: u64) -> Setting<Duration> {
    Setting::new(Form::Number(least, most), |text| {
        whole(text).map(Duration::from_millis)
    })
}

/// A number of seconds.
pub(crate) const fn seconds(least: u64, most: u64) -> Setting<Duration> {
    Setting::new(Form::Number(least, most), |text| {
        whole(text).map(Duration::from_secs)
    })
}

/// A number of days.
pub(crate) const fn days(least: u64, most: u64) -> Setting<Duration> {
    Setting::new(Form::Number(least, most), |text| {
        whole(text).map(|days| Duration::from_secs(days * 86_400))
    })
}

/// One of some words.
pub(crate) const fn word<T>(
    words: &'static [&'static str],
    read: fn(&str) -> Option<T>,
) -> Setting<T> {
    Setting::new(Form::Word(words), read)
}

fn trimmed(text: &str) -> Option<String> {
    Some(text.trim().to_owned())
}

fn whole(text: &str) -> Option<u64> {
    text.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    use super::*;
    use crate::{InternalCalls, named, table};

    #[test]
    fn what_is_wrong_is_said_with_the_value_unless_it_is_secret_and_with_what_is_allowed() {
        let check = |name: &str, value: &str| named(name).unwrap().check(value);
        let key = STANDARD.encode([7; 32]);
        for (name, good) in [
            ("drainers", " 0 "),
            ("idempotency_days", "36500"),
            ("internal_calls", "signed"),
            ("internal_key", ""),
            ("keystore_key", &*key),
            ("keystore_key_previous", ""),
            ("keystore_key_previous", &format!("{key}, {key},")),
            ("google_subject", "anything"),
            ("webhook_hosts", "*:*"),
            ("webhook_hosts", "127.0.0.1:8080"),
            ("websearch_private_hosts", "*.corp, 10.0.0.0/8 [::1]:80"),
            ("fetch_hosts", ""),
            ("fetch_hosts", "*, *.corp https://a.example,[::1]:80"),
        ] {
            assert_eq!(check(name, good), Ok(()), "{name}");
        }
        for (name, bad, allowed) in [
            (
                "idempotency_days",
                "-7",
                "a whole number from 0 to 36500, not `-7`",
            ),
            (
                "idempotency_days",
                "99999999999999999999",
                "from 0 to 36500",
            ),
            ("lease_seconds", "", "a whole number from 1 to 3600"),
            ("cpu_ms", "1.5", "whole number"),
            ("internal_calls", "Chained", "one of: chaining, signed"),
            ("webhook_hosts", "a.example, b.example", "a host such as"),
            ("webhook_hosts", "ftp://a.example", "a host such as"),
        ] {
            let said = check(name, bad).unwrap_err().to_string();
            assert!(said.contains(name) && said.contains(allowed), "{said}");
            assert!(said.contains(bad), "{said}");
        }
        for (name, bad, allowed) in [
            ("keystore_key", "c2VjcmV0", "32 bytes in base64"),
            ("keystore_key_previous", "c2VjcmV0", "32 bytes in base64"),
            ("internal_key", "s3cret", "32 characters or more"),
            ("api_token", " ", "at least 32 printable ASCII characters"),
            (
                "api_token",
                "s3cret-of-the-tests-with-31-chs",
                "or off; make",
            ),
            ("metrics_token", "s3cret", "or empty; make"),
        ] {
            let said = check(name, bad).unwrap_err().to_string();
            assert!(said.contains(name) && said.contains(allowed), "{said}");
            assert!(bad.trim().is_empty() || !said.contains(bad), "{said}");
        }
        // Of a list, the entry.
        let said = check("websearch_ports", "80, http")
            .unwrap_err()
            .to_string();
        assert!(
            said.ends_with("must be ports, separated by commas, not `http`"),
            "{said}"
        );
        let hosts = "wiki.corp, 10.0.0.0/99";
        let said = check("websearch_private_hosts", hosts)
            .unwrap_err()
            .to_string();
        assert!(said.ends_with(", not `10.0.0.0/99`"), "{said}");
        let hosts = "api.example.com, https://api.example.com/v1";
        let said = check("fetch_hosts", hosts).unwrap_err().to_string();
        assert!(
            said.ends_with(", not `https://api.example.com/v1`"),
            "{said}"
        );
        let said = check("drainers", &"9".repeat(5_000)).unwrap_err();
        assert!(said.to_string().len() < 200, "{said}");
    }

    #[test]
    fn a_token_is_long_and_no_repetition() {
        let read = |text: &str| table::API_TOKEN.parse(text).ok();
        let good = "0123456789abcdef0123456789abcdeF";
        for (text, token) in [
            (good, Some(good)),
            (&*format!(" {good}\n"), Some(good)),
            ("off", None),
            (
                &*"0123456789abcdef0123456789abcdeF".repeat(2),
                Some(&*good.repeat(2)),
            ),
        ] {
            assert_eq!(read(text), Some(token.map(str::to_owned)), "{text}");
        }
        for text in [
            "",
            "OFF",
            &good[1..],
            &"a".repeat(64),
            &"abc".repeat(20),
            "0123456789abcdef0123456789abcdef",
            "changeme-changeme-changeme-changeme-change",
            "0123456789abcdef 123456789abcdeF",
            "0123456789abcdef0123456789abcdéF",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
        assert_eq!(table::SWEEP_TOKEN.parse(""), Ok(None));
        assert!(table::SWEEP_TOKEN.parse("off").is_err());
    }

    #[test]
    fn a_value_is_read_as_what_it_stands_for() {
        assert_eq!(
            table::LEASE_SECONDS.parse(" 10 "),
            Ok(Duration::from_secs(10))
        );
        assert_eq!(table::CPU_MS.parse("5"), Ok(Duration::from_millis(5)));
        let day = Duration::from_secs(86_400);
        assert_eq!(table::RETENTION_DAYS.parse("36500"), Ok(day * 36_500));
        assert_eq!(table::RETENTION_RUNS.parse("4294967295"), Ok(u32::MAX));
        assert_eq!(
            table::INTERNAL_CALLS.parse("signed "),
            Ok(InternalCalls::Signed)
        );
        assert!(table::DRAINERS.parse("1001").is_err());
    }

    #[test]
    fn the_text_is_a_sentence_and_what_else_there_is_to_say() {
        let about = table::DRAINERS.about;
        assert_eq!(about.name, "drainers");
        assert!(about.sentence().starts_with("How many drainers"));
        assert_eq!(about.remarks(), "With 0 nothing goes on.");
        assert_eq!(table::IDEMPOTENCY_DAYS.about.remarks(), "");
    }
}
