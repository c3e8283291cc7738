//! The server.

use std::convert::Infallible;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::{fmt, io};

use anyhow::Context;
use bytes::Bytes;
use futures::{StreamExt, stream};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full, Limited, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use serde_json::Value;
use tokio::sync::oneshot;

use crate::faults::{Faults, Strike};
use crate::record::{Record, Recorded};
use crate::reply::{Body, Reply};
use crate::request::Request;
use crate::world::{CONTROL, World};

/// The largest body of a request, in bytes.
const LARGEST_BODY: usize = 64 << 20;
/// A filler body is sent in pieces of this size.
const PIECE: usize = 64 << 10;

/// How the sandbox is started.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where it serves. Port 0 takes a free one.
    pub listen: SocketAddr,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        }
    }
}

/// A sandbox that serves, on a thread of its own, until it is dropped.
pub struct Sandbox {
    world: Arc<World>,
    url: String,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Sandbox {
    /// Starts a sandbox.
    ///
    /// # Errors
    /// If its address is taken, or the system lacks what a server needs.
    pub fn start(settings: &Settings) -> anyhow::Result<Self> {
        let listener = TcpListener::bind(settings.listen)
            .with_context(|| format!("the sandbox cannot listen on {}", settings.listen))?;
        listener.set_nonblocking(true)?;
        let url = format!("http://{}", listener.local_addr()?);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let world = Arc::new(World::new());
        let (stop, stopped) = oneshot::channel();
        let served = (world.clone(), url.clone());
        let thread = thread::Builder::new()
            .name("sandbox".to_owned())
            .spawn(move || {
                runtime.block_on(async {
                    tokio::select! {
                        () = serve(listener, served.0, served.1) => {}
                        _ = stopped => {}
                    }
                });
            })?;
        Ok(Self {
            world,
            url,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    /// Its address, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The service account that its Google knows, as in the file that Google's console gives out.
    #[must_use]
    pub fn service_account(&self) -> Value {
        self.world.google.service_account(&self.url)
    }

    /// The requests since the last reset.
    #[must_use]
    pub fn record(&self) -> &Record {
        &self.world.record
    }

    /// The faults that are still to happen.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.world.faults
    }

    /// How long access tokens hold that are given out from now on, in seconds.
    pub fn set_token_lifetime(&self, seconds: i64) {
        self.world.google.set_token_lifetime(seconds);
    }

    /// Makes all access tokens invalid that were given out so far.
    pub fn expire_tokens(&self) {
        self.world.google.expire_tokens();
    }

    /// The data as after a start; no faults, no records.
    pub fn reset(&self) {
        self.world.reset();
    }

    /// Waits until the server ends, which is never by itself.
    pub fn wait(mut self) {
        if let Some(thread) = self.thread.take() {
            // It ends with a panic or not at all.
            let _ = thread.join();
        }
    }
}

impl fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sandbox").field("url", &self.url).finish()
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            // It may have ended by itself.
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

async fn serve(listener: TcpListener, world: Arc<World>, base: String) {
    let listener = match tokio::net::TcpListener::from_std(listener) {
        Ok(listener) => listener,
        Err(error) => {
            eprintln!("the sandbox cannot serve: {error}");
            return;
        }
    };
    loop {
        // A connection that broke while it was accepted concerns its client alone.
        let Ok((stream, _)) = listener.accept().await else {
            continue;
        };
        // Small answers must not wait for the acknowledgement of earlier ones.
        let _ = stream.set_nodelay(true);
        let (world, base) = (world.clone(), base.clone());
        tokio::spawn(async move {
            let service = service_fn(|request| respond(&world, &base, request));
            // An error here is a client that went away, or a fault that was ordered.
            let _ = hyper::server::conn::http1::Builder::new()
                .timer(TokioTimer::new())
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

/// An error cuts the connection.
async fn respond(
    world: &World,
    base: &str,
    request: hyper::Request<Incoming>,
) -> Result<hyper::Response<BoxBody<Bytes, io::Error>>, io::Error> {
    let request = read(base, request).await?;
    if request.path.starts_with(CONTROL) {
        return response(&request, world.control(&request));
    }
    let _under_way = world.record.push(Recorded::new(&request));
    let strike = world.faults.strike(&request);
    let half = matches!(strike, Some(Strike::Half));
    match strike {
        Some(Strike::Instead(reply)) => return response(&request, reply),
        Some(Strike::Later(delay)) => tokio::time::sleep(delay).await,
        Some(Strike::Cut) => return Err(cut()),
        Some(Strike::Half) | None => {}
    }
    let mut reply = world.answer(&request);
    if let (true, Body::Whole(body)) = (half, &reply.body) {
        reply.body = Body::Half(body.clone());
    }
    response(&request, reply)
}

async fn read(base: &str, request: hyper::Request<Incoming>) -> io::Result<Request> {
    let (head, body) = request.into_parts();
    let body = Limited::new(body, LARGEST_BODY)
        .collect()
        .await
        .map_err(io::Error::other)?;
    let query = serde_urlencoded::from_str(head.uri.query().unwrap_or_default());
    Ok(Request {
        method: head.method.as_str().to_owned(),
        path: head.uri.path().to_owned(),
        query: query.unwrap_or_default(),
        headers: head.headers,
        body: body.to_bytes(),
        base: base.to_owned(),
    })
}

fn response(
    request: &Request,
    reply: Reply,
) -> io::Result<hyper::Response<BoxBody<Bytes, io::Error>>> {
    let mut response = hyper::Response::builder()
        .status(reply.status)
        .header("x-sandbox", "true");
    // Browsers may call it, and so may their clients in tests.
    if request.headers.contains_key("origin") {
        response = response.header("access-control-allow-origin", "*");
    }
    for (name, value) in reply.headers {
        response = response.header(name, value);
    }
    let body = match reply.body {
        Body::Whole(body) => whole(body),
        Body::Pieces(pieces) => pieces_of(pieces.into_iter().map(Ok)),
        Body::Half(body) => {
            response = response.header("content-length", body.len().max(2));
            let half = body.slice(..body.len() / 2);
            pieces_of([Ok(half), Err(cut())])
        }
        Body::Filler(bytes) => {
            let piece = Bytes::from(vec![b' '; PIECE]);
            pieces_of(
                (0..bytes)
                    .step_by(PIECE)
                    .map(move |at| Ok(piece.slice(..PIECE.min(bytes - at)))),
            )
        }
    };
    response.body(body).map_err(io::Error::other)
}

fn whole(body: Bytes) -> BoxBody<Bytes, io::Error> {
    Full::new(body)
        .map_err(|never: Infallible| match never {})
        .boxed()
}

fn pieces_of<I>(pieces: I) -> BoxBody<Bytes, io::Error>
where
    I: IntoIterator<Item = io::Result<Bytes>>,
    I::IntoIter: Send + Sync + 'static,
{
    let frames = stream::iter(pieces).map(|piece| piece.map(Frame::data));
    BodyExt::boxed(StreamBody::new(frames))
}

fn cut() -> io::Error {
    io::Error::new(io::ErrorKind::ConnectionReset, "ordered")
}
