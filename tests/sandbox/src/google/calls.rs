//! One call of a method.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::access::{self, Who};
use super::discovery::{Api, Method, Values};
use super::media::Media;
use super::{State, directory, fields, generic, gmail, sheets};
use crate::reply::Reply;
use crate::request::Request;

/// One call of a method.
pub(crate) struct Call<'a> {
    pub(crate) api: &'a Api,
    pub(crate) method: &'a Method,
    /// The path's parameters.
    pub(crate) values: Values,
    pub(crate) request: &'a Request,
    pub(crate) body: Value,
    pub(crate) media: Option<Media>,
    pub(crate) who: Who,
}

/// What a call gives.
pub(crate) enum Answer {
    /// An object, of which the caller may have asked for some fields only.
    Value(Value),
    /// Nothing: status 204.
    Nothing,
    /// Anything else.
    Reply(Reply),
}

impl Call<'_> {
    /// A parameter of the path.
    pub(crate) fn value(&self, name: &str) -> &str {
        self.values
            .iter()
            .find(|(other, _)| other == name)
            .map_or("", |(_, value)| value)
    }

    pub(crate) fn answer(&self, state: &mut State) -> Reply {
        match self.make(state) {
            Ok(Answer::Value(value)) => Reply::ok(&match self.request.param("fields") {
                Some(mask) => fields::select(&value, mask),
                None => value,
            }),
            Ok(Answer::Nothing) => Reply::empty(204),
            Ok(Answer::Reply(reply)) | Err(reply) => reply,
        }
    }

    fn make(&self, state: &mut State) -> Result<Answer, Reply> {
        if self.method.id.starts_with("gmail.") {
            return gmail::answer(self, &mut state.mail);
        }
        if self.method.id.starts_with("sheets.") {
            return sheets::answer(self, &mut state.store);
        }
        directory::check(self)?;
        generic::answer(self, &mut state.store)
    }

    /// A page of a list, as its parameters ask for it, and the token of the next one.
    pub(crate) fn page(
        &self,
        items: Vec<Value>,
        usual: usize,
    ) -> Result<(Vec<Value>, Option<String>), Reply> {
        let size = self
            .request
            .number("maxResults")
            .or_else(|| self.request.number("pageSize"))
            .unwrap_or(usual)
            .max(1);
        let begin = match self.request.param("pageToken") {
            None | Some("") => 0,
            Some(token) => read_token(token).ok_or_else(|| access::invalid("Invalid pageToken"))?,
        };
        let next = (begin + size < items.len()).then(|| token(begin + size));
        Ok((items.into_iter().skip(begin).take(size).collect(), next))
    }

    /// An object with the answer's `kind`, if its schema names one.
    pub(crate) fn shell(&self) -> Value {
        let mut shell = json!({});
        let Some(schema) = self.response() else {
            return shell;
        };
        if let Some(kind) = schema.get("kind").and_then(|kind| kind["default"].as_str()) {
            shell["kind"] = json!(kind);
        }
        if schema.contains_key("etag") {
            shell["etag"] = json!("\"sandbox\"");
        }
        shell
    }

    /// The properties of the answer's schema.
    pub(crate) fn response(&self) -> Option<&serde_json::Map<String, Value>> {
        self.api.schema(self.method.response.as_deref()?)
    }
}

fn token(begin: usize) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(format!("sandbox page {begin}"))
}

fn read_token(token: &str) -> Option<usize> {
    let text = String::from_utf8(BASE64_URL_SAFE_NO_PAD.decode(token).ok()?).ok()?;
    text.strip_prefix("sandbox page ")?.parse().ok()
}
