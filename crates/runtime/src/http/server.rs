//! The HTTP/1.1 server.

use std::convert::Infallible;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tasker_hosts::app::chained_component;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::OwnedSemaphorePermit;
use wasmtime_wasi_http::WasiBody;

use super::held::Held;
use super::invoke;
use super::patient::Patient;
use super::router::Target;
use crate::manifest::StaticResponse;
use crate::runtime::Runtime;
use crate::sqlite::Seen;

/// Paths under this prefix belong to the runtime.
pub(super) const WELL_KNOWN: &str = "/.well-known/spin/";

/// How long the request of a client may take that is to be told that there are too many.
const TURN_AWAY: Duration = Duration::from_secs(1);

/// Linux's numbers for the process's and the system's limit on open files.
const EMFILE: i32 = 24;
const ENFILE: i32 = 23;

/// Accepts connections until `shutdown` is ready or the listener fails for good. Returns what to wait for so that open
/// connections end in good order.
pub(crate) async fn accept(
    runtime: &Arc<Runtime>,
    listener: TcpListener,
    shutdown: impl Future<Output = ()>,
) -> (GracefulShutdown, std::io::Result<()>) {
    let connections = GracefulShutdown::new();
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        let accepted = tokio::select! {
            biased;
            () = &mut shutdown => return (connections, Ok(())),
            accepted = listener.accept() => accepted,
        };
        let (stream, client) = match accepted {
            Ok(accepted) => accepted,
            // The client gave up before it was accepted.
            Err(error) if error.kind() == ErrorKind::ConnectionAborted => continue,
            // Too many open files: go on when some are closed.
            Err(error) if matches!(error.raw_os_error(), Some(EMFILE | ENFILE)) => {
                tracing::error!("cannot accept a connection: {error}");
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            }
            Err(error) => return (connections, Err(error)),
        };
        let Some(connected) = runtime.door.connect() else {
            if let Some(place) = runtime.door.turn_away() {
                tokio::spawn(turn_away(stream, place));
            }
            continue;
        };
        _ = stream.set_nodelay(true);
        let patience = runtime.patience;
        let runtime = runtime.clone();
        let service = service_fn(move |request| {
            let runtime = runtime.clone();
            async move { Ok::<_, Infallible>(answer(&runtime, request, client).await) }
        });
        let connection = hyper::server::conn::http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(patience)
            .serve_connection(TokioIo::new(stream), service);
        let connection = connections.watch(connection);
        tokio::spawn(async move {
            let _connected = connected;
            if let Err(error) = connection.await {
                tracing::debug!("connection from {client}: {error}");
            }
        });
    }
}

/// Asks a client to come again, as soon as it has asked something.
async fn turn_away(stream: TcpStream, _place: OwnedSemaphorePermit) {
    let service = service_fn(|_: Request<Incoming>| async {
        let mut response = invoke::busy();
        let close = header::HeaderValue::from_static("close");
        response.headers_mut().insert(header::CONNECTION, close);
        Ok::<_, Infallible>(response)
    });
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(TURN_AWAY)
        .serve_connection(TokioIo::new(stream), service);
    // Whoever does not read it has gone, or will see that the connection has ended.
    _ = tokio::time::timeout(2 * TURN_AWAY, connection).await;
}

async fn answer(
    runtime: &Arc<Runtime>,
    mut request: Request<Incoming>,
    client: SocketAddr,
) -> Response<WasiBody> {
    strip_chaining_host(request.headers_mut());
    let path = request.uri().path();
    if let Some(name) = path.strip_prefix(WELL_KNOWN) {
        return match name {
            "health" => full(Bytes::from_static(b"OK")),
            "info" => info(runtime),
            _ => invoke::empty(StatusCode::NOT_FOUND),
        };
    }
    let Some((target, matched)) = runtime.router.route(path) else {
        return invoke::empty(StatusCode::NOT_FOUND);
    };
    let id = match target {
        Target::Component(id) => id,
        Target::Static(response) => return fixed(&response),
    };
    let Some(component) = runtime.http_component(&id) else {
        return invoke::empty(StatusCode::NOT_FOUND);
    };
    let Some(entered) = runtime.door.enter(request.uri(), request.headers()) else {
        return invoke::busy();
    };
    let request = request.map(|body| Patient::new(body, runtime.patience).boxed_unsync());
    let seen = runtime.database.durability.nothing_seen();
    let response = invoke::respond(
        runtime,
        component,
        request,
        &matched,
        client,
        seen.clone(),
        Some(entered),
    )
    .await;
    hold(response, seen).await
}

/// Holds an answer back until what it may say is on the disk.
async fn hold(response: Response<WasiBody>, seen: Seen) -> Response<WasiBody> {
    match seen.durable().await {
        Ok(()) => response.map(|body| Held::new(body, seen).boxed_unsync()),
        Err(error) => {
            tracing::error!("an answer is not given: {error}");
            invoke::empty(StatusCode::INTERNAL_SERVER_ERROR)
        }
    }
}

/// From outside, nobody can speak under the name of a component.
fn strip_chaining_host(headers: &mut HeaderMap) {
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    if host.and_then(chained_component).is_some() {
        headers.remove(header::HOST);
    }
}

fn full(body: Bytes) -> Response<WasiBody> {
    Response::new(
        Full::new(body)
            .map_err(|never| match never {})
            .boxed_unsync(),
    )
}

fn info(runtime: &Runtime) -> Response<WasiBody> {
    let mut info = serde_json::json!({ "name": runtime.name });
    if let Some(version) = &runtime.version {
        info["version"] = version.as_str().into();
    }
    let mut response = full(format!("{info:#}").into());
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        header::HeaderValue::from_static("application/json"),
    );
    response
}

fn fixed(response: &StaticResponse) -> Response<WasiBody> {
    let mut builder = Response::builder().status(response.status_code.unwrap_or(200));
    for (name, value) in &response.headers {
        builder = builder.header(name, value);
    }
    let body = full(response.body.clone().unwrap_or_default().into()).into_body();
    builder.body(body).unwrap_or_else(|error| {
        tracing::error!("static response: {error}");
        invoke::empty(StatusCode::INTERNAL_SERVER_ERROR)
    })
}
