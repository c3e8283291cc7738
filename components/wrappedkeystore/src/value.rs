//! What a stored value is: a value that tasks may read, or a secret that they may only refer to.

use serde::{Deserialize, Serialize};
use tasker_domain::wire::ServiceError;
use tasker_domain::{Json, Path};
use tasker_hosts::SecretRule;
use tasker_service::invalid;
use tasker_service::limit::SECRET_MIN_BYTES;

use crate::cipher::Opened;

/// Hosts of one secret.
const HOSTS: usize = 32;

/// A value of the keystore, in clear.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Stored {
    /// Any JSON value.
    Value(Json),
    /// Goes nowhere but to its hosts.
    Secret(Secret),
}

/// A secret with the hosts that it may be sent to. They are sealed with it, so that nobody who can
/// write to the database can add one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Secret {
    /// What is sent: a string's text, or the JSON text of any other value.
    pub(crate) text: String,
    /// Rules as in [`SecretRule`]; none: it serves only the service of its namespace.
    pub(crate) hosts: Vec<String>,
    /// Whether a task has stored it. Tasks leave the secrets of operators alone.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) of_task: bool,
}

/// How to store a value: the last argument of `set`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Options {
    secret: bool,
    hosts: Vec<String>,
}

impl Stored {
    /// What to store.
    ///
    /// # Errors
    /// `invalid_arguments`
    pub(crate) fn new(value: &str, options: Options) -> Result<Self, ServiceError> {
        if !options.secret {
            return if options.hosts.is_empty() {
                Ok(Self::Value(value.to_owned()))
            } else {
                Err(invalid(
                    "only a secret has hosts: set `secret: true` with `hosts`",
                ))
            };
        }
        if options.hosts.len() > HOSTS {
            return Err(invalid(format!("a secret may have at most {HOSTS} hosts")));
        }
        for host in &options.hosts {
            if SecretRule::parse(host).is_none() {
                return Err(invalid(format!(
                    "`{host:.80}` is no host: write `api.example.com`, `*.example.com`, or `http://host:port` where there is no https"
                )));
            }
        }
        let text = text_of(value);
        if text.len() < SECRET_MIN_BYTES {
            return Err(invalid(format!(
                "a secret must have at least {SECRET_MIN_BYTES} bytes: a shorter one could not be kept out of other texts"
            )));
        }
        Ok(Self::Secret(Secret {
            text,
            hosts: options.hosts,
            of_task: false,
        }))
    }

    /// The same as a task's own, if one stores it.
    #[must_use]
    pub(crate) fn stored_by(mut self, frame: Option<&Path>) -> Self {
        if let Self::Secret(secret) = &mut self {
            secret.of_task = frame.is_some();
        }
        self
    }

    /// The bytes that are sealed.
    pub(crate) fn to_bytes(&self) -> Result<Vec<u8>, String> {
        Ok(match self {
            Self::Value(json) => [b"v", json.as_bytes()].concat(),
            Self::Secret(secret) => {
                let json = serde_json::to_vec(secret).map_err(|error| error.to_string())?;
                [b"s", &json[..]].concat()
            }
        })
    }

    /// What was sealed; `None` if it is nothing that this build knows.
    pub(crate) fn from_opened(opened: Opened) -> Option<Self> {
        match opened {
            Opened::Plain(json) => String::from_utf8(json).ok().map(Self::Value),
            Opened::Typed(bytes) => match bytes.split_first()? {
                (b'v', json) => String::from_utf8(json.to_vec()).ok().map(Self::Value),
                (b's', json) => serde_json::from_slice(json).ok().map(Self::Secret),
                _ => None,
            },
        }
    }
}

/// The text of a JSON value: a string's own, else its JSON.
pub(crate) fn text_of(value: &str) -> String {
    serde_json::from_str(value).unwrap_or_else(|_| value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(json: &str) -> Options {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn values_and_secrets_come_back_as_they_were() {
        for stored in [
            Stored::new("[1, \"a\"]", Options::default()).unwrap(),
            Stored::new(
                "\"p\\\"ssword\"",
                options(r#"{"secret":true,"hosts":["a.example"]}"#),
            )
            .unwrap(),
            Stored::new("{\"private_key\": 1}", options(r#"{"secret":true}"#)).unwrap(),
        ] {
            let bytes = stored.to_bytes().unwrap();
            assert_eq!(Stored::from_opened(Opened::Typed(bytes)).unwrap(), stored);
        }
        let Stored::Secret(secret) =
            Stored::new("\"p\\\"ssword\"", options(r#"{"secret":true}"#)).unwrap()
        else {
            panic!("it is no secret");
        };
        assert_eq!(secret.text, "p\"ssword");
        assert!(Stored::from_opened(Opened::Typed(b"x1".to_vec())).is_none());
    }

    #[test]
    fn what_cannot_be_a_secret_is_refused() {
        for (value, json, part) in [
            ("\"short\"", r#"{"secret":true}"#, "at least 8 bytes"),
            (
                "\"long enough\"",
                r#"{"hosts":["a.example"]}"#,
                "only a secret has hosts",
            ),
            (
                "\"long enough\"",
                r#"{"secret":true,"hosts":["*"]}"#,
                "is no host",
            ),
        ] {
            let error = Stored::new(value, options(json)).unwrap_err().error;
            assert!(error.message.contains(part), "{error:?}");
        }
    }
}
