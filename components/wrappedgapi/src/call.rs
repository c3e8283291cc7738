//! A call of an API's method, from its arguments to its answer.

use serde_json::{Map, Value};
use tasker_domain::wire::{ServiceError, ServiceRequest};
use tasker_domain::{ErrorCode, Json};
use tasker_service::http::Request;
use tasker_service::{Host, invalid, refused};
use tasker_settings::GOOGLE_SCOPES;

use crate::auth::{Credentials, Grant, Scopes, Token};
use crate::base::Base;
use crate::document::{Api, Document, Method};
use crate::name::Name;
use crate::options::Options;
use crate::params::Params;
use crate::{answer, catalog, error, nearest, request};

/// Makes the call.
///
/// # Errors
/// What the task's `await` throws.
pub(crate) async fn make(host: &impl Host, call: &ServiceRequest) -> tasker_service::Result {
    let (params, options) = arguments(&call.args)?;
    make_with(host, call, &call.method, params, options).await
}

/// Makes a call of `path`, with arguments that are read already.
///
/// # Errors
/// What the task's `await` throws.
pub(crate) async fn make_with(
    host: &impl Host,
    call: &ServiceRequest,
    path: &[String],
    params: Object,
    options: Object,
) -> tasker_service::Result {
    let mut options = Options::read(options)?;
    let base = Base::read(host)?;
    let name = Name::read(path, options.version.as_deref())?;
    let document = catalog::document(host, &base, &name).await?;
    let (api, method) = describe(&document, &name)?;
    let params = Params::sort(&name.canonical(), (&document, &api, &method), params)?;
    let unauthorized = request::build(
        &base,
        &api,
        &method,
        params,
        &options,
        &call.idempotency_key,
    )?;

    let credentials = Credentials::load(host).await?;
    let scopes = match options.scopes.take() {
        Some(scopes) => scopes,
        None => Scopes::setting(&host.setting(&GOOGLE_SCOPES)?)
            .unwrap_or_else(|| Scopes::of(&api, &method)),
    };
    let grant = Grant::new(host, &credentials, options.subject.take(), scopes)?;
    send(host, &credentials, &grant, unauthorized, &method, &options).await
}

/// A token may have been revoked before its time: one that an API refuses is renewed once.
async fn send(
    host: &impl Host,
    credentials: &Credentials,
    grant: &Grant,
    request: Request,
    method: &Method,
    options: &Options,
) -> Result<Json, ServiceError> {
    let mut renewed = false;
    loop {
        let token = Token::of(host, credentials, grant).await?;
        let bearer = format!("Bearer {}", token.secret.reveal());
        let response = host
            .send(request.clone().with_header("authorization", bearer))
            .await?;
        if response.status == 401 && !renewed && token.forget(host).await? {
            renewed = true;
            continue;
        }
        // As in the official client: 304 answers a conditional request, and is no failure.
        if !response.is_ok() && response.status != 304 {
            return Err(error::failed(&response, host.now_ms()));
        }
        return answer::read(&response, options.response_type, method.verb == "GET");
    }
}

type Object = Map<String, Value>;

/// The parameters and options of a call: both objects, both optional.
fn arguments(args: &str) -> Result<(Object, Object), ServiceError> {
    let wrong = || {
        invalid(
            "a method of an API is called with one object of parameters and, perhaps, one of options",
        )
    };
    let items: Vec<Option<Object>> = serde_json::from_str(args).map_err(|_| wrong())?;
    let mut items = items.into_iter();
    let (params, options) = (items.next().flatten(), items.next().flatten());
    if items.next().is_some() {
        return Err(wrong());
    }
    Ok((params.unwrap_or_default(), options.unwrap_or_default()))
}

fn describe(document: &Document, name: &Name) -> Result<(Api, Method), ServiceError> {
    let damaged = |_| {
        refused(
            ErrorCode::UpstreamInvalid,
            format!("the document of `{}` is damaged", name.api),
        )
    };
    let api = document.api().map_err(damaged)?;
    match document.method(&name.method) {
        Some(method) => Ok((api, method.map_err(damaged)?)),
        None => Err(unknown_method(document, name)),
    }
}

fn unknown_method(document: &Document, name: &Name) -> ServiceError {
    let prefix = name.canonical();
    let prefix = prefix.strip_suffix(&name.method).unwrap_or_default();
    let hint = nearest::hint(&name.method, document.methods());
    let hint = match hint {
        Some(hint) => hint.replacen('`', &format!("`{prefix}"), 1),
        None => format!("its resources are: {}", resources(document).join(", ")),
    };
    refused(
        ErrorCode::UnknownMethod,
        format!(
            "`{}` has no method `{}`; {hint}",
            prefix.trim_end_matches('.'),
            name.method
        ),
    )
}

/// The first names of all methods.
fn resources(document: &Document) -> Vec<&str> {
    let mut names: Vec<&str> = document
        .methods()
        .filter_map(|name| name.split('.').next())
        .collect();
    names.dedup();
    names.truncate(40);
    names
}
