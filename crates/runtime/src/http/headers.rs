//! The request headers by which a component learns how it was reached.

use std::net::SocketAddr;

use http::{HeaderName, HeaderValue, Request, header};

use super::router::Match;

/// Adds Spin's headers to a request whose URI is absolute. A header that the client already sent is kept in front.
///
/// # Errors
/// A message, if the `Host` header is not text.
pub(crate) fn add<B>(
    request: &mut Request<B>,
    route: &Match,
    client: SocketAddr,
) -> Result<(), String> {
    let uri = request.uri();
    let host = match request.headers().get(header::HOST) {
        Some(host) => host
            .to_str()
            .map_err(|error| format!("`Host` header: {error}"))?,
        None => "localhost",
    };
    let scheme = uri.scheme_str().unwrap_or("http");
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let prefix = |route: &str| route.strip_suffix("/...").unwrap_or(route).to_owned();

    let mut added = vec![
        ("spin-path-info".to_owned(), route.path_info.clone()),
        (
            "spin-full-url".to_owned(),
            format!("{scheme}://{host}{path}"),
        ),
        ("spin-matched-route".to_owned(), route.based_route.clone()),
        ("spin-base-path".to_owned(), "/".to_owned()),
        (
            "spin-raw-component-route".to_owned(),
            route.raw_route.clone(),
        ),
        ("spin-component-route".to_owned(), prefix(&route.raw_route)),
        ("spin-client-addr".to_owned(), client.to_string()),
    ];
    for (name, value) in &route.named {
        let name = name.replace('_', "-").to_ascii_lowercase();
        added.push((format!("spin-path-match-{name}"), value.clone()));
    }
    for (name, value) in added {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            request.headers_mut().append(name, value);
        }
    }
    Ok(())
}
