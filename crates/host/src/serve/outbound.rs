//! Requests to the outside world.

use futures::StreamExt;
use spin_sdk::http::conversions::TryIntoOutgoingRequest;
use spin_sdk::http::{
    ErrorCode as HostError, IncomingResponse, Method, OutgoingRequest, SendError, send as send_on,
};
use tasker_domain::wire::ServiceError;
use tasker_domain::{ErrorCode, json};
use tasker_hosts::{Host, Target};
use tasker_service::http::{Request, Response, is_of_the_connection, is_token};
use tasker_service::limit::{HEADER_BYTES, RESPONSE_BYTES};
use tasker_service::{invalid, refused, retryable};

use crate::{log, spend};

/// Why there is no answer.
pub(super) struct Failed {
    pub(super) error: ServiceError,
    /// Whether the request may have reached the upstream.
    pub(super) may_have_arrived: bool,
}

impl From<ServiceError> for Failed {
    /// Of an error before anything was sent.
    fn from(error: ServiceError) -> Self {
        Self {
            error,
            may_have_arrived: false,
        }
    }
}

fn after_arrival(error: ServiceError) -> Failed {
    Failed {
        error,
        may_have_arrived: true,
    }
}

/// Sends a request and reads the whole answer. Any part of the answer is a sign of life.
///
/// # Errors
/// `host_forbidden`, `upstream_unreachable`, `upstream_timeout`, `upstream_too_large`; none of them
/// says the URL, which may have something in it that others must not see.
pub(super) async fn send(
    target: &Target,
    request: Request,
    sign_of_life: impl Fn(),
) -> Result<Response, Failed> {
    let mut builder = spin_sdk::http::Request::builder();
    builder
        .method(method(&request.method)?)
        .uri(request.url.as_str());
    let (mut has_agent, mut has_trace) = (false, false);
    for (name, value) in &request.headers {
        check_header(name, value)?;
        if is_of_the_connection(name) {
            continue;
        }
        has_agent |= name == "user-agent";
        has_trace |= name == "traceparent";
        builder.header(name.as_str(), value.as_str());
    }
    if !has_agent {
        builder.header("user-agent", concat!("tasker/", env!("CARGO_PKG_VERSION")));
    }
    if let Some(trace) = log::trace()
        && !has_trace
    {
        builder.header("traceparent", trace.to_string().as_str());
    }
    // Some servers refuse a POST without a length; others a GET with one.
    if !request.body.is_empty() || matches!(request.method.as_str(), "POST" | "PUT" | "PATCH") {
        builder.header("content-length", request.body.len().to_string().as_str());
    }
    let cut_at = request.cut_at;
    spend();
    let response: Result<IncomingResponse, _> = if request.body.is_empty() {
        send_on(Bodiless(builder.build())).await
    } else {
        send_on(builder.body(request.body).build()).await
    };
    let response = response.map_err(|error| failed(target, &error))?;
    sign_of_life();
    let answer = read(target, response, cut_at, sign_of_life).await;
    answer.map_err(after_arrival)
}

/// A request whose body is not even opened: the host would announce an opened one as a chunked body of
/// unknown length.
struct Bodiless(spin_sdk::http::Request);

impl TryIntoOutgoingRequest for Bodiless {
    type Error = <spin_sdk::http::Request as TryIntoOutgoingRequest>::Error;

    fn try_into_outgoing_request(self) -> Result<(OutgoingRequest, Option<Vec<u8>>), Self::Error> {
        let (request, _) = self.0.try_into_outgoing_request()?;
        Ok((request, None))
    }
}

fn method(name: &str) -> Result<Method, ServiceError> {
    Ok(match name {
        "GET" => Method::Get,
        "HEAD" => Method::Head,
        "POST" => Method::Post,
        "PUT" => Method::Put,
        "PATCH" => Method::Patch,
        "DELETE" => Method::Delete,
        "OPTIONS" => Method::Options,
        // What makes a tunnel or shows what others have sent is nothing for a service.
        "CONNECT" | "TRACE" => return Err(no_method(name)),
        name if is_token(name) => Method::Other(name.to_owned()),
        _ => return Err(no_method(name)),
    })
}

fn no_method(name: &str) -> ServiceError {
    invalid(format!("there is no HTTP method `{name:.20}`"))
}

fn check_header(name: &str, value: &str) -> Result<(), ServiceError> {
    let is_value = value
        .bytes()
        .all(|byte| byte >= b' ' && byte != 127 || byte == b'\t');
    if is_token(name) && is_value {
        Ok(())
    } else {
        Err(invalid(format!("the header `{name:.40}` cannot be sent")))
    }
}

async fn read(
    target: &Target,
    response: IncomingResponse,
    cut_at: Option<usize>,
    sign_of_life: impl Fn(),
) -> Result<Response, ServiceError> {
    let too_large = |what: &str, limit: usize| {
        refused(
            ErrorCode::UpstreamTooLarge,
            format!(
                "the {what} of an answer of `{}` have more than {limit} bytes",
                target.host()
            ),
        )
    };
    let status = response.status();
    let mut headers = Vec::new();
    let mut bytes = 0;
    for (name, value) in response.headers().entries() {
        bytes += name.len() + value.len();
        if bytes > HEADER_BYTES {
            return Err(too_large("headers", HEADER_BYTES));
        }
        if let Ok(value) = String::from_utf8(value) {
            headers.push((name.to_ascii_lowercase(), value));
        }
    }
    let stream = response.take_body_stream();
    futures::pin_mut!(stream);
    let mut body = Vec::new();
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(|_| {
            retryable(
                ErrorCode::UpstreamUnreachable,
                format!(
                    "the connection to `{}` broke within the answer",
                    target.host()
                ),
                None,
            )
        })?;
        sign_of_life();
        if let Some(most) = cut_at
            && body.len() + chunk.len() >= most
        {
            body.extend_from_slice(&chunk[..most.saturating_sub(body.len()).min(chunk.len())]);
            break;
        }
        if body.len() + chunk.len() > RESPONSE_BYTES {
            return Err(too_large("contents", RESPONSE_BYTES));
        }
        body.extend_from_slice(&chunk);
    }
    let response = Response {
        status,
        headers,
        body: Vec::new(),
    };
    let body = match is_json(&response) {
        true => json::well_formed_bytes(body),
        false => body,
    };
    Ok(Response { body, ..response })
}

/// Whether JSON stands in an answer, as its type says.
fn is_json(response: &Response) -> bool {
    let media_type = response.header("content-type").unwrap_or_default();
    let media_type = media_type.to_ascii_lowercase();
    media_type.contains("json") || media_type.contains("event-stream")
}

fn failed(target: &Target, error: &SendError) -> Failed {
    Failed {
        error: told(target, error),
        may_have_arrived: may_have_arrived(error),
    }
}

/// Whether the request may have reached the upstream: nothing does before there is a connection.
fn may_have_arrived(error: &SendError) -> bool {
    match error {
        SendError::RequestConversion(_) => false,
        SendError::Io(_) | SendError::ResponseConversion(_) => true,
        SendError::Http(error) => !matches!(
            error,
            HostError::HttpRequestDenied
                | HostError::DestinationIpProhibited
                | HostError::DestinationIpUnroutable
                | HostError::DestinationNotFound
                | HostError::DestinationUnavailable
                | HostError::DnsError(_)
                | HostError::DnsTimeout
                | HostError::ConnectionRefused
                | HostError::ConnectionTimeout
                | HostError::ConnectionLimitReached
                | HostError::TlsCertificateError
                | HostError::TlsProtocolError
                | HostError::TlsAlertReceived(_)
        ),
    }
}

fn told(target: &Target, error: &SendError) -> ServiceError {
    let host = target.host();
    match error {
        SendError::Http(HostError::HttpRequestDenied | HostError::DestinationIpProhibited) => {
            refused(
                ErrorCode::HostForbidden,
                format!("the service may not send requests to `{host}`"),
            )
        }
        SendError::Http(
            HostError::ConnectionTimeout
            | HostError::ConnectionReadTimeout
            | HostError::ConnectionWriteTimeout
            | HostError::DnsTimeout
            | HostError::HttpResponseTimeout,
        ) => retryable(
            ErrorCode::UpstreamTimeout,
            format!("`{host}` took too long to answer"),
            None,
        ),
        SendError::RequestConversion(_) => invalid("the request cannot be sent as it is"),
        SendError::Http(error) => unreachable_host(host, &reason(error)),
        SendError::Io(_) | SendError::ResponseConversion(_) => {
            unreachable_host(host, "the connection broke")
        }
    }
}

/// Why a host cannot be reached, in words; for what is seldom, what the interface calls it.
fn reason(error: &HostError) -> String {
    match error {
        HostError::DnsError(_) | HostError::DestinationNotFound => "there is no host of this name",
        HostError::DestinationUnavailable | HostError::DestinationIpUnroutable => {
            "there is no way to it"
        }
        HostError::ConnectionRefused => "it refuses the connection",
        HostError::ConnectionTerminated | HostError::HttpResponseIncomplete => {
            "the connection broke"
        }
        HostError::ConnectionLimitReached => "too many connections are open",
        HostError::TlsCertificateError
        | HostError::TlsProtocolError
        | HostError::TlsAlertReceived(_) => "its TLS certificate or protocol was not accepted",
        HostError::HttpProtocolError => "it does not speak HTTP",
        other => {
            let name = format!("{other:?}");
            let name = name.trim_start_matches("ErrorCode::");
            let end = name
                .find(|c: char| !c.is_alphanumeric())
                .unwrap_or(name.len());
            return name[..end].to_owned();
        }
    }
    .to_owned()
}

fn unreachable_host(host: &Host, reason: &str) -> ServiceError {
    retryable(
        ErrorCode::UpstreamUnreachable,
        format!("`{host}` cannot be reached: {reason}"),
        None,
    )
}
