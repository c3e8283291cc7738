//! Errors in PostgREST's form.

use serde_json::json;

use crate::reply::Reply;

/// Why a request fails.
#[derive(Debug)]
pub(in super::super) struct Failure {
    status: u16,
    code: &'static str,
    message: String,
    details: Option<String>,
    hint: Option<String>,
}

impl Failure {
    pub(super) fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
            details: None,
            hint: None,
        }
    }

    pub(super) fn details(mut self, details: impl Into<String>) -> Self {
        self.details = Some(details.into());
        self
    }

    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    pub(super) fn reply(&self) -> Reply {
        Reply::json(
            self.status,
            &json!({ "code": self.code, "details": self.details, "hint": self.hint, "message": self.message }),
        )
        .with("proxy-status", format!("PostgREST; error={}", self.code))
    }

    /// A parameter of the query cannot be read.
    pub(super) fn syntax(what: &str, text: &str) -> Self {
        Self::new(
            400,
            "PGRST100",
            format!("\"failed to parse {what} ({text})\" (line 1, column 1)"),
        )
        .details("the sandbox cannot read it")
    }

    pub(in super::super) fn no_table<'a>(
        schema: &str,
        name: &str,
        mut known: impl Iterator<Item = &'a &'static str>,
    ) -> Self {
        let failure = Self::new(
            404,
            "PGRST205",
            format!("Could not find the table '{schema}.{name}' in the schema cache"),
        );
        match known.find(|known| known.starts_with(name) || name.starts_with(**known)) {
            Some(near) => failure.hint(format!("Perhaps you meant the table '{schema}.{near}'")),
            None => failure,
        }
    }

    pub(super) fn no_column(table: &str, column: &str) -> Self {
        Self::new(
            400,
            "42703",
            format!("column {table}.{column} does not exist"),
        )
    }

    pub(super) fn bad_input(kind: &str, text: &str) -> Self {
        Self::new(
            400,
            "22P02",
            format!("invalid input syntax for type {kind}: \"{text}\""),
        )
    }

    pub(super) fn not_single(rows: usize) -> Self {
        Self::new(
            406,
            "PGRST116",
            "Cannot coerce the result to a single JSON object",
        )
        .details(format!("The result contains {rows} rows"))
    }
}
