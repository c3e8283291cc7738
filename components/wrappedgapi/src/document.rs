//! A compact discovery document: what a call of one API needs, one line per method, so that a call
//! reads two lines of it and no more.
//!
//! The first line is the [`Api`]. A line `users.messages.list {…}` is a [`Method`] after its name, a
//! line `#Message ["id", …]` the properties of a request body's schema.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What holds for the whole API.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Api {
    /// As in Google's directory of APIs: `gmail`.
    pub name: String,
    /// `v1`, `directory_v1`, …
    pub version: String,
    /// Where the API lives: `https://gmail.googleapis.com/`.
    pub root: String,
    /// What every path but those of uploads begins with after the root; may be empty.
    pub service_path: String,
    /// All scopes of the API; methods refer to them by position.
    pub scopes: Vec<String>,
    /// The parameters that every method takes, such as `fields`.
    pub parameters: BTreeMap<String, Parameter>,
}

/// A method of an API.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Method {
    /// The HTTP method.
    pub verb: String,
    /// The URI template after the service path, such as `users/{userId}/messages`.
    pub path: String,
    /// The method's own parameters.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub parameters: BTreeMap<String, Parameter>,
    /// The schema of the request's body, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// Positions in [`Api::scopes`]: any one of them allows the call.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<usize>,
    /// The URI template after the root for calls with media.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upload: Option<String>,
}

/// A parameter of a method.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Parameter {
    /// It stands in the path; if not, in the query.
    #[serde(default, skip_serializing_if = "is_false")]
    pub path: bool,
    /// `boolean`, `integer` or `number`; `None` for text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// It may be given as a list.
    #[serde(default, skip_serializing_if = "is_false")]
    pub repeated: bool,
    /// It must be given.
    #[serde(default, skip_serializing_if = "is_false")]
    pub required: bool,
    /// The only values that it may have; empty for any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<String>,
    /// What its value must look like: a regular expression. Kept where the value's slashes reach the path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
}

fn is_false(value: &bool) -> bool {
    !value
}

/// A compact document.
#[derive(Debug, Clone)]
pub struct Document(Cow<'static, str>);

impl Document {
    /// The document with this text.
    #[must_use]
    pub fn new(text: impl Into<Cow<'static, str>>) -> Self {
        Self(text.into())
    }

    /// Its first line.
    ///
    /// # Errors
    /// If the text is no compact document.
    pub fn api(&self) -> serde_json::Result<Api> {
        serde_json::from_str(self.0.lines().next().unwrap_or_default())
    }

    /// The method of this name, such as `users.messages.list`; `None` if it does not exist.
    ///
    /// # Errors
    /// If its line is damaged.
    pub fn method(&self, name: &str) -> Option<serde_json::Result<Method>> {
        self.line(name).map(serde_json::from_str)
    }

    /// The names of all methods, in order.
    pub fn methods(&self) -> impl Iterator<Item = &str> {
        let lines = self.0.lines().skip(1);
        lines
            .filter(|line| !line.starts_with('#'))
            .filter_map(|line| Some(line.split_once(' ')?.0))
    }

    /// The names that may stand at the top of a body of this schema; empty if it is unknown.
    #[must_use]
    pub fn properties(&self, schema: &str) -> Vec<String> {
        let line = self.line(&format!("#{schema}"));
        line.and_then(|line| serde_json::from_str(line).ok())
            .unwrap_or_default()
    }

    fn line(&self, key: &str) -> Option<&str> {
        self.0
            .lines()
            .skip(1)
            .find_map(|line| line.strip_prefix(key)?.strip_prefix(' '))
    }
}
