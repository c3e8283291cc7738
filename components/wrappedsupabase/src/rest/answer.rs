//! What a query's answer becomes: `{ success, error, data, count, status, statusText }`.

use serde_json::Value;
use serde_json::value::RawValue;
use tasker_domain::wire::ServiceError;
use tasker_service::http::Response;
use tasker_service::status_text;
use tasker_service::upstream::{self, Said};

use super::Query;
use crate::answer::{self, json, quoted, text};
use crate::js;
use crate::outgoing::Headers;

/// The answer of a call.
struct Answer {
    /// JSON texts; `None` is null.
    error: Option<String>,
    data: Option<String>,
    count: Option<i64>,
    status: u16,
    status_text: &'static str,
}

/// Reads the answer to `query`, which was sent with `headers`.
pub(super) fn read(
    query: &Query,
    headers: &Headers,
    response: &Response,
    now_ms: i64,
) -> tasker_service::Result {
    if query.retries
        && !said_by_the_database(response)
        && let Some(busy) = answer::busy(response, now_ms)
    {
        return Err(busy);
    }
    let mut answer = Answer {
        error: None,
        data: None,
        count: None,
        status: response.status,
        status_text: status_text(response.status),
    };
    let body = text(response);
    if response.is_ok() {
        worked(&mut answer, query, headers, response, &body);
    } else {
        failed(&mut answer, &body);
    }
    match &answer.error {
        Some(error) if query.throws => Err(thrown_error(error, &answer, response, now_ms)),
        _ => Ok(answer.json()),
    }
}

/// A 500 that comes from the database itself: trying again would give the same.
fn said_by_the_database(response: &Response) -> bool {
    let code = (response.status == 500)
        .then(|| answer::value(response))
        .flatten()
        .and_then(|body| Some(body.get("code")?.as_str()?.to_owned()));
    code.is_some_and(|code| {
        let unwell = ["08", "53", "57P", "58"];
        let sql_state = code.len() == 5 && code.bytes().all(|byte| byte.is_ascii_alphanumeric());
        (sql_state && !unwell.iter().any(|class| code.starts_with(class)))
            || code.starts_with("PGRST1")
    })
}

fn worked(answer: &mut Answer, query: &Query, headers: &Headers, response: &Response, body: &str) {
    let accept = headers.get("accept").unwrap_or_default();
    if query.request.method != "HEAD" && !body.is_empty() {
        if accept == "text/csv" || accept.contains("application/vnd.pgrst.plan+text") {
            answer.data = Some(quoted(body));
        } else if let Some(json) = json(body) {
            answer.data = Some(json.get().to_owned()).filter(|json| json != "null");
        } else {
            answer.error = Some(format!(r#"{{"message":{}}}"#, quoted(body)));
        }
    }
    let counts = headers.get("prefer").is_some_and(|prefer| {
        ["exact", "planned", "estimated"]
            .iter()
            .any(|kind| prefer.contains(&format!("count={kind}")))
    });
    if counts
        && let Some((_, total)) = response
            .header("content-range")
            .and_then(|range| range.split_once('/'))
    {
        answer.count = js::parse_int(total);
    }
    if query.maybe_single
        && let Some(rows) = answer
            .data
            .as_deref()
            .and_then(|data| serde_json::from_str::<Vec<&RawValue>>(data).ok())
    {
        match rows[..] {
            [] => answer.data = None,
            [row] => answer.data = Some(row.get().to_owned()).filter(|json| json != "null"),
            _ => {
                answer.error = Some(format!(
                    r#"{{"code":"PGRST116","details":"Results contain {} rows, application/vnd.pgrst.object+json requires 1 row","hint":null,"message":"JSON object requested, multiple (or no) rows returned"}}"#,
                    rows.len()
                ));
                (answer.data, answer.count) = (None, None);
                (answer.status, answer.status_text) = (406, "Not Acceptable");
            }
        }
    }
}

fn failed(answer: &mut Answer, body: &str) {
    match json(body) {
        Some(error) if answer.status == 404 && error.get().starts_with('[') => {
            answer.data = Some("[]".to_owned());
            (answer.status, answer.status_text) = (200, "OK");
        }
        Some(error) => answer.error = Some(error.get().to_owned()).filter(|json| json != "null"),
        None if answer.status == 404 && body.is_empty() => {
            (answer.status, answer.status_text) = (204, "No Content");
        }
        None => answer.error = Some(format!(r#"{{"message":{}}}"#, quoted(body))),
    }
}

fn thrown_error(error: &str, answer: &Answer, response: &Response, now_ms: i64) -> ServiceError {
    let value: Value = serde_json::from_str(error).unwrap_or_default();
    let member = |name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
    let said = Said {
        name: Some("PostgrestError".to_owned()),
        message: Some(member("message").unwrap_or_default()),
        code: member("code"),
    };
    // An error in an answer that is good by itself, such as two rows for `maybeSingle`, is the client's.
    let is_own = answer.status != response.status;
    let own = is_own.then(|| Response {
        status: answer.status,
        headers: Vec::new(),
        body: error.as_bytes().to_vec(),
    });
    let response = own.as_ref().unwrap_or(response);
    let mut error = upstream::failed("supabase", response, said, now_ms);
    // What is left to throw here is the project's own word on the call.
    error.retryable = false;
    error.retry_after_ms = None;
    error
}

impl Answer {
    fn json(&self) -> String {
        let or_null = |json: &Option<String>| json.clone().unwrap_or_else(|| "null".to_owned());
        format!(
            r#"{{"success":{},"error":{},"data":{},"count":{},"status":{},"statusText":{}}}"#,
            self.error.is_none(),
            or_null(&self.error),
            or_null(&self.data),
            self.count
                .map_or_else(|| "null".to_owned(), |count| count.to_string()),
            self.status,
            quoted(self.status_text)
        )
    }
}
