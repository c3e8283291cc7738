//! Values between components and the database: numbers, text, bytes, UUIDs, JSON and arrays. The types
//! for dates, decimals, ranges and intervals are not supported.

use bytes::BytesMut;
use serde_json::Value as JsonValue;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};
use tokio_postgres::{Error as PgError, Row};
use uuid::Uuid;

use crate::bindings::spin::postgres::postgres::{DbDataType, DbValue, Error, ParameterValue};

/// A parameter as the driver takes it, and its type.
pub(super) type Parameter = (Box<dyn ToSql + Send + Sync>, Type);

pub(super) fn parameters(values: Vec<ParameterValue>) -> Result<Vec<Parameter>, Error> {
    values.into_iter().map(parameter).collect()
}

fn parameter(value: ParameterValue) -> Result<Parameter, Error> {
    let bad = |what: &str, error: &dyn std::fmt::Display| {
        Error::BadParameter(format!("invalid {what}: {error}"))
    };
    Ok(match value {
        ParameterValue::Boolean(value) => (Box::new(value), Type::BOOL),
        ParameterValue::Int8(value) => (Box::new(i16::from(value)), Type::INT2),
        ParameterValue::Int16(value) => (Box::new(value), Type::INT2),
        ParameterValue::Int32(value) => (Box::new(value), Type::INT4),
        ParameterValue::Int64(value) => (Box::new(value), Type::INT8),
        ParameterValue::Floating32(value) => (Box::new(value), Type::FLOAT4),
        ParameterValue::Floating64(value) => (Box::new(value), Type::FLOAT8),
        ParameterValue::Str(value) => (Box::new(value), Type::TEXT),
        ParameterValue::Binary(value) => (Box::new(value), Type::BYTEA),
        ParameterValue::Uuid(value) => {
            let value = Uuid::parse_str(&value).map_err(|error| bad("UUID", &error))?;
            (Box::new(value), Type::UUID)
        }
        ParameterValue::Jsonb(value) => {
            let value = serde_json::from_slice::<JsonValue>(&value);
            let value = value.map_err(|error| bad("JSON", &error))?;
            (Box::new(value), Type::JSONB)
        }
        ParameterValue::ArrayInt32(values) => (Box::new(values), Type::INT4_ARRAY),
        ParameterValue::ArrayInt64(values) => (Box::new(values), Type::INT8_ARRAY),
        ParameterValue::ArrayStr(values) => (Box::new(values), Type::TEXT_ARRAY),
        // The server takes what the statement wants for it.
        ParameterValue::DbNull => (Box::new(Null), Type::UNKNOWN),
        _ => {
            return Err(Error::BadParameter(
                "a parameter of this type is not supported by the embedded runtime; run the application with Spin".to_owned(),
            ));
        }
    })
}

pub(super) fn read(row: &Row, column: usize) -> Result<DbValue, PgError> {
    match *row.columns()[column].type_() {
        Type::BOOL => get(row, column, DbValue::Boolean),
        Type::BYTEA => get(row, column, DbValue::Binary),
        Type::FLOAT4 => get(row, column, DbValue::Floating32),
        Type::FLOAT8 => get(row, column, DbValue::Floating64),
        Type::INT2 => get(row, column, DbValue::Int16),
        Type::INT4 => get(row, column, DbValue::Int32),
        Type::INT8 => get(row, column, DbValue::Int64),
        Type::TEXT | Type::VARCHAR | Type::BPCHAR => get(row, column, DbValue::Str),
        Type::UUID => get(row, column, |value: Uuid| DbValue::Uuid(value.to_string())),
        Type::JSONB => get(row, column, |value: JsonValue| {
            DbValue::Jsonb(value.to_string().into_bytes())
        }),
        Type::INT4_ARRAY => get(row, column, DbValue::ArrayInt32),
        Type::INT8_ARRAY => get(row, column, DbValue::ArrayInt64),
        Type::TEXT_ARRAY | Type::VARCHAR_ARRAY | Type::BPCHAR_ARRAY => {
            get(row, column, DbValue::ArrayStr)
        }
        _ => get(row, column, |Raw(bytes)| DbValue::Unsupported(bytes)),
    }
}

fn get<'a, T: FromSql<'a>>(
    row: &'a Row,
    column: usize,
    wrap: impl FnOnce(T) -> DbValue,
) -> Result<DbValue, PgError> {
    let value: Option<T> = row.try_get(column)?;
    Ok(value.map_or(DbValue::DbNull, wrap))
}

pub(super) fn data_type(kind: &Type) -> DbDataType {
    match *kind {
        Type::BOOL => DbDataType::Boolean,
        Type::BYTEA => DbDataType::Binary,
        Type::FLOAT4 => DbDataType::Floating32,
        Type::FLOAT8 => DbDataType::Floating64,
        Type::INT2 => DbDataType::Int16,
        Type::INT4 => DbDataType::Int32,
        Type::INT8 => DbDataType::Int64,
        Type::TEXT | Type::VARCHAR | Type::BPCHAR => DbDataType::Str,
        Type::UUID => DbDataType::Uuid,
        Type::JSONB => DbDataType::Jsonb,
        Type::INT4_ARRAY => DbDataType::ArrayInt32,
        Type::INT8_ARRAY => DbDataType::ArrayInt64,
        Type::TEXT_ARRAY | Type::VARCHAR_ARRAY | Type::BPCHAR_ARRAY => DbDataType::ArrayStr,
        _ => DbDataType::Other(kind.name().to_owned()),
    }
}

/// `NULL` of any type.
#[derive(Debug)]
struct Null;

impl ToSql for Null {
    fn to_sql(
        &self,
        _: &Type,
        _: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        Ok(IsNull::Yes)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// A value of any type, as the server sends it.
struct Raw(Vec<u8>);

impl<'a> FromSql<'a> for Raw {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(Self(raw.to_vec()))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}
