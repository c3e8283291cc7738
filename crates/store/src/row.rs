//! Reading rows: columns by their names.

use std::fmt::Display;
use std::rc::Rc;
use std::str::FromStr;

use serde::de::DeserializeOwned;

use crate::{Error, Result};

/// A value of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// `NULL`
    Null,
    /// An integer or a boolean.
    Integer(i64),
    /// Text, or what is read as text.
    Text(String),
    /// Bytes.
    Blob(Vec<u8>),
}

/// Refuses a text that some backend does not keep, so that all refuse the same.
pub(crate) fn refuse_nul(text: &str) -> Result<()> {
    match text.contains('\0') {
        true => Err(Error::NulInText),
        false => Ok(()),
    }
}

/// A text with each NUL made visible, for texts of others that must be kept whatever they hold.
pub(crate) fn without_nul(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

/// A row of an answer.
#[derive(Debug)]
pub struct Row {
    columns: Rc<[String]>,
    values: Vec<Value>,
}

impl Row {
    /// A row of an answer with these columns.
    #[must_use]
    pub fn new(columns: &Rc<[String]>, values: Vec<Value>) -> Self {
        Self {
            columns: Rc::clone(columns),
            values,
        }
    }

    /// All values, in the order of the columns.
    #[must_use]
    pub fn values(&self) -> &[Value] {
        &self.values
    }

    /// Takes a column out of the row: it is read once.
    pub(crate) fn get<'a>(&mut self, column: &'a str) -> Field<'a> {
        let place = self.columns.iter().position(|name| name == column);
        let value = place.and_then(|place| self.values.get_mut(place));
        Field {
            column,
            value: value.map(|value| std::mem::replace(value, Value::Null)),
        }
    }

    /// The first column, for answers that have no other.
    pub(crate) fn only(self) -> Field<'static> {
        Field {
            column: "only",
            value: self.values.into_iter().next(),
        }
    }
}

/// A column of a row.
#[derive(Debug)]
pub(crate) struct Field<'a> {
    column: &'a str,
    /// `None`: the answer has no such column.
    value: Option<Value>,
}

impl Field<'_> {
    fn not(&self, expected: &str) -> Error {
        Error::Unexpected(format!("the column {} is not {expected}", self.column))
    }

    pub(crate) fn opt_text(self) -> Result<Option<String>> {
        match self.value {
            Some(Value::Text(text)) => Ok(Some(text)),
            Some(Value::Null) => Ok(None),
            _ => Err(self.not("text")),
        }
    }

    pub(crate) fn text(self) -> Result<String> {
        match self.value {
            Some(Value::Text(text)) => Ok(text),
            _ => Err(self.not("text")),
        }
    }

    pub(crate) fn opt_int(self) -> Result<Option<i64>> {
        match self.value {
            Some(Value::Integer(integer)) => Ok(Some(integer)),
            Some(Value::Null) => Ok(None),
            _ => Err(self.not("an integer")),
        }
    }

    pub(crate) fn int(self) -> Result<i64> {
        match self.value {
            Some(Value::Integer(integer)) => Ok(integer),
            _ => Err(self.not("an integer")),
        }
    }

    pub(crate) fn boolean(self) -> Result<bool> {
        Ok(self.int()? != 0)
    }

    /// An integer that must fit a smaller type.
    pub(crate) fn number<T: TryFrom<i64>>(self) -> Result<T> {
        let column = self.column;
        T::try_from(self.int()?)
            .map_err(|_| Error::Unexpected(format!("the column {column} is not in range")))
    }

    pub(crate) fn opt_number<T: TryFrom<i64>>(self) -> Result<Option<T>> {
        match self.value {
            Some(Value::Null) => Ok(None),
            _ => self.number().map(Some),
        }
    }

    pub(crate) fn blob(self) -> Result<Vec<u8>> {
        match self.value {
            Some(Value::Blob(bytes)) => Ok(bytes),
            _ => Err(self.not("bytes")),
        }
    }

    pub(crate) fn opt_blob(self) -> Result<Option<Vec<u8>>> {
        match self.value {
            Some(Value::Null) => Ok(None),
            _ => self.blob().map(Some),
        }
    }

    /// Text that is parsed.
    pub(crate) fn parsed<T: FromStr<Err: Display>>(self) -> Result<T> {
        let column = self.column;
        let parsed = self.text()?.parse();
        parsed.map_err(|error| Error::Unexpected(format!("the column {column}: {error}")))
    }

    pub(crate) fn opt_parsed<T: FromStr<Err: Display>>(self) -> Result<Option<T>> {
        match self.value {
            Some(Value::Null) => Ok(None),
            _ => self.parsed().map(Some),
        }
    }

    /// A word of a known set, which `parse` reads.
    pub(crate) fn word<T>(self, parse: impl FnOnce(&str) -> Option<T>) -> Result<T> {
        let word = self.text()?;
        parse(&word).ok_or_else(|| Error::Unexpected(format!("the word {word:?}")))
    }

    /// Text that is JSON of a known shape.
    pub(crate) fn json<T: DeserializeOwned>(self) -> Result<T> {
        from_json(&self.text()?)
    }

    pub(crate) fn opt_json<T: DeserializeOwned>(self) -> Result<Option<T>> {
        self.opt_text()?.map(|text| from_json(&text)).transpose()
    }
}

/// JSON text of the database.
pub(crate) fn from_json<T: DeserializeOwned>(text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|error| Error::Unexpected(format!("a JSON column: {error}")))
}

/// JSON text for the database.
pub(crate) fn to_json<T: serde::Serialize + ?Sized>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|error| Error::Unexpected(error.to_string()))
}
