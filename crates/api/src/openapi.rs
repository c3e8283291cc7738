//! The OpenAPI document, made from the routes, the types and the error codes.

mod describe;

use tasker_domain::ErrorCode;
use utoipa::ToSchema;
use utoipa::openapi::path::{
    HttpMethod, OperationBuilder, Parameter, ParameterBuilder, ParameterIn,
};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{
    Components, ComponentsBuilder, ContentBuilder, InfoBuilder, LicenseBuilder, ObjectBuilder,
    OpenApi, OpenApiBuilder, PathItem, PathsBuilder, Ref, RefOr, Required, ResponseBuilder, Schema,
    schema::Type,
};

use crate::openapi::describe::{Answer, Description, describe};
use crate::route::{ROUTES, Route};
use crate::{Problem, schema};

/// The document.
#[must_use]
pub fn document() -> OpenApi {
    let mut components = with_schema::<Problem>(
        ComponentsBuilder::new().security_scheme(
            "token",
            SecurityScheme::Http(
                HttpBuilder::new()
                    .scheme(HttpAuthScheme::Bearer)
                    .description(Some("The app's `api_token`"))
                    .build(),
            ),
        ),
    );
    let mut paths = PathsBuilder::new();
    for route in ROUTES {
        let description = describe(route.operation);
        for add in &description.schemas {
            components = add(components);
        }
        paths = paths.path(
            route.path,
            PathItem::new(method(route), operation(route, description)),
        );
    }
    OpenApiBuilder::new()
        .info(
            InfoBuilder::new()
                .title("Tasker")
                .version(env!("CARGO_PKG_VERSION"))
                .description(Some(
                    "Publishes JavaScript tasks, runs them durably, and answers for the runs.",
                ))
                .license(Some(
                    LicenseBuilder::new()
                        .name("Apache-2.0")
                        .identifier(Some("Apache-2.0"))
                        .build(),
                ))
                .build(),
        )
        .components(Some(Components::from(components)))
        .paths(paths)
        .build()
}

/// Adds a type's schema, and those that it refers to, to the document.
fn with_schema<T: ToSchema>(components: ComponentsBuilder) -> ComponentsBuilder {
    let mut inner = Vec::new();
    T::schemas(&mut inner);
    components
        .schema(T::name(), T::schema())
        .schemas_from_iter(inner)
}

fn method(route: &Route) -> HttpMethod {
    match route.method {
        "GET" => HttpMethod::Get,
        "POST" => HttpMethod::Post,
        "PUT" => HttpMethod::Put,
        "DELETE" => HttpMethod::Delete,
        other => unreachable!("no route takes {other}"),
    }
}

fn operation(route: &Route, description: Description) -> OperationBuilder {
    let alias = ROUTES
        .iter()
        .find(|other| other.operation == route.operation)
        .is_some_and(|first| first.path != route.path);
    let mut operation = OperationBuilder::new()
        .operation_id(Some(format!(
            "{}{}",
            description.id,
            if alias { "Alias" } else { "" }
        )))
        .tag(description.tag)
        .summary(Some(description.summary));
    if !route.operation.is_open() {
        operation = operation.security(SecurityRequirement::new(
            "token",
            std::iter::empty::<String>(),
        ));
    }
    for parameter in path_parameters(route.path)
        .into_iter()
        .chain(description.query)
    {
        operation = operation.parameter(parameter);
    }
    if let Some(body) = description.body {
        let content = ContentBuilder::new().schema(Some(body)).build();
        let body = RequestBodyBuilder::new()
            .required(Some(match description.body_is_optional {
                true => Required::False,
                false => Required::True,
            }))
            .content("application/json", content);
        operation = operation.request_body(Some(body.build()));
    }
    for Answer {
        status,
        what,
        content,
    } in description.answers
    {
        let mut response = ResponseBuilder::new().description(what);
        if let Some((media_type, schema)) = content {
            response = response.content(
                media_type,
                ContentBuilder::new().schema(Some(schema)).build(),
            );
        }
        operation = operation.response(status.to_string(), response);
    }
    let mut problems = description.problems;
    if !route.operation.is_open() {
        problems.push(ErrorCode::Unauthorized);
    }
    problems.sort_by_key(status);
    for same_status in problems.chunk_by(|one, other| status(one) == status(other)) {
        let codes: Vec<_> = same_status
            .iter()
            .map(|code| format!("`{code}`: {}", code.title()))
            .collect();
        let content = ContentBuilder::new()
            .schema(Some(reference::<Problem>()))
            .build();
        let response = ResponseBuilder::new()
            .description(codes.join("; "))
            .content(Problem::MEDIA_TYPE, content);
        operation = operation.response(status(&same_status[0]).to_string(), response);
    }
    operation
}

fn status(code: &ErrorCode) -> u16 {
    Problem::new(*code, "").status
}

fn path_parameters(path: &str) -> Vec<Parameter> {
    let names = path
        .split('/')
        .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    names
        .map(|name| {
            let schema = match name {
                "id" | "taskRunId" => schema::id(),
                _ => ObjectBuilder::new().schema_type(Type::String).build(),
            };
            ParameterBuilder::new()
                .name(name)
                .parameter_in(ParameterIn::Path)
                .required(Required::True)
                .schema(Some(schema))
                .build()
        })
        .collect()
}

fn reference<T: ToSchema>() -> RefOr<Schema> {
    Ref::from_schema_name(T::name()).into()
}

/// One page of a list.
fn page_of(items: impl Into<RefOr<Schema>>) -> RefOr<Schema> {
    ObjectBuilder::new()
        .property(
            "items",
            utoipa::openapi::ArrayBuilder::new().items(items.into()),
        )
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
