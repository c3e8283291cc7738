//! What an endpoint of the public API is: what it takes, what it answers, and what it does.

pub(crate) use http::{Method, StatusCode};
pub(crate) use tasker_domain::access::Right;
pub(crate) use tasker_domain::{
    ErrorCode::{self, *},
    RunId,
};
pub(crate) use tasker_host::time;
pub(crate) use tasker_store::prelude::*;

pub(crate) use crate::access::{Access, Act, Needs, Of};
pub(crate) use crate::answer::{After, Answer};
pub(crate) use crate::content::{
    Content, Described, Json, List, Nothing, OptionalJson, RequestBody, Schemas, add_schema,
};
pub(crate) use crate::error::{Error, Result, internal, store};
pub(crate) use crate::params::{Paging, PathParams, QueryParams};

use futures::future::LocalBoxFuture;

use crate::request::Request;

/// An endpoint.
pub(crate) trait Endpoint: Sized + 'static {
    const METHOD: Method;
    /// With its parameters in braces.
    const PATH: &'static str;
    /// Another path at which it is, too.
    const ALIAS: Option<&'static str> = None;
    /// What it needs of its caller.
    const NEEDS: Needs;

    /// Its name in the OpenAPI document.
    const ID: &'static str;
    /// The group that it is shown in.
    const TAG: &'static str;
    /// One line.
    const SUMMARY: &'static str;
    /// Whether the audit notes who does it.
    const AUDITED: bool = false;
    /// The headers of a request that count, and what they mean.
    const HEADERS: &'static [(&'static str, &'static str)] = &[];
    /// The answers that are no problems.
    const ANSWERS: Answers;
    /// The problems that it can answer with, besides those of its body, its store and its key.
    const PROBLEMS: Problems = &[];
    /// Whether it needs the database, and so can fail as that does.
    const STORED: bool = true;
    /// Schemas that its descriptions speak of.
    const SCHEMAS: Schemas = &[];

    type Path: PathParams;
    type Query: QueryParams;
    type Body: RequestBody;
    type Answer: Content;

    async fn handle(call: Call<Self>) -> Answered<Self>;
}

/// Statuses, and what an answer with each means.
pub(crate) type Answers = &'static [(StatusCode, &'static str)];

pub(crate) type Problems = &'static [ErrorCode];

/// What an endpoint gives.
pub(crate) type Answered<E> = Result<Answer<<E as Endpoint>::Answer>>;

/// A call of an endpoint, read and checked.
pub(crate) struct Call<E: Endpoint> {
    pub(crate) path: E::Path,
    pub(crate) query: E::Query,
    pub(crate) body: <E::Body as RequestBody>::Value,
    /// For what else it says.
    pub(crate) request: Request,
    /// Who calls; `None` where nothing is needed.
    access: Option<Access>,
}

impl<E: Endpoint> Call<E> {
    /// Who calls. Where nothing is needed that is nobody, who may do nothing.
    pub(crate) fn access(&self) -> Result<Access> {
        self.access.clone().ok_or_else(|| internal("it is open"))
    }
}

/// What an endpoint in the list of all is.
pub(crate) struct Registered {
    pub(crate) method: Method,
    pub(crate) path: &'static str,
    pub(crate) alias: Option<&'static str>,
    pub(crate) needs: Needs,
    /// Whether it needs the database: then how often a client asks is bounded.
    pub(crate) stored: bool,
    /// The name under which the audit notes it.
    pub(crate) audited: Option<&'static str>,
}

impl Registered {
    pub(crate) const fn new<E: Endpoint>() -> Self {
        assert!(
            parameters(E::PATH) == E::Path::COUNT,
            "the type of the path has as many parameters as the path"
        );
        Self {
            method: E::METHOD,
            path: E::PATH,
            alias: E::ALIAS,
            needs: E::NEEDS,
            stored: E::STORED,
            audited: if E::AUDITED { Some(E::ID) } else { None },
        }
    }

    /// The paths at which it is.
    pub(crate) fn paths(&self) -> impl Iterator<Item = &'static str> + use<> {
        std::iter::once(self.path).chain(self.alias)
    }
}

/// Reads a request, whose path has these parameters, and does what it asks for.
pub(crate) type Do =
    fn(Request, Vec<String>, Option<Access>) -> LocalBoxFuture<'static, Result<Answer>>;

pub(crate) fn call<E: Endpoint>(
    mut request: Request,
    params: Vec<String>,
    access: Option<Access>,
) -> LocalBoxFuture<'static, Result<Answer>> {
    Box::pin(async move {
        let query = E::Query::read(&request.query)?;
        let path = E::Path::read(params)?;
        let body = E::Body::read(&mut request).await?;
        let call = Call {
            path,
            query,
            body,
            request,
            access,
        };
        Ok(E::handle(call).await?.of())
    })
}

/// How many parameters a path has.
const fn parameters(path: &str) -> usize {
    let (bytes, mut index, mut count) = (path.as_bytes(), 0, 0);
    while index < bytes.len() {
        count += (bytes[index] == b'{') as usize;
        index += 1;
    }
    count
}
