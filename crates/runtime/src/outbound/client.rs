//! The HTTP client that all components share, with its pools of connections.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::uri::Scheme;
use http::{Request, Response, Uri};
use http_body_util::BodyExt;
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::{Connected, Connection};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody};

use super::blocked::{BlockedNetworks, Reach};
use super::timeout::BetweenBytes;

/// For each of the three times that a request can be limited by, if the component sets none.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(600);

tokio::task_local! {
    /// How long connecting may take. The pooling client has no parameter for it; a connection is made within the call of
    /// its first request.
    static CONNECT_TIMEOUT: Duration;
}

/// A client for HTTP/1.1, and HTTP/2 where a TLS server offers it.
///
/// A connection that was made for one reason is not used for another: each has a pool of its own.
pub(crate) struct Client {
    own: Pool,
    named: Pool,
    wildcard: Pool,
}

type Pool = legacy::Client<Connector, WasiBody>;

impl Client {
    /// A client that holds the blocked networks.
    pub(crate) fn new(blocked: BlockedNetworks) -> Self {
        let mut tls = tls_config();
        tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        let tls = TlsConnector::from(Arc::new(tls));
        let blocked = Arc::new(blocked);
        let pool = |reach| {
            legacy::Client::builder(TokioExecutor::new())
                .pool_timer(TokioTimer::new())
                .build(Connector {
                    tls: tls.clone(),
                    blocked: blocked.clone(),
                    reach,
                })
        };
        Self {
            own: pool(Reach::Own),
            named: pool(Reach::Named),
            wildcard: pool(Reach::Wildcard),
        }
    }

    /// Sends a request with an absolute URI. The body of the answer fails if it pauses for longer than the options allow.
    pub(crate) async fn send(
        &self,
        request: Request<WasiBody>,
        reach: Reach,
        options: RequestOptions,
    ) -> Result<Response<WasiBody>, Error> {
        let connect = options.connect_timeout.unwrap_or(DEFAULT_TIMEOUT);
        let first_byte = options.first_byte_timeout.unwrap_or(DEFAULT_TIMEOUT);
        let between_bytes = options.between_bytes_timeout.unwrap_or(DEFAULT_TIMEOUT);
        let pool = match reach {
            Reach::Own => &self.own,
            Reach::Named => &self.named,
            Reach::Wildcard => &self.wildcard,
        };
        let answer = CONNECT_TIMEOUT.scope(connect, pool.request(request));
        let response = tokio::time::timeout(first_byte, answer)
            .await
            .map_err(|_| Error::ConnectionReadTimeout)?
            .map_err(client_error)?;
        Ok(response
            .map(|body| BetweenBytes::new(body.map_err(Error::from), between_bytes).boxed_unsync()))
    }
}

/// TLS that trusts the system's root certificates and, for systems without any, those of Mozilla.
pub(crate) fn tls_config() -> ClientConfig {
    let mut roots = RootCertStore::empty();
    roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    ClientConfig::builder()
        .with_root_certificates(roots)
        .with_no_client_auth()
}

/// The error for a host name that no address is known for.
pub(crate) fn unknown_host() -> Error {
    Error::DnsError {
        rcode: Some("address not available".into()),
        info_code: Some(0),
    }
}

/// Finds the connector's own error, or the request body's, in what the client reports.
fn client_error(error: legacy::Error) -> Error {
    let mut source: Option<&(dyn std::error::Error + 'static)> = Some(&error);
    while let Some(cause) = source {
        if let Some(ConnectError(error)) = cause.downcast_ref() {
            return match error {
                ConnectFailure::UnknownHost => unknown_host(),
                ConnectFailure::Blocked => Error::DestinationIpProhibited,
                ConnectFailure::Uri => Error::HttpRequestUriInvalid,
                ConnectFailure::Timeout => Error::ConnectionTimeout,
                ConnectFailure::Refused => Error::ConnectionRefused,
                ConnectFailure::Tls => Error::TlsProtocolError,
            };
        }
        if let Some(Error::HttpRequestBodySize(size)) = cause.downcast_ref() {
            return Error::HttpRequestBodySize(*size);
        }
        source = cause.source();
    }
    tracing::warn!("outbound request failed: {error:?}");
    Error::HttpProtocolError
}

#[derive(Debug, thiserror::Error)]
#[error("{0:?}")]
struct ConnectError(ConnectFailure);

#[derive(Debug)]
enum ConnectFailure {
    UnknownHost,
    Blocked,
    Uri,
    Timeout,
    Refused,
    Tls,
}

impl From<ConnectFailure> for ConnectError {
    fn from(failure: ConnectFailure) -> Self {
        Self(failure)
    }
}

/// Opens TCP and TLS connections.
#[derive(Clone)]
struct Connector {
    tls: TlsConnector,
    blocked: Arc<BlockedNetworks>,
    reach: Reach,
}

impl Connector {
    async fn connect(self, uri: Uri, limit: Duration) -> Result<Stream, ConnectError> {
        let tls = uri.scheme() == Some(&Scheme::HTTPS);
        let host = uri.host().ok_or(ConnectFailure::Uri)?;
        let name = host.trim_start_matches('[').trim_end_matches(']');
        let port = uri.port_u16().unwrap_or(if tls { 443 } else { 80 });
        let opened = async {
            let mut addresses: Vec<_> = tokio::net::lookup_host((name, port))
                .await
                .map_err(|_| ConnectFailure::UnknownHost)?
                .collect();
            let known = !addresses.is_empty();
            // The addresses that are connected to are those that were looked at: no second lookup comes in between.
            self.blocked.retain_allowed(&mut addresses, self.reach);
            if known && addresses.is_empty() {
                tracing::warn!("request to {host} refused: its address is in a blocked network");
                return Err(ConnectFailure::Blocked);
            }
            let stream =
                TcpStream::connect(&*addresses)
                    .await
                    .map_err(|error| match error.kind() {
                        std::io::ErrorKind::AddrNotAvailable => ConnectFailure::UnknownHost,
                        _ => ConnectFailure::Refused,
                    })?;
            _ = stream.set_nodelay(true);
            Ok::<_, ConnectFailure>(stream)
        };
        let stream = tokio::time::timeout(limit, opened)
            .await
            .map_err(|_| ConnectFailure::Timeout)??;
        if !tls {
            return Ok(Stream::Plain(stream));
        }
        let name =
            ServerName::try_from(name.to_owned()).map_err(|_| ConnectFailure::UnknownHost)?;
        match self.tls.connect(name, stream).await {
            Ok(stream) => Ok(Stream::Tls(Box::new(stream))),
            Err(error) => {
                tracing::warn!("TLS with {host}: {error}");
                Err(ConnectFailure::Tls.into())
            }
        }
    }
}

impl tower_service::Service<Uri> for Connector {
    type Response = TokioIo<Stream>;
    type Error = ConnectError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let limit = CONNECT_TIMEOUT
            .try_with(|limit| *limit)
            .unwrap_or(DEFAULT_TIMEOUT);
        let connector = self.clone();
        Box::pin(async move { connector.connect(uri, limit).await.map(TokioIo::new) })
    }
}

enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl Connection for Stream {
    fn connected(&self) -> Connected {
        match self {
            Self::Tls(stream) if stream.get_ref().1.alpn_protocol() == Some(b"h2") => {
                Connected::new().negotiated_h2()
            }
            _ => Connected::new(),
        }
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_read(cx, buffer),
            Self::Tls(stream) => Pin::new(stream).poll_read(cx, buffer),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_write(cx, bytes),
            Self::Tls(stream) => Pin::new(stream).poll_write(cx, bytes),
        }
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[std::io::IoSlice<'_>],
    ) -> Poll<std::io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_write_vectored(cx, bytes),
            Self::Tls(stream) => Pin::new(stream).poll_write_vectored(cx, bytes),
        }
    }

    fn is_write_vectored(&self) -> bool {
        match self {
            Self::Plain(stream) => stream.is_write_vectored(),
            Self::Tls(stream) => stream.is_write_vectored(),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_flush(cx),
            Self::Tls(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Tls(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}
