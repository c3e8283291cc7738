//! What the store asks of a PostgreSQL driver, and how it uses one.

use serde::Serialize;

use crate::postgres::statement::Statement;
use crate::postgres::{Trouble, install};
use crate::row::{Field, Row, refuse_nul, to_json};
use crate::{Error, Result};

/// A parameter of a statement. Its type must be the one that the statement wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Param {
    /// `NULL` of any type
    Null,
    /// `BOOLEAN`
    Boolean(bool),
    /// `BIGINT`
    Integer(i64),
    /// `TEXT`
    Text(String),
    /// `BYTEA`
    Bytes(Vec<u8>),
    /// `UUID`, in its text form
    Uuid(String),
    /// `BIGINT[]`
    Integers(Vec<i64>),
    /// `TEXT[]`
    Texts(Vec<Option<String>>),
}

/// Why a statement failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// The server refused it, and it had no effect.
    Refused {
        /// The SQLSTATE.
        code: String,
        /// What the server says.
        message: String,
    },
    /// There is no connection or it broke: whether the statement had an effect is not known.
    Broken(String),
    /// A value does not have the type that was expected.
    Value(String),
}

/// A connection to a PostgreSQL database. No transaction is ever open between statements, and no
/// setting of the session is changed: it may be another session for each statement.
pub trait Connection {
    /// Makes one call and answers all its rows.
    ///
    /// # Errors
    /// As the server or the driver says.
    fn query(
        &self,
        statement: &Statement,
        params: &[Param],
    ) -> std::result::Result<Vec<Row>, Failure>;

    /// Executes one statement of which no row is wanted.
    ///
    /// # Errors
    /// As the server or the driver says.
    fn execute(&self, sql: &str) -> std::result::Result<(), Failure>;
}

/// What the store's functions raise when a lease has passed on.
pub(super) const LEASE_LOST: &str = "TK001";
/// What the installation raises when this build cannot use the database.
pub(super) const UNSUITABLE: &str = "TK002";
/// What the store's functions raise when a frame has not been told that its run is being stopped.
pub(super) const STOPPING: &str = "TK003";

/// The SQLSTATE of a server whose disk is full.
const DISK_FULL: &str = "53100";
/// Those of damaged tables and indexes.
const DAMAGED: [&str; 2] = ["XX001", "XX002"];
/// What the server says when the role may not do something.
const DENIED: &str = "42501";

/// How often a statement is tried if others are in the way.
const TRIES: u32 = 6;

/// What every operation does with a connection. A call is one statement, which is one transaction.
pub(super) trait Call: Connection {
    /// Makes a call. If this build's functions are not there, they are installed.
    fn ask(&self, statement: &Statement, params: &[Param]) -> Result<Vec<Row>> {
        check(params)?;
        let mut tries = 1;
        loop {
            match self.query(statement, params) {
                Ok(rows) => return statement.read(rows),
                Err(failure) if failure.is_not_installed() && tries < TRIES => {
                    install::install(self)?;
                }
                Err(failure) if failure.is_passing() && tries < TRIES => {}
                Err(failure) => return Err(failure.during(statement.function())),
            }
            tries += 1;
        }
    }

    /// Calls a function that answers a set.
    fn call(&self, function: &'static str, params: &[Param]) -> Result<Vec<Row>> {
        self.ask(&Statement::set(function, params.len()), params)
    }

    /// Calls a function that answers a set of at most one row.
    fn one(&self, function: &'static str, params: &[Param]) -> Result<Option<Row>> {
        Ok(self.call(function, params)?.into_iter().next())
    }

    /// Calls a function that answers a set of one row.
    fn row(&self, function: &'static str, params: &[Param]) -> Result<Row> {
        self.one(function, params)?.ok_or_else(|| nothing(function))
    }

    /// Calls a function that answers one value.
    fn value(&self, function: &'static str, params: &[Param]) -> Result<Field<'static>> {
        let rows = self.ask(&Statement::value(function, params.len()), params)?;
        let row = rows.into_iter().next().ok_or_else(|| nothing(function))?;
        Ok(row.only())
    }

    /// Calls a function that answers whether a lease holds.
    fn leased(&self, function: &'static str, params: &[Param]) -> Result<()> {
        match self.value(function, params)?.boolean()? {
            true => Ok(()),
            false => Err(Error::LeaseLost),
        }
    }
}

fn nothing(function: &str) -> Error {
    Error::Unexpected(format!("{function} answers nothing"))
}

impl<C: Connection + ?Sized> Call for C {}

/// Refuses what the database would: it keeps no NUL in a text.
fn check(params: &[Param]) -> Result<()> {
    params.iter().try_for_each(|param| match param {
        Param::Text(text) => refuse_nul(text),
        Param::Texts(texts) => texts.iter().flatten().try_for_each(|text| refuse_nul(text)),
        _ => Ok(()),
    })
}

impl Failure {
    fn code(&self) -> &str {
        match self {
            Self::Refused { code, .. } => code,
            Self::Broken(_) | Self::Value(_) => "",
        }
    }

    /// Whether this build's schema (`3F000`) or one of its functions (`42883`) is missing.
    fn is_not_installed(&self) -> bool {
        matches!(self.code(), "3F000" | "42883")
    }

    /// The error of an operation that this has ended. Where perhaps nobody did anything wrong, it names what was asked.
    pub(super) fn during(self, what: &str) -> Error {
        match Error::from(self) {
            Error::Unavailable(reason) => Error::Unavailable(format!("{what}: {reason}")),
            error => error,
        }
    }

    /// Whether others were in the way (serialisation, deadlock) and trying again may help.
    fn is_passing(&self) -> bool {
        matches!(self.code(), "40001" | "40P01")
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Refused { code, .. } if code == LEASE_LOST => Self::LeaseLost,
            Failure::Refused { code, .. } if code == STOPPING => Self::Stopping,
            Failure::Refused { code, message } if code == UNSUITABLE => Self::Unexpected(message),
            // Broken constraints and values that the database does not take.
            Failure::Refused { code, message }
                if code.starts_with("23") || code.starts_with("22") =>
            {
                Self::Unexpected(message)
            }
            Failure::Refused { code, message } if code == DISK_FULL => Self::Full(message),
            Failure::Refused { code, message } if DAMAGED.contains(&code.as_str()) => {
                Self::Damaged(message)
            }
            Failure::Refused { code, message } if code == DENIED => Self::Unusable {
                trouble: Trouble::Rights,
                reason: message,
            },
            Failure::Refused { code, message } => Self::Unavailable(format!("{message} ({code})")),
            Failure::Broken(message) => Self::Unavailable(message),
            Failure::Value(message) => Self::Unexpected(message),
        }
    }
}

macro_rules! from_integer {
    ($($type:ty),+) => {$(
        impl From<$type> for Param {
            fn from(value: $type) -> Self {
                Self::Integer(i64::from(value))
            }
        }
    )+};
}

from_integer!(i64, i32, u32);

impl From<bool> for Param {
    fn from(value: bool) -> Self {
        Self::Boolean(value)
    }
}

impl From<&str> for Param {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<String> for Param {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

impl From<&tasker_domain::Path> for Param {
    fn from(value: &tasker_domain::Path) -> Self {
        Self::from(value.as_str())
    }
}

impl From<&[u8]> for Param {
    fn from(value: &[u8]) -> Self {
        Self::Bytes(value.to_vec())
    }
}

impl From<tasker_domain::RunId> for Param {
    fn from(value: tasker_domain::RunId) -> Self {
        Self::Uuid(value.to_string())
    }
}

impl From<tasker_domain::StackRunId> for Param {
    fn from(value: tasker_domain::StackRunId) -> Self {
        Self::Uuid(value.to_string())
    }
}

impl<T: Into<Param>> From<Option<T>> for Param {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// A column of many rows that go into a statement as arrays.
pub(super) fn integers(values: impl IntoIterator<Item = i64>) -> Param {
    Param::Integers(values.into_iter().collect())
}

/// A column of texts.
pub(super) fn texts<T: Into<String>>(values: impl IntoIterator<Item = Option<T>>) -> Param {
    Param::Texts(
        values
            .into_iter()
            .map(|value| value.map(Into::into))
            .collect(),
    )
}

/// A structure that a function takes as JSON text.
pub(crate) fn json<T: Serialize>(value: &T) -> Result<Param> {
    let text = to_json(value)?;
    let escapes = text.match_indices("\\u0000");
    let is_nul = |at: usize| {
        text[..at]
            .bytes()
            .rev()
            .take_while(|byte| *byte == b'\\')
            .count()
            % 2
            == 0
    };
    match escapes.map(|(at, _)| at).any(is_nul) {
        true => Err(Error::NulInText),
        false => Ok(Param::Text(text)),
    }
}

/// The parameters of a statement.
macro_rules! params {
    ($($value:expr),* $(,)?) => {
        &[$($crate::postgres::Param::from($value)),*]
    };
}
pub(crate) use params;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_structure_with_nul_in_a_text_is_refused() {
        for text in ["a\0", "\0", "\\\0", "\\\\\0"] {
            assert!(matches!(json(&[text]), Err(Error::NulInText)), "{text:?}");
        }
        for text in [
            "\\u0000",
            "\\\\u0000",
            "{\"a\":\"\\u0000\"}",
            "u0000",
            "\u{1}",
        ] {
            let kept = Param::Text(to_json(&[text]).unwrap());
            assert_eq!(json(&[text]).unwrap(), kept);
        }
    }
}
