//! Schemas of domain types, for the OpenAPI document.

use tasker_domain::access::Role;
use tasker_domain::{
    CatchUp, LogLevel, Origin, Overlap, RunStatus, StackStatus, StopCause, WhySkipped,
};
use utoipa::openapi::schema::{Array, Object, SchemaType, Type};
use utoipa::openapi::{ArrayBuilder, ObjectBuilder, SchemaFormat};

/// That of an id.
#[must_use]
pub fn id() -> Object {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .format(Some(SchemaFormat::Custom("uuid".to_owned())))
        .build()
}

pub(crate) fn id_or_null() -> Object {
    ObjectBuilder::new()
        .schema_type(SchemaType::from_iter([Type::String, Type::Null]))
        .format(Some(SchemaFormat::Custom("uuid".to_owned())))
        .build()
}

pub(crate) fn run_status_or_null() -> Object {
    let words = RunStatus::ALL.iter().map(|status| Some(status.as_str()));
    ObjectBuilder::new()
        .schema_type(SchemaType::from_iter([Type::String, Type::Null]))
        .enum_values(Some(words.chain([None])))
        .build()
}

pub(crate) fn ids() -> Array {
    ArrayBuilder::new().items(id()).build()
}

pub(crate) fn roles() -> Array {
    let words = words(Role::ALL.iter().map(|role| role.as_str()));
    ArrayBuilder::new().items(words).build()
}

pub(crate) fn run_status() -> Object {
    words(RunStatus::ALL.iter().map(|status| status.as_str()))
}

pub(crate) fn stack_status() -> Object {
    words(StackStatus::ALL.iter().map(|status| status.as_str()))
}

pub(crate) fn stop_cause() -> Object {
    words(StopCause::ALL.iter().map(|cause| cause.as_str()))
}

pub(crate) fn log_level() -> Object {
    words(LogLevel::ALL.iter().map(|level| level.as_str()))
}

pub(crate) fn origin() -> Object {
    words(Origin::ALL.iter().map(|origin| origin.as_str()))
}

pub(crate) fn overlap() -> Object {
    words(Overlap::ALL.iter().map(|overlap| overlap.as_str()))
}

pub(crate) fn catch_up() -> Object {
    words(CatchUp::ALL.iter().map(|catch_up| catch_up.as_str()))
}

pub(crate) fn why_skipped() -> Object {
    words(WhySkipped::ALL.iter().map(|why| why.as_str()))
}

fn words<I: IntoIterator<Item = &'static str>>(all: I) -> Object {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(all))
        .build()
}
