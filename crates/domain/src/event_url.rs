//! Addresses that send an event, once, without a token: for people who approve something.
//!
//! An address ends in what it sends and a signature of that: HMAC-SHA-256 (RFC 2104, FIPS 180-4) under a
//! key derived from the secret `event_key`.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::Sha256;

use crate::event::{self, URL_DATA_MAX_BYTES};
use crate::{Call, Json, Path, RunId, mac};

/// Keys for other purposes that are derived from the same secret differ from this one.
const PURPOSE: &[u8] = b"tasker event url v1";
/// No token is longer.
const TOKEN_MAX_BYTES: usize = 8_192;

/// What an address sends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventUrl {
    /// The run that the event is for.
    pub run: RunId,
    /// The call that made the address: no other address has the same.
    pub call: String,
    /// The event's name.
    pub name: String,
    /// Until when the address works, milliseconds since the Unix epoch.
    pub until: i64,
    /// The event's data; without it the sender of the event gives it.
    pub data: Option<Json>,
    /// What its page says.
    pub page: Page,
}

/// What the page of an address says to people.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    /// The heading; else the event's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What is asked, in lines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// What the button says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
}

impl Page {
    /// Whether all that it says is within its bounds.
    fn fits(&self) -> bool {
        let fits = |text: &Option<String>, most, lines| {
            text.as_deref()
                .is_none_or(|text| event::is_page_text(text, most, lines))
        };
        fits(&self.title, event::URL_TITLE_MAX_BYTES, false)
            && fits(&self.text, event::URL_TEXT_MAX_BYTES, true)
            && fits(&self.label, event::URL_LABEL_MAX_BYTES, false)
    }
}

/// The same in the address.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Payload {
    run: RunId,
    call: String,
    name: String,
    until: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    data: Option<Box<RawValue>>,
    #[serde(flatten)]
    page: Page,
}

/// The second argument of the call.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Options {
    until: i64,
    #[serde(default)]
    data: Option<Box<RawValue>>,
    #[serde(flatten)]
    page: Page,
}

impl Call {
    /// Whether it waits for an event or asks for an address that sends one.
    #[must_use]
    pub fn is_event(&self, run: RunId, frame: &Path) -> bool {
        self.event_wait().is_some() || EventUrl::of_call(run, frame, self).is_some()
    }
}

impl EventUrl {
    /// The address that a call of the frame at `frame` asks for, if it asks for one.
    #[must_use]
    pub fn of_call(run: RunId, frame: &Path, call: &Call) -> Option<Self> {
        if call.service != event::SERVICE || call.method != [event::URL] {
            return None;
        }
        let (name, options): (String, Options) = serde_json::from_str(&call.args).ok()?;
        let data = options.data.map(|data| data.get().to_owned());
        let fits = data
            .as_ref()
            .is_none_or(|data| data.len() <= URL_DATA_MAX_BYTES);
        let page = options.page;
        (event::is_name(&name) && fits && page.fits()).then(|| Self {
            run,
            call: frame.call(call.number).to_string(),
            name,
            until: options.until,
            data,
            page,
        })
    }

    /// The last part of the address. `None` without a secret: then there are no addresses.
    #[must_use]
    pub fn sign(&self, secret: &str) -> Option<String> {
        let data = self.data.clone().map(RawValue::from_string);
        let payload = Payload {
            run: self.run,
            call: self.call.clone(),
            name: self.name.clone(),
            until: self.until,
            data: data.transpose().ok()?,
            page: self.page.clone(),
        };
        let payload = URL_SAFE_NO_PAD.encode(serde_json::to_vec(&payload).ok()?);
        let signature = signature(secret, &payload)?.finalize().into_bytes();
        Some(format!("{payload}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }

    /// What an address sends, if it was signed with this secret. The comparison takes the same time
    /// whatever is wrong. The caller must see whether its time is up.
    #[must_use]
    pub fn open(token: &str, secret: &str) -> Option<Self> {
        if token.len() > TOKEN_MAX_BYTES {
            return None;
        }
        let (payload, given) = token.split_once('.')?;
        let given = URL_SAFE_NO_PAD.decode(given).ok()?;
        signature(secret, payload)?.verify_slice(&given).ok()?;
        let payload: Payload =
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()?;
        Some(Self {
            run: payload.run,
            call: payload.call,
            name: payload.name,
            until: payload.until,
            data: payload.data.map(|data| data.get().to_owned()),
            page: payload.page,
        })
    }

    /// The id of the event, so that it is sent once.
    #[must_use]
    pub fn event_id(&self) -> String {
        format!("{}{}:{}", event::URL_ID_PREFIX, self.run, self.call)
    }
}

/// The signature of a payload, to be read or compared.
fn signature(secret: &str, payload: &str) -> Option<Hmac<Sha256>> {
    if secret.is_empty() {
        return None;
    }
    mac::keyed(secret, PURPOSE).map(|mac| mac.chain_update(payload))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url() -> EventUrl {
        EventUrl {
            run: RunId::new(5, [7; 10]),
            call: "0.3.1".to_owned(),
            name: "approved / \u{fc}".to_owned(),
            until: 99,
            data: Some("{\"ok\": 1e3}".to_owned()),
            page: Page {
                text: Some("Pay\n\"7\"?".to_owned()),
                ..Page::default()
            },
        }
    }

    #[test]
    fn only_what_was_signed_is_opened() {
        for data in [Some("{\"ok\": 1e3}".to_owned()), None] {
            let url = EventUrl { data, ..url() };
            let token = url.sign("secret").unwrap();
            assert!(
                token
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
            );
            assert_eq!(EventUrl::open(&token, "secret"), Some(url));
            assert_eq!(EventUrl::open(&token, "secrets"), None);
            assert_eq!(EventUrl::open(&token, ""), None);
            for at in 0..token.len() {
                let mut changed = token.clone().into_bytes();
                changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
                let changed = String::from_utf8(changed).unwrap();
                assert_eq!(EventUrl::open(&changed, "secret"), None, "{at}");
                assert_eq!(EventUrl::open(&token[..at], "secret"), None, "{at}");
            }
            assert_eq!(EventUrl::open(&format!("{token}A"), "secret"), None);
        }
        assert_eq!(url().sign(""), None);
        for token in ["", ".", "a.b", "..", &"a".repeat(9_999)] {
            assert_eq!(EventUrl::open(token, "secret"), None);
        }
    }

    #[test]
    fn addresses_are_read_from_calls() {
        let call = |args: &str| Call {
            number: 4,
            service: "event".to_owned(),
            method: vec!["url".to_owned()],
            args: args.to_owned(),
            options: None,
        };
        let run = RunId::new(5, [7; 10]);
        let of = |args: &str| EventUrl::of_call(run, &Path::root(), &call(args));
        let url = of(r#"["paid",{"until":7,"data":{"a":[1]}}]"#).unwrap();
        assert_eq!(
            (url.call.as_str(), url.until, url.data.as_deref()),
            ("0.4", 7, Some(r#"{"a":[1]}"#))
        );
        let url = of(r#"["paid",{"until":7,"title":"Pay?","text":"a\nb","label":"Yes"}]"#).unwrap();
        assert_eq!(
            (
                url.page.title.as_deref(),
                url.page.text.as_deref(),
                url.page.label.as_deref()
            ),
            (Some("Pay?"), Some("a\nb"), Some("Yes"))
        );
        // All that an address may hold is opened again.
        let page = Page {
            title: Some("\"".repeat(event::URL_TITLE_MAX_BYTES)),
            text: Some("\n".repeat(event::URL_TEXT_MAX_BYTES - 1) + "x"),
            label: Some("\\".repeat(event::URL_LABEL_MAX_BYTES)),
        };
        let largest = EventUrl {
            name: "\"".repeat(event::NAME_MAX_BYTES),
            data: Some(format!("\"{}\"", "x".repeat(URL_DATA_MAX_BYTES - 2))),
            page,
            ..url.clone()
        };
        assert!(largest.page.fits());
        let token = largest.sign("secret").unwrap();
        assert_eq!(EventUrl::open(&token, "secret"), Some(largest));
        assert_ne!(
            url.event_id(),
            EventUrl {
                call: "0.5".to_owned(),
                ..url.clone()
            }
            .event_id()
        );
        for args in [
            "[]",
            r#"["paid"]"#,
            r#"["paid",{}]"#,
            r#"["",{"until":1}]"#,
            r#"["paid",{"until":1,"x":1}]"#,
            r#"["paid",{"until":1,"title":"a\u0007"}]"#,
            r#"["paid",{"until":1,"label":""}]"#,
        ] {
            assert_eq!(of(args), None, "{args}");
        }
        assert_eq!(
            of(&format!(
                r#"["paid",{{"until":1,"data":"{}"}}]"#,
                "x".repeat(1_000)
            )),
            None
        );
    }
}
