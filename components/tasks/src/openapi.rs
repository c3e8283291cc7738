//! The OpenAPI document, made from the endpoints, the types and the error codes.

use std::mem;

use http::{Method, StatusCode};
use tasker_api::Problem;
use tasker_domain::ErrorCode::{
    self, BadRequest, BodyTooLarge, Forbidden, StoreDamaged, StoreFull, StoreUnavailable,
    TextInvalid, TokenWeak, TooManyRequests, TooManyWrongKeys, Unauthorized, UnsupportedMediaType,
};
use utoipa::IntoParams;
use utoipa::openapi::path::{
    HttpMethod, OperationBuilder, Parameter, ParameterBuilder, ParameterIn,
};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::schema::Type;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{
    Components, ComponentsBuilder, ContentBuilder, InfoBuilder, LicenseBuilder, ObjectBuilder,
    OpenApi, OpenApiBuilder, PathItem, PathsBuilder, RefOr, Required, ResponseBuilder, Schema,
};

use crate::access::Needs;
use crate::content::{Content, RequestBody, add_schema, reference};
use crate::endpoint::Endpoint;
use crate::endpoints::describe_all;
use crate::params::{PathParams, QueryParams};

/// What the document is made of.
pub(crate) struct Parts {
    paths: PathsBuilder,
    components: ComponentsBuilder,
}

/// The document.
#[must_use]
pub fn document() -> OpenApi {
    let token = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some("An API key, or the app's `api_token`"))
        .build();
    let public_token = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .bearer_format("`tpub_` and a JWT")
        .description(Some(
            "A public token, which front ends hold: `POST /tokens`",
        ))
        .build();
    let components = ComponentsBuilder::new()
        .security_scheme("token", SecurityScheme::Http(token))
        .security_scheme("publicToken", SecurityScheme::Http(public_token));
    let mut parts = Parts {
        paths: PathsBuilder::new(),
        components: add_schema::<Problem>(components),
    };
    describe_all(&mut parts);
    let Parts { paths, components } = parts;
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

/// Adds an endpoint to the document.
pub(crate) fn describe<E: Endpoint>(Parts { paths, components }: &mut Parts) {
    let schemas = [E::Body::add_schemas, E::Answer::add_schemas];
    for add in schemas.iter().chain(E::SCHEMAS) {
        *components = add(mem::take(components));
    }
    let places = [Some((E::PATH, "")), E::ALIAS.map(|path| (path, "Alias"))];
    for (path, suffix) in places.into_iter().flatten() {
        let operation = operation::<E>(path).operation_id(Some(format!("{}{suffix}", E::ID)));
        let item = PathItem::new(method(&E::METHOD), operation);
        *paths = mem::take(paths).path(path, item);
    }
}

fn method(method: &Method) -> HttpMethod {
    match *method {
        Method::GET => HttpMethod::Get,
        Method::POST => HttpMethod::Post,
        Method::PUT => HttpMethod::Put,
        Method::DELETE => HttpMethod::Delete,
        ref other => unreachable!("no endpoint takes {other}"),
    }
}

fn operation<E: Endpoint>(path: &str) -> OperationBuilder {
    let mut operation = OperationBuilder::new()
        .tag(E::TAG)
        .summary(Some(E::SUMMARY));
    if let Some((right, _)) = E::NEEDS.of_key() {
        let roles: Vec<_> = right
            .roles()
            .iter()
            .map(|role| format!("`{role}`"))
            .collect();
        let or_token = match E::NEEDS {
            Needs::Public(..) => "; or a public token that allows it",
            _ => "",
        };
        let roles = roles.join(", ");
        operation = operation.description(Some(format!("Roles: {roles}{or_token}.")));
    }
    for scheme in schemes(E::NEEDS) {
        let none = std::iter::empty::<String>();
        operation = operation.security(SecurityRequirement::new(*scheme, none));
    }
    for parameter in parameters::<E>(path) {
        operation = operation.parameter(parameter);
    }
    if let Some((media_type, schema)) = E::Body::content(StatusCode::OK) {
        let body = RequestBodyBuilder::new()
            .required(Some(match E::Body::REQUIRED {
                true => Required::True,
                false => Required::False,
            }))
            .content(media_type, content(schema));
        operation = operation.request_body(Some(body.build()));
    }
    for (status, what) in E::ANSWERS {
        let mut response = ResponseBuilder::new().description(*what);
        if let Some((media_type, schema)) = E::Answer::content(*status) {
            response = response.content(media_type, content(schema));
        }
        operation = operation.response(status.as_str(), response);
    }
    for same_status in problems::<E>().chunk_by(|one, other| status(*one) == status(*other)) {
        let codes: Vec<_> = same_status
            .iter()
            .map(|code| format!("`{code}`: {}", code.title()))
            .collect();
        let response = ResponseBuilder::new()
            .description(codes.join("; "))
            .content(Problem::MEDIA_TYPE, content(reference::<Problem>()));
        operation = operation.response(status(same_status[0]).as_str(), response);
    }
    operation
}

/// What a call may carry, one of these.
fn schemes(needs: Needs) -> &'static [&'static str] {
    match needs {
        Needs::Nothing | Needs::Dashboard => &[],
        Needs::AnyKey | Needs::To(..) => &["token"],
        Needs::Public(..) => &["token", "publicToken"],
    }
}

fn parameters<E: Endpoint>(path: &str) -> Vec<Parameter> {
    let parameter = |name: &str, place| ParameterBuilder::new().name(name).parameter_in(place);
    let names = path
        .split('/')
        .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let of_path = names.map(|name| {
        parameter(name, ParameterIn::Path)
            .required(Required::True)
            .schema(Some(E::Path::schema()))
            .build()
    });
    let of_query = <E::Query as QueryParams>::Query::into_params(|| Some(ParameterIn::Query));
    let headers = E::HEADERS.iter().map(|(name, what)| {
        parameter(name, ParameterIn::Header)
            .required(Required::False)
            .description(Some(*what))
            .schema(Some(ObjectBuilder::new().schema_type(Type::String)))
            .build()
    });
    of_path.chain(of_query).chain(headers).collect()
}

/// All problems that an endpoint can answer with, by status.
fn problems<E: Endpoint>() -> Vec<ErrorCode> {
    let mut problems = vec![BadRequest];
    if E::Body::content(StatusCode::OK).is_some() {
        problems.extend([BodyTooLarge, UnsupportedMediaType]);
    }
    problems.extend(E::PROBLEMS);
    if E::STORED {
        problems.extend([
            TooManyRequests,
            TextInvalid,
            StoreDamaged,
            StoreUnavailable,
            StoreFull,
        ]);
    }
    if !E::NEEDS.no_key() {
        problems.extend([Unauthorized, TooManyWrongKeys, TokenWeak]);
    }
    if E::NEEDS.of_key().is_some() {
        problems.push(Forbidden);
    }
    problems.sort_by_key(|code| status(*code));
    problems
}

fn status(code: ErrorCode) -> StatusCode {
    let status = Problem::new(code, "").status;
    StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

fn content(schema: RefOr<Schema>) -> utoipa::openapi::Content {
    ContentBuilder::new().schema(Some(schema)).build()
}
