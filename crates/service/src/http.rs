//! A request to an upstream and its answer, as plain data.

use std::time::Duration;

/// A request to the outside world.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// `GET`, `POST`, …
    pub method: String,
    /// Absolute, with its query.
    pub url: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// Empty for none.
    pub body: Vec<u8>,
    /// How long the answer may take, if that is less than what the call has left.
    pub timeout: Option<Duration>,
    /// The answer's body is cut after this many bytes, if that is less than the bound for all answers;
    /// then no more of it is read.
    pub cut_at: Option<usize>,
    /// Whether it may be made twice although the upstream has done it once. Its method decides (RFC 9110,
    /// 9.2.2), unless the service knows more.
    pub repeats: bool,
    /// Whether the answer comes bit by bit while the upstream works on it: then each bit is a sign of life,
    /// and time is up only when none has come for this long.
    pub streams: bool,
    /// Whether a good answer is a credential itself, such as an access token, and so comes uncleaned. What the service takes
    /// from it, it has to hide.
    pub gives_credential: bool,
}

impl Request {
    /// A request without headers and body.
    #[must_use]
    pub fn new(method: &str, url: impl Into<String>) -> Self {
        Self {
            method: method.to_owned(),
            url: url.into(),
            headers: Vec::new(),
            body: Vec::new(),
            timeout: None,
            cut_at: None,
            repeats: matches!(method, "GET" | "HEAD" | "OPTIONS" | "PUT" | "DELETE"),
            streams: false,
            gives_credential: false,
        }
    }

    /// One that does no harm if it is made twice, whatever its method.
    #[must_use]
    pub fn repeatable(mut self) -> Self {
        self.repeats = true;
        self
    }

    /// Whether another attempt of it is harmless: by its nature, or because it carries a key by which the
    /// upstream recognises it.
    #[must_use]
    pub fn is_repeatable(&self) -> bool {
        let is_key =
            |(name, value): &(String, String)| name == "idempotency-key" && !value.is_empty();
        self.repeats || self.headers.iter().any(is_key)
    }

    /// With a further header; its name in lower case.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// With this body and its media type.
    #[must_use]
    pub fn with_body(self, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        let mut request = self.with_header("content-type", content_type);
        request.body = body.into();
        request
    }
}

/// Headers by which servers and proxies let a request be another than it looks like.
const OVERRIDES: [&str; 6] = [
    "x-http-method",
    "x-http-method-override",
    "x-method-override",
    "x-original-url",
    "x-original-uri",
    "x-rewrite-url",
];

/// Whether a header, in lower case, may make a request be another than a policy has seen. An underscore counts as a hyphen, as
/// servers that hand headers on as variables have it.
#[must_use]
pub fn is_override(name: &str) -> bool {
    OVERRIDES.contains(&name.replace('_', "-").as_str())
}

/// Headers that belong to one connection; the host writes those that are needed itself.
const OF_THE_CONNECTION: [&str; 12] = [
    "connection",
    "content-length",
    "expect",
    "host",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// Whether a header, in lower case, belongs to one connection: a request is sent without it.
#[must_use]
pub fn is_of_the_connection(name: &str) -> bool {
    OF_THE_CONNECTION.contains(&name)
}

/// Whether a text may be the name of a header or a method (RFC 9110, 5.6.2).
#[must_use]
pub fn is_token(text: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !text.is_empty() && text.bytes().all(is_part)
}

/// What an upstream answered. Its body is within the service's bound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// Names in lower case; values that are no text are left out.
    pub headers: Vec<(String, String)>,
    /// The whole body.
    pub body: Vec<u8>,
}

impl Response {
    /// The first header of this name, which is in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let (_, value) = self.headers.iter().find(|(other, _)| other == name)?;
        Some(value)
    }

    /// Whether the status says that nothing was done: the upstream has refused, or had no time to begin.
    #[must_use]
    pub fn is_refusal(&self) -> bool {
        matches!(self.status, 400..=499 | 503)
    }

    /// Whether the status says that it worked.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_that_make_another_request_are_known() {
        for name in [
            "x-http-method-override",
            "x_http_method_override",
            "x-rewrite-url",
        ] {
            assert!(is_override(name), "{name}");
        }
        assert!(!is_override("x-http-method-overrides") && !is_override("x-method"));
    }

    #[test]
    fn what_may_be_made_twice_is_told_by_method_key_or_service() {
        let request = |method| Request::new(method, "https://a.example/");
        for (method, repeats) in [
            ("GET", true),
            ("HEAD", true),
            ("OPTIONS", true),
            ("PUT", true),
            ("DELETE", true),
            ("POST", false),
            ("PATCH", false),
        ] {
            assert_eq!(request(method).is_repeatable(), repeats, "{method}");
        }
        assert!(request("POST").repeatable().is_repeatable());
        let keyed = |key| request("POST").with_header("idempotency-key", key);
        assert!(keyed("k").is_repeatable() && !keyed("").is_repeatable());
        let refused = |status| Response {
            status,
            headers: Vec::new(),
            body: Vec::new(),
        };
        let statuses = [200, 304, 400, 408, 409, 429, 499, 500, 502, 503, 504];
        let refusals = statuses.map(|status| refused(status).is_refusal());
        assert_eq!(
            refusals,
            [
                false, false, true, true, true, true, true, false, false, true, false
            ]
        );
    }
}
