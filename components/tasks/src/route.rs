//! Which endpoint a method and a path mean.

use http::Method;
use percent_encoding::percent_decode_str;
use tasker_api::Problem;
use tasker_domain::ErrorCode;

use crate::endpoint::Registered;
use crate::endpoints::ENDPOINTS;

/// An endpoint that was found.
pub(crate) struct Match {
    /// Its place in the list.
    pub(crate) index: usize,
    /// The parameters of the path in their order, decoded.
    pub(crate) params: Vec<String>,
}

impl Match {
    pub(crate) fn endpoint(&self) -> &'static Registered {
        &ENDPOINTS[self.index]
    }
}

/// Why a method and a path mean no endpoint.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum NoMatch {
    /// Nothing is at the path.
    Path,
    /// The path does not take the method, but these: the value of `Allow`.
    Method(String),
    /// The path is not percent-encoded UTF-8.
    Encoding,
}

impl From<NoMatch> for Problem {
    fn from(no_match: NoMatch) -> Self {
        match no_match {
            NoMatch::Path => Self::new(
                ErrorCode::RouteNotFound,
                "there is nothing at this path; GET /openapi.json lists what there is",
            ),
            NoMatch::Method(allow) => {
                let detail = format!("this path takes {allow}");
                Self {
                    allow: Some(allow),
                    ..Self::new(ErrorCode::MethodNotAllowed, detail)
                }
            }
            NoMatch::Encoding => Self::new(
                ErrorCode::BadRequest,
                "the path is not percent-encoded UTF-8",
            ),
        }
    }
}

/// A path, and the place in the list of an endpoint that is there.
type Place = (&'static str, usize);

/// Finds the endpoint of a method and a path (without its query). `HEAD` is `GET`.
pub(crate) fn find(method: &Method, path: &str) -> Result<Match, NoMatch> {
    let method = match *method {
        Method::HEAD => &Method::GET,
        _ => method,
    };
    // A path may be another method's parameter: there may be a namespace `rotate`.
    let router = router(places(path).filter(|(_, index)| ENDPOINTS[*index].method == *method));
    let Ok(found) = router.at(path) else {
        return Err(no_match(path));
    };
    let params = found
        .params
        .iter()
        .map(|(_, value)| percent_decode_str(value).decode_utf8().map(Into::into))
        .collect::<Result<_, _>>()
        .map_err(|_| NoMatch::Encoding)?;
    Ok(Match {
        index: *found.value,
        params,
    })
}

/// All places.
fn all() -> impl Iterator<Item = Place> {
    let endpoints = ENDPOINTS.iter().enumerate();
    endpoints.flat_map(|(index, endpoint)| endpoint.paths().map(move |path| (path, index)))
}

/// The places that the path may be one of. A word that stands for an action on all runs is no run's id;
/// but a namespace of the keystore may be called `rotate`.
fn places(path: &str) -> impl Iterator<Item = Place> {
    let of_all = path.starts_with("/runs/") && all().any(|(place, _)| place == path);
    all().filter(move |(place, _)| !of_all || !place.contains('{'))
}

fn router(places: impl Iterator<Item = Place>) -> matchit::Router<usize> {
    let mut router = matchit::Router::new();
    for (path, index) in places {
        router
            .insert(path, index)
            .expect("the paths do not conflict");
    }
    router
}

fn no_match(path: &str) -> NoMatch {
    let mut methods: Vec<_> = places(path)
        .filter(|place| router(std::iter::once(*place)).at(path).is_ok())
        .map(|(_, index)| ENDPOINTS[index].method.as_str())
        .collect();
    if methods.is_empty() {
        return NoMatch::Path;
    }
    if methods.contains(&"GET") {
        methods.push("HEAD");
    }
    methods.push("OPTIONS");
    NoMatch::Method(methods.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_and_methods_mean_calls() {
        let find = |method: &str, path: &str| find(&method.parse().unwrap(), path);
        let found =
            |method, path| find(method, path).map(|found| (found.endpoint().path, found.params));
        let params = |params: &[&str]| {
            params
                .iter()
                .map(|param| (*param).to_owned())
                .collect::<Vec<_>>()
        };
        for (method, path, endpoint, expected) in [
            ("GET", "/tasks", "/tasks", params(&[])),
            ("PUT", "/tasks/a%2Fb", "/tasks/{name}", params(&["a/b"])),
            ("GET", "/tasks/status", "/tasks/{name}", params(&["status"])),
            (
                "GET",
                "/tasks/status/1",
                "/tasks/status/{taskRunId}",
                params(&["1"]),
            ),
            (
                "HEAD",
                "/runs/1",
                "/tasks/status/{taskRunId}",
                params(&["1"]),
            ),
            ("POST", "/keys/rotate", "/keys/rotate", params(&[])),
            (
                "GET",
                "/keys/rotate",
                "/keys/{namespace}",
                params(&["rotate"]),
            ),
            (
                "PUT",
                "/keys/n%20s/%C3%BC",
                "/keys/{namespace}/{key}",
                params(&["n s", "ü"]),
            ),
        ] {
            assert_eq!(
                found(method, path),
                Ok((endpoint, expected)),
                "{method} {path}"
            );
        }
        for path in [
            "/",
            "",
            "/task",
            "/tasks/",
            "/tasks/a/b",
            "/runs/1/journal/2",
            "//tasks",
        ] {
            assert_eq!(found("GET", path), Err(NoMatch::Path), "{path}");
        }
        assert_eq!(
            found("PATCH", "/tasks"),
            Err(NoMatch::Method("GET, POST, HEAD, OPTIONS".to_owned()))
        );
        assert_eq!(
            found("GET", "/sweep"),
            Err(NoMatch::Method("POST, OPTIONS".to_owned()))
        );
        assert_eq!(
            found("GET", "/runs/cancel"),
            Err(NoMatch::Method("POST, OPTIONS".to_owned()))
        );
        assert_eq!(found("GET", "/tasks/%ff"), Err(NoMatch::Encoding));
    }
}
