//! The headers of a request.

use tasker_domain::wire::ServiceError;
use tasker_service::http::{is_of_the_connection, is_token};

use crate::arguments::refused;

/// Bytes of all headers, names and values together.
const BYTES: usize = 64 << 10;

/// Headers as they are collected: names in lower case, each once.
#[derive(Debug, Default)]
pub(crate) struct Headers(Vec<(String, String)>);

impl Headers {
    /// Adds a header to those of its name.
    ///
    /// # Errors
    /// `invalid_arguments` if it has a form that cannot be sent.
    pub(crate) fn append(&mut self, name: &str, value: &str) -> Result<(), ServiceError> {
        let name = name.to_ascii_lowercase();
        let value = value.trim_matches([' ', '\t', '\r', '\n']);
        if !is_token(&name) {
            return Err(refused(
                "the name of a header has characters that it cannot have",
            ));
        }
        if value.chars().any(|c| c != '\t' && c.is_ascii_control()) {
            return Err(refused(&format!(
                "the header `{name:.40}` has line breaks or control characters"
            )));
        }
        match self.0.iter_mut().find(|(other, _)| *other == name) {
            Some((_, all)) => {
                all.push_str(if name == "cookie" { "; " } else { ", " });
                all.push_str(value);
            }
            None => self.0.push((name, value.to_owned())),
        }
        Ok(())
    }

    /// Sets a header unless it is there.
    pub(crate) fn set_default(&mut self, name: &str, value: &str) {
        if !self.0.iter().any(|(other, _)| other == name) {
            self.0.push((name.to_owned(), value.to_owned()));
        }
    }

    /// What is sent: without headers that are the connection's business, and asking for nothing compressed.
    ///
    /// # Errors
    /// `invalid_arguments` if they are too large.
    pub(crate) fn finish(mut self) -> Result<Vec<(String, String)>, ServiceError> {
        self.set_default("accept", "*/*");
        let mut headers = self.0;
        headers.retain(|(name, _)| !is_of_the_connection(name) && name != "accept-encoding");
        headers.push(("accept-encoding".to_owned(), "identity".to_owned()));
        let bytes: usize = headers
            .iter()
            .map(|(name, value)| name.len() + value.len())
            .sum();
        match bytes <= BYTES {
            true => Ok(headers),
            false => Err(refused(&format!(
                "the headers may have at most {BYTES} bytes"
            ))),
        }
    }
}

/// What must not follow a redirect to another origin.
const OF_THE_ORIGIN: [&str; 2] = ["authorization", "cookie"];

/// What tells of a body.
const OF_THE_BODY: [&str; 4] = [
    "content-encoding",
    "content-language",
    "content-location",
    "content-type",
];

/// Leaves out what was meant for the origin alone that the request was made to.
pub(crate) fn leave_origin(headers: &mut Vec<(String, String)>) {
    headers.retain(|(name, _)| !OF_THE_ORIGIN.contains(&name.as_str()));
}

/// Leaves out what tells of a body that is no longer there.
pub(crate) fn drop_body(headers: &mut Vec<(String, String)>) {
    headers.retain(|(name, _)| !OF_THE_BODY.contains(&name.as_str()));
}
