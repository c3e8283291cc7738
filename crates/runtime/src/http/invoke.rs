//! One request, one fresh instance of a component.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use http::uri::Scheme;
use http::{Request, Response, StatusCode, Uri, header};
use http_body_util::{BodyExt, Empty};
use tokio::sync::oneshot;
use wasmtime::{Result, Store, bail};
use wasmtime_wasi_http::p2::bindings::ProxyPre;
use wasmtime_wasi_http::p2::bindings::http::types;
use wasmtime_wasi_http::{WasiBody, WasiHttpView};

use super::door::Entered;
use super::headers;
use super::router::Match;
use crate::component::{Component, State, Trigger};
use crate::runtime::Runtime;
use crate::sqlite::Seen;
use crate::turns::ComputesOn;

/// Has a component handle a request. A failure before its answer is logged and answered with a 500 here, or with a 508 if the
/// component was ended because it computed on without a pause. `seen` is what the component has heard of the database; it learns what it sees there. A request from outside has its place until the handler is done.
pub(crate) async fn respond(
    runtime: &Arc<Runtime>,
    component: &Arc<Component>,
    mut request: Request<WasiBody>,
    route: &Match,
    client: SocketAddr,
    seen: Seen,
    entered: Option<Entered>,
) -> Response<WasiBody> {
    let prepared =
        make_absolute(&mut request).and_then(|()| headers::add(&mut request, route, client));
    if let Err(reason) = prepared {
        tracing::warn!("malformed request: {reason}");
        return empty(StatusCode::BAD_REQUEST);
    }

    // The handler is a task of its own: it continues after its answer, and when the client has gone.
    let (answered, answer) = oneshot::channel();
    let (state, callee) = (runtime.clone(), component.clone());
    let (ended, end) = oneshot::channel();
    runtime.spawn(async move {
        let outcome = handle(&state, &callee, request, seen, answered).await;
        let computed_on = outcome
            .as_ref()
            .is_err_and(|error| error.is::<ComputesOn>());
        drop(entered);
        if let Err(error) = outcome {
            tracing::error!("component `{}` failed: {error:?}", callee.id);
        }
        _ = ended.send(computed_on);
    });
    match answer.await {
        Ok(Ok(response)) => response,
        Ok(Err(code)) => {
            tracing::error!(
                "component `{}` answered with an error: {code:?}",
                component.id
            );
            empty(StatusCode::INTERNAL_SERVER_ERROR)
        }
        Err(_) => empty(match end.await {
            Ok(true) => StatusCode::LOOP_DETECTED,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        }),
    }
}

type Answer = std::result::Result<Response<WasiBody>, types::ErrorCode>;

async fn handle(
    runtime: &Arc<Runtime>,
    component: &Arc<Component>,
    request: Request<WasiBody>,
    seen: Seen,
    answered: oneshot::Sender<Answer>,
) -> Result<()> {
    let Some(pre) = &component.http else {
        bail!("it does not export `wasi:http/incoming-handler`");
    };
    let store = component.store(runtime, Trigger::Http, seen);
    let turns = store.data().turns.clone();
    turns.during(call(pre, store, request, answered)).await
}

async fn call(
    pre: &ProxyPre<State>,
    mut store: Store<State>,
    request: Request<WasiBody>,
    answered: oneshot::Sender<Answer>,
) -> Result<()> {
    let proxy = pre.instantiate_async(&mut store).await?;
    let request = store
        .data_mut()
        .http()
        .new_incoming_request(types::Scheme::Http, request)?;
    let was_answered = Arc::new(AtomicBool::new(false));
    let flag = was_answered.clone();
    let outparam = store
        .data_mut()
        .http()
        .new_response_outparam_from_callback(move |answer| {
            flag.store(true, Ordering::Relaxed);
            // Nobody is there to hear it if the client has gone.
            _ = answered.send(answer);
        })?;
    proxy
        .wasi_http_incoming_handler()
        .call_handle(&mut store, request, outparam)
        .await?;
    if !was_answered.load(Ordering::Relaxed) {
        bail!("it returned without having answered");
    }
    Ok(())
}

/// An answer of this runtime itself.
pub(crate) fn empty(status: StatusCode) -> Response<WasiBody> {
    let mut response = Response::new(Empty::new().map_err(|never| match never {}).boxed_unsync());
    *response.status_mut() = status;
    response
}

/// There is no room for a request now.
pub(super) fn busy() -> Response<WasiBody> {
    let mut response = empty(StatusCode::SERVICE_UNAVAILABLE);
    let seconds = header::HeaderValue::from_static("1");
    response.headers_mut().insert(header::RETRY_AFTER, seconds);
    response
}

/// Completes the URI by the scheme and the host that the request names in its `Host` header.
fn make_absolute<B>(request: &mut Request<B>) -> std::result::Result<(), String> {
    let named = match request.headers().get(header::HOST) {
        Some(host) => Some(
            host.to_str()
                .map_err(|error| error.to_string())
                .and_then(|host| host.parse().map_err(|_| format!("{host} is not a host")))
                .map_err(|reason| format!("`Host` header: {reason}"))?,
        ),
        None => None,
    };
    let mut parts = request.uri().clone().into_parts();
    parts.authority = match (parts.authority, named) {
        (None, None) => return Err("no `Host` header".into()),
        (Some(uri), Some(named)) if uri != named => {
            return Err("the `Host` header differs from the host of the URI".into());
        }
        (uri, named) => named.or(uri),
    };
    parts.scheme = Some(Scheme::HTTP);
    *request.uri_mut() = Uri::from_parts(parts).map_err(|error| error.to_string())?;
    Ok(())
}
