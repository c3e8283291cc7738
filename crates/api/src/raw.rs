//! JSON values that pass through untouched.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::openapi::{RefOr, Schema, schema::SchemaType};
use utoipa::{PartialSchema, ToSchema};

/// Any JSON value, kept as its text: key order and number forms stay as they were written.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RawJson(Box<RawValue>);

impl RawJson {
    /// The value with this text.
    ///
    /// # Errors
    /// If the text is not JSON.
    pub fn parse(text: impl Into<String>) -> serde_json::Result<Self> {
        RawValue::from_string(text.into()).map(Self)
    }

    /// The value of anything that can be serialised.
    ///
    /// # Errors
    /// If it has no JSON form, such as a map whose keys are not strings.
    pub fn of<T: Serialize + ?Sized>(value: &T) -> serde_json::Result<Self> {
        serde_json::value::to_raw_value(value).map(Self)
    }

    /// The empty object.
    #[must_use]
    pub fn empty_object() -> Self {
        Self::constant("{}")
    }

    /// `null`.
    #[must_use]
    pub fn null() -> Self {
        Self::constant("null")
    }

    fn constant(text: &'static str) -> Self {
        Self::parse(text).expect("constant JSON text is well-formed")
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.get()
    }

    /// The text without white space, so that the same value from different senders is the same text.
    ///
    /// # Errors
    /// If a string in it is no Unicode.
    pub fn compact(&self) -> serde_json::Result<String> {
        self.read::<serde_json::Value>()
            .map(|value| value.to_string())
    }

    /// Reads the value as a type.
    ///
    /// # Errors
    /// If it does not have the shape of the type.
    pub fn read<'a, T: Deserialize<'a>>(&'a self) -> serde_json::Result<T> {
        serde_json::from_str(self.as_str())
    }
}

impl PartialEq for RawJson {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl From<RawJson> for String {
    fn from(value: RawJson) -> Self {
        Box::<str>::from(value.0).into()
    }
}

impl PartialSchema for RawJson {
    fn schema() -> RefOr<Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(SchemaType::AnyValue)
            .description(Some("Any JSON value"))
            .into()
    }
}

impl ToSchema for RawJson {}
