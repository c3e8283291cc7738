//! A request on its way.

use tasker_domain::wire::ServiceError;
use tasker_service::http::Request;
use url::Url;

use crate::arguments::Redirect;
use crate::headers;

/// A request on its way: where it goes, and what it has.
#[derive(Debug)]
pub(crate) struct Outgoing {
    pub(crate) url: Url,
    pub(crate) method: String,
    /// Names in lower case, each once.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Option<Vec<u8>>,
    pub(crate) redirect: Redirect,
}

impl Outgoing {
    /// What is sent now.
    pub(crate) fn request(&self) -> Request {
        let mut url = self.url.clone();
        url.set_fragment(None);
        // Allowed in a query, and not sent by everybody as it is.
        if let Some(query) = url.query().filter(|query| query.contains('`')) {
            let query = query.replace('`', "%60");
            url.set_query(Some(&query));
        }
        let mut request = Request::new(&self.method, url);
        request.headers.clone_from(&self.headers);
        request.body = self.body.clone().unwrap_or_default();
        request
    }

    /// Goes on to where an answer of this status leads (Fetch, HTTP-redirect fetch).
    pub(crate) fn redirect_to(&mut self, status: u16, url: Url) {
        let method = self.method.as_str();
        let becomes_get = match status {
            301 | 302 => method == "POST",
            303 => !matches!(method, "GET" | "HEAD"),
            _ => false,
        };
        if becomes_get {
            "GET".clone_into(&mut self.method);
            self.body = None;
            headers::drop_body(&mut self.headers);
        }
        if url.origin() != self.url.origin() {
            headers::leave_origin(&mut self.headers);
        }
        self.url = url;
    }

    /// The URL that an answer tells: without a fragment, which is nobody's but the asker's.
    pub(crate) fn told(&self) -> String {
        let mut url = self.url.clone();
        url.set_fragment(None);
        url.into()
    }
}

/// A failure of a request that may be made only once, as far as anybody knows. Another attempt is its author's to ask for.
pub(crate) fn only_once(mut error: ServiceError) -> ServiceError {
    error.outcome_unknown |= error.retryable;
    error.retryable = false;
    error
}
