//! Reading rows: column by column, from left to right.

use std::fmt::Display;
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

/// Refuses a text that not every backend keeps: so all refuse the same.
pub(crate) fn refuse_nul(text: &str) -> Result<()> {
    match text.contains('\0') {
        true => Err(Error::NulInText),
        false => Ok(()),
    }
}

/// A text with each NUL shown as what it is, where a text of others must be kept whatever it holds.
pub(crate) fn without_nul(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

/// A row of an answer. Each reading takes the next column.
#[derive(Debug)]
pub struct Row {
    values: std::vec::IntoIter<Value>,
}

impl Row {
    /// A row of these columns.
    #[must_use]
    pub fn new(values: Vec<Value>) -> Self {
        Self {
            values: values.into_iter(),
        }
    }

    /// The next column, whatever it is.
    ///
    /// # Errors
    /// If there is none.
    pub fn value(&mut self) -> Result<Value> {
        self.values
            .next()
            .ok_or_else(|| Error::Unexpected("a row has too few columns".to_owned()))
    }

    /// The columns that have not been read.
    #[must_use]
    pub fn columns(&self) -> &[Value] {
        self.values.as_slice()
    }

    /// Whether all columns are `NULL`, whatever the last one is.
    pub(crate) fn is_null_but_for_the_last(&self) -> bool {
        let columns = self.columns().split_last();
        columns.is_some_and(|(_, columns)| columns.iter().all(|value| *value == Value::Null))
    }

    pub(crate) fn opt_text(&mut self) -> Result<Option<String>> {
        match self.value()? {
            Value::Text(text) => Ok(Some(text)),
            Value::Null => Ok(None),
            Value::Integer(_) | Value::Blob(_) => Err(not("text")),
        }
    }

    pub(crate) fn text(&mut self) -> Result<String> {
        self.opt_text()?.ok_or_else(|| not("text"))
    }

    pub(crate) fn opt_int(&mut self) -> Result<Option<i64>> {
        match self.value()? {
            Value::Integer(integer) => Ok(Some(integer)),
            Value::Null => Ok(None),
            Value::Text(_) | Value::Blob(_) => Err(not("an integer")),
        }
    }

    pub(crate) fn int(&mut self) -> Result<i64> {
        self.opt_int()?.ok_or_else(|| not("an integer"))
    }

    pub(crate) fn boolean(&mut self) -> Result<bool> {
        Ok(self.int()? != 0)
    }

    /// An integer that must fit a smaller type.
    pub(crate) fn number<T: TryFrom<i64>>(&mut self) -> Result<T> {
        T::try_from(self.int()?).map_err(|_| not("in range"))
    }

    pub(crate) fn opt_number<T: TryFrom<i64>>(&mut self) -> Result<Option<T>> {
        self.opt_int()?
            .map(|integer| T::try_from(integer).map_err(|_| not("in range")))
            .transpose()
    }

    pub(crate) fn blob(&mut self) -> Result<Vec<u8>> {
        self.opt_blob()?.ok_or_else(|| not("bytes"))
    }

    pub(crate) fn opt_blob(&mut self) -> Result<Option<Vec<u8>>> {
        match self.value()? {
            Value::Blob(bytes) => Ok(Some(bytes)),
            Value::Null => Ok(None),
            Value::Text(_) | Value::Integer(_) => Err(not("bytes")),
        }
    }

    /// Text that is parsed.
    pub(crate) fn parsed<T: FromStr<Err: Display>>(&mut self) -> Result<T> {
        self.opt_parsed()?.ok_or_else(|| not("an id"))
    }

    pub(crate) fn opt_parsed<T: FromStr<Err: Display>>(&mut self) -> Result<Option<T>> {
        self.opt_text()?
            .map(|text| text.parse())
            .transpose()
            .map_err(|error| Error::Unexpected(format!("an id: {error}")))
    }

    /// A word of a known set, which `parse` reads.
    pub(crate) fn word<T>(&mut self, parse: impl FnOnce(&str) -> Option<T>) -> Result<T> {
        let word = self.text()?;
        parse(&word).ok_or_else(|| Error::Unexpected(format!("the word {word:?}")))
    }

    /// Passes over columns.
    pub(crate) fn skip(&mut self, columns: usize) -> Result<()> {
        (0..columns).try_for_each(|_| self.value().map(drop))
    }

    /// Text that is JSON of a known shape.
    pub(crate) fn json<T: DeserializeOwned>(&mut self) -> Result<T> {
        from_json(&self.text()?)
    }

    pub(crate) fn opt_json<T: DeserializeOwned>(&mut self) -> Result<Option<T>> {
        self.opt_text()?.map(|text| from_json(&text)).transpose()
    }
}

fn not(expected: &str) -> Error {
    Error::Unexpected(format!("a column is not {expected}"))
}

/// JSON text of the database.
pub(crate) fn from_json<T: DeserializeOwned>(text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|error| Error::Unexpected(format!("a JSON column: {error}")))
}

/// JSON text for the database.
pub(crate) fn to_json<T: serde::Serialize + ?Sized>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|error| Error::Unexpected(error.to_string()))
}
