//! What a token allows.

use serde_json::Value;
use tasker_domain::wire::ServiceError;
use tasker_service::invalid;
use tasker_settings::{SCOPE_BYTES_MAX, SCOPES_MAX};

use crate::document::{Api, Method};

/// A set of scopes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Scopes(Vec<String>);

impl Scopes {
    /// Reads a list, or a string with spaces or commas between scopes.
    ///
    /// # Errors
    /// `invalid_arguments` if it is neither, or empty.
    pub(crate) fn read(value: &Value) -> Result<Self, ServiceError> {
        let wrong = || {
            invalid(
                "scopes are a list of strings such as \"https://www.googleapis.com/auth/drive.readonly\"",
            )
        };
        let scopes = match value {
            Value::String(text) => Self::parse(text),
            Value::Array(items) => {
                let items: Option<Vec<&str>> = items.iter().map(Value::as_str).collect();
                Self::parse(&items.ok_or_else(wrong)?.join(" "))
            }
            _ => None,
        };
        scopes
            .filter(|scopes| !scopes.0.is_empty())
            .ok_or_else(wrong)
    }

    /// Reads the setting `google_scopes`; `None` if it is empty or cannot be read.
    pub(crate) fn setting(text: &str) -> Option<Self> {
        Self::parse(text).filter(|scopes| !scopes.0.is_empty())
    }

    fn parse(text: &str) -> Option<Self> {
        let mut scopes: Vec<String> = text
            .split(|c: char| c == ',' || c.is_whitespace())
            .filter(|scope| !scope.is_empty())
            .map(str::to_owned)
            .collect();
        scopes.sort_unstable();
        scopes.dedup();
        let usable = |scope: &String| {
            scope.len() <= SCOPE_BYTES_MAX && scope.bytes().all(|byte| byte.is_ascii_graphic())
        };
        (scopes.len() <= SCOPES_MAX && scopes.iter().all(usable)).then_some(Self(scopes))
    }

    /// What a call of `method` needs: one of the scopes that its document names, any of which is
    /// enough. Of reading ones the shortest `….readonly`, else the shortest that allows to write;
    /// scopes of other products (`drive` for sheets, `cloud-platform`) and the one to all of the mail
    /// only if there is no other. So the choice is narrow, the same for most methods of an API, and
    /// one that administrators know.
    pub(crate) fn of(api: &Api, method: &Method) -> Self {
        let scopes = method
            .scopes
            .iter()
            .filter_map(|index| api.scopes.get(*index));
        let reads = method.verb == "GET";
        let rank = |scope: &&String| {
            let name = scope.strip_prefix("https://www.googleapis.com/auth/");
            let product = name
                .unwrap_or_default()
                .split('.')
                .next()
                .unwrap_or_default();
            let foreign = match product {
                "drive" => api.name != "drive",
                "cloud-platform" | "" => true,
                _ => false,
            };
            let readonly = scope.ends_with(".readonly");
            (foreign, readonly != reads, scope.len())
        };
        Self(scopes.min_by_key(rank).cloned().into_iter().collect())
    }

    /// As the token endpoint wants them.
    pub(crate) fn joined(&self) -> String {
        self.0.join(" ")
    }

    /// One by one.
    pub(crate) fn list(&self) -> &[String] {
        &self.0
    }
}
