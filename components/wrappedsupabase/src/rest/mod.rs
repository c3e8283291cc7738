//! Tables and functions of the database: `from(…)`, `rpc(…)`, as postgrest-js 2 makes requests of them.

mod answer;
mod filters;
mod modifiers;
mod verbs;

use tasker_domain::wire::ServiceError;
use tasker_service::{Host, invalid};

use crate::chain::Step;
use crate::outgoing::Outgoing;
use crate::project::{Project, segment};

/// A query while its steps are applied, and what its answer has to be read with.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Query {
    request: Outgoing,
    /// Sent as the profile.
    schema: String,
    throws: bool,
    maybe_single: bool,
    strip_nulls: bool,
    /// As `retry(…)` sets it.
    retries: bool,
}

impl Query {
    fn new(method: &'static str, path: String, schema: &str) -> Self {
        Self {
            request: Outgoing::new(method, path),
            schema: schema.to_owned(),
            throws: false,
            maybe_single: false,
            strip_nulls: false,
            retries: true,
        }
    }
}

/// Applies all steps of a chain that begins with `from`, `rpc` or `schema`.
pub(crate) fn build(steps: &[Step]) -> Result<Query, ServiceError> {
    let mut schema = "public";
    let mut steps = steps.iter();
    let query = loop {
        let Some(step) = steps.next().filter(|step| step.is_call()) else {
            return Err(incomplete("schema(…)", &["from", "rpc"]));
        };
        match step.name.as_str() {
            "schema" => schema = step.text(0, "the schema")?,
            "from" => {
                let table = table(step)?;
                let Some(verb) = steps.next() else {
                    return Err(incomplete("from(…)", verbs::NAMES));
                };
                break verbs::begin(verb, table, schema)?;
            }
            "rpc" => break verbs::rpc(step, schema)?,
            _ => return Err(step.unknown(&["from", "rpc", "schema"])),
        }
    };
    steps.try_fold(query, |mut query, step| {
        if !(step.is_call()
            && (filters::apply(&mut query, step)? || modifiers::apply(&mut query, step)?))
        {
            return Err(step.unknown(&[filters::NAMES, modifiers::NAMES].concat()));
        }
        Ok(query)
    })
}

fn table(step: &Step) -> Result<&str, ServiceError> {
    match step.arg(0).and_then(serde_json::Value::as_str) {
        Some(name) if !name.trim().is_empty() => segment(name, "the name of a table"),
        _ => Err(invalid(
            "Invalid relation name: relation must be a non-empty string.",
        )),
    }
}

fn incomplete(what: &str, next: &[&str]) -> ServiceError {
    invalid(format!(
        "`tools.supabase`: nothing to do after {what}; follow it with one of {}",
        next.join(", ")
    ))
}

/// Sends a query and reads its answer.
pub(crate) async fn send(
    host: &impl Host,
    project: &Project,
    query: Query,
) -> tasker_service::Result {
    let Query { mut request, .. } = query.clone();
    let reads = matches!(request.method, "GET" | "HEAD");
    let profile = if reads {
        "accept-profile"
    } else {
        "content-profile"
    };
    request.headers.set(profile, &query.schema)?;
    if !reads {
        request.headers.set("content-type", "application/json")?;
    }
    if query.strip_nulls {
        let accept = match request.headers.get("accept") {
            Some("application/vnd.pgrst.object+json") => {
                Some("application/vnd.pgrst.object+json;nulls=stripped")
            }
            None | Some("" | "application/json") => {
                Some("application/vnd.pgrst.array+json;nulls=stripped")
            }
            Some(_) => None,
        };
        if let Some(accept) = accept {
            request.headers.set("accept", accept)?;
        }
    }
    let headers = request.headers.clone();
    let sent = host.send(project.request("rest/v1", request)?).await;
    let response = sent.map_err(|mut error| {
        error.retryable &= query.retries;
        error
    })?;
    answer::read(&query, &headers, &response, host.now_ms())
}
