//! The kinds of content that requests and answers have.

use std::marker::PhantomData;

use http::StatusCode;
use serde::de::DeserializeOwned;
use tasker_api::BODY_MAX_BYTES;
use utoipa::ToSchema;
use utoipa::openapi::schema::{ArrayBuilder, Type};
use utoipa::openapi::{ComponentsBuilder, ObjectBuilder, Ref, RefOr, Schema};

use crate::error::Result;
use crate::request::Request;

/// Schemas that are added to the OpenAPI document.
pub(crate) type Schemas = &'static [fn(ComponentsBuilder) -> ComponentsBuilder];

/// Media type and schema; `None`: there is no body.
pub(crate) type Described = Option<(&'static str, RefOr<Schema>)>;

/// What the body of a request or of an answer is.
pub(crate) trait Content {
    /// That of an answer with this status; of a request whatever the status.
    fn content(status: StatusCode) -> Described;

    fn add_schemas(components: ComponentsBuilder) -> ComponentsBuilder {
        components
    }
}

/// What the body of a request is, and how it is read.
pub(crate) trait RequestBody: Content {
    type Value;
    const REQUIRED: bool = true;

    async fn read(request: &mut Request) -> Result<Self::Value>;
}

/// No content.
pub(crate) struct Nothing;

/// JSON; that of a request has at most `MAX` bytes.
pub(crate) struct Json<T, const MAX: usize = BODY_MAX_BYTES>(PhantomData<T>);

/// JSON that a request can do without.
pub(crate) struct OptionalJson<T>(PhantomData<T>);

/// A page of a list, as JSON.
pub(crate) struct List<T>(PhantomData<T>);

impl Content for Nothing {
    fn content(_: StatusCode) -> Described {
        None
    }
}

impl<T: ToSchema, const MAX: usize> Content for Json<T, MAX> {
    fn content(_: StatusCode) -> Described {
        Some(("application/json", reference::<T>()))
    }

    fn add_schemas(components: ComponentsBuilder) -> ComponentsBuilder {
        add_schema::<T>(components)
    }
}

impl<T: ToSchema> Content for OptionalJson<T> {
    fn content(status: StatusCode) -> Described {
        Json::<T>::content(status)
    }

    fn add_schemas(components: ComponentsBuilder) -> ComponentsBuilder {
        add_schema::<T>(components)
    }
}

impl<T: ToSchema> Content for List<T> {
    fn content(_: StatusCode) -> Described {
        Some(("application/json", page_of(reference::<T>())))
    }

    fn add_schemas(components: ComponentsBuilder) -> ComponentsBuilder {
        add_schema::<T>(components)
    }
}

impl RequestBody for Nothing {
    type Value = ();

    async fn read(_: &mut Request) -> Result<()> {
        Ok(())
    }
}

impl<T: DeserializeOwned + ToSchema, const MAX: usize> RequestBody for Json<T, MAX> {
    type Value = T;

    async fn read(request: &mut Request) -> Result<T> {
        request.json(MAX).await
    }
}

impl<T: DeserializeOwned + Default + ToSchema> RequestBody for OptionalJson<T> {
    type Value = T;
    const REQUIRED: bool = false;

    async fn read(request: &mut Request) -> Result<T> {
        request.optional_json(BODY_MAX_BYTES).await
    }
}

/// Adds a type's schema, and those that it refers to.
pub(crate) fn add_schema<T: ToSchema>(components: ComponentsBuilder) -> ComponentsBuilder {
    let mut inner = Vec::new();
    T::schemas(&mut inner);
    components
        .schema(T::name(), T::schema())
        .schemas_from_iter(inner)
}

pub(crate) fn reference<T: ToSchema>() -> RefOr<Schema> {
    Ref::from_schema_name(T::name()).into()
}

/// The schema of a text, or of anything else of one type.
pub(crate) fn of_type(kind: Type) -> RefOr<Schema> {
    Schema::from(ObjectBuilder::new().schema_type(kind).build()).into()
}

/// One page of a list.
pub(crate) fn page_of(items: RefOr<Schema>) -> RefOr<Schema> {
    ObjectBuilder::new()
        .property("items", ArrayBuilder::new().items(items))
        .required("items")
        .property(
            "nextCursor",
            ObjectBuilder::new()
                .schema_type(Type::String)
                .description(Some(
                    "Asks for the next page as `cursor`; absent on the last one",
                )),
        )
        .into()
}
