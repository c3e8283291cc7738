//! A request while it is being built.

use tasker_domain::wire::ServiceError;
use tasker_service::http::Request;
use tasker_service::invalid;
use url::Url;
use url::form_urlencoded::Serializer;

/// Bytes of a URL.
const URL_BYTES: usize = 32 << 10;
/// Bytes of a body.
const BODY_BYTES: usize = 4 << 20;
/// Headers of one request.
const HEADERS: usize = 64;

/// Headers with the rules of JavaScript's `Headers`: names without case, repeated values in one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Headers(Vec<(String, String)>);

impl Headers {
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let (_, value) = self.0.iter().find(|(other, _)| other == name)?;
        Some(value)
    }

    pub(crate) fn set(&mut self, name: &str, value: &str) -> Result<(), ServiceError> {
        let (name, value) = checked(name, value)?;
        if let Some((_, old)) = self.0.iter_mut().find(|(other, _)| *other == name) {
            *old = value;
        } else if self.0.len() < HEADERS {
            self.0.push((name, value));
        } else {
            return Err(invalid(format!("a request has at most {HEADERS} headers")));
        }
        Ok(())
    }

    pub(crate) fn remove(&mut self, name: &str) {
        self.0.retain(|(other, _)| other != name);
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }

    pub(crate) fn append(&mut self, name: &str, value: &str) -> Result<(), ServiceError> {
        match self.get(name) {
            Some(old) => {
                let all = format!("{old}, {value}");
                self.set(name, &all)
            }
            None => self.set(name, value),
        }
    }
}

/// A header's name in lower case and its value, if a caller may send them.
fn checked(name: &str, value: &str) -> Result<(String, String), ServiceError> {
    let name = name.to_ascii_lowercase();
    let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if name.is_empty() || !name.bytes().all(token) {
        return Err(invalid("a header's name is not one"));
    }
    let connection = [
        "connection",
        "content-length",
        "expect",
        "host",
        "keep-alive",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    ];
    if connection.contains(&name.as_str()) {
        return Err(invalid(format!("the header `{name}` is not yours to set")));
    }
    let value = value.trim_matches([' ', '\t', '\r', '\n']);
    if !value
        .bytes()
        .all(|byte| matches!(byte, b'\t' | b' '..=b'~'))
    {
        return Err(invalid(format!(
            "the value of the header `{name}` has characters that a header cannot have"
        )));
    }
    Ok((name, value.to_owned()))
}

/// A request to a part of the project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Outgoing {
    pub(crate) method: &'static str,
    /// After the part's URL, beginning with a slash. It may have a query.
    pub(crate) path: String,
    /// The query's parameters, as `URLSearchParams` has them.
    pub(crate) query: Vec<(String, String)>,
    pub(crate) headers: Headers,
    pub(crate) body: Option<Vec<u8>>,
    /// Whether making it twice does no harm, though its method says nothing of that.
    repeats: bool,
}

impl Outgoing {
    pub(crate) fn new(method: &'static str, path: String) -> Self {
        Self {
            method,
            path,
            query: Vec::new(),
            headers: Headers::default(),
            body: None,
            repeats: false,
        }
    }

    /// One that only reads, or that has the same effect the second time.
    pub(crate) fn repeatable(mut self) -> Self {
        self.repeats = true;
        self
    }

    /// With a body of JSON text.
    pub(crate) fn with_json(
        mut self,
        content_type: &str,
        json: String,
    ) -> Result<Self, ServiceError> {
        self.headers.set("content-type", content_type)?;
        self.body = Some(json.into_bytes());
        Ok(self)
    }

    /// Adds a parameter to the query.
    pub(crate) fn push(&mut self, name: &str, value: impl Into<String>) {
        self.query.push((name.to_owned(), value.into()));
    }

    /// Gives a parameter of the query its only value.
    pub(crate) fn put(&mut self, name: &str, value: impl Into<String>) {
        let at = self.query.iter().position(|(other, _)| other == name);
        let Some(at) = at else {
            return self.push(name, value);
        };
        self.query[at].1 = value.into();
        let mut index = 0;
        self.query.retain(|(other, _)| {
            index += 1;
            index <= at + 1 || other != name
        });
    }

    /// The request, with `part` as the beginning of its URL.
    pub(crate) fn into_request(self, part: &str) -> Result<Request, ServiceError> {
        let mut url = Url::parse(&format!("{part}{}", self.path))
            .map_err(|_| invalid("the names in this call do not give a URL"))?;
        if !self.query.is_empty() {
            let pairs: Vec<_> = url.query_pairs().into_owned().collect();
            let query = Serializer::new(String::new())
                .extend_pairs(pairs)
                .extend_pairs(&self.query)
                .finish();
            url.set_query(Some(&query));
        }
        url.set_fragment(None);
        let within = Url::parse(part).is_ok_and(|part| {
            url.origin() == part.origin() && url.path().starts_with(&format!("{}/", part.path()))
        });
        if !within {
            return Err(invalid(
                "the names in this call lead out of their part of the project",
            ));
        }
        let bytes = url.as_str().len();
        if bytes > URL_BYTES {
            return Err(invalid(format!(
                "the request's URL has {bytes} bytes; at most {URL_BYTES} are allowed: select fewer columns, or pass long lists to a function by `rpc`"
            )));
        }
        let body = self.body.unwrap_or_default();
        if body.len() > BODY_BYTES {
            return Err(invalid(format!(
                "the request's body has {} bytes; at most {BODY_BYTES} are allowed",
                body.len()
            )));
        }
        let mut request = Request::new(self.method, url.as_str());
        request.repeats |= self.repeats || self.headers.get("x-upsert") == Some("true");
        request.headers = self.headers.0;
        request.headers.push((
            "x-client-info".to_owned(),
            concat!("tasker/", env!("CARGO_PKG_VERSION")).to_owned(),
        ));
        request.body = body;
        Ok(request)
    }
}
