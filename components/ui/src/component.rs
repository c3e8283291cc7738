//! The entry point.

use spin_sdk::http::{IncomingRequest, ResponseOutparam};
use spin_sdk::http_component;
use tasker_host::http::respond;

use crate::answer::{Answer, Asked};

#[http_component]
async fn handle(request: IncomingRequest, out: ResponseOutparam) {
    let headers = request.headers();
    let header = |name: &str| {
        let values = headers.get(name);
        let texts = values
            .into_iter()
            .map(|value| String::from_utf8_lossy(&value).into_owned());
        texts.collect::<Vec<_>>().join(",")
    };
    let target = request.path_with_query().unwrap_or_default();
    let asked = Asked {
        method: &request.method().to_string(),
        path: target.split('?').next().unwrap_or_default(),
        accept_encoding: &header("accept-encoding"),
        if_none_match: &header("if-none-match"),
    };
    let Answer {
        status,
        headers,
        body,
    } = asked.answer();
    let headers: Vec<_> = headers
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    respond(out, status, &headers, body.to_vec()).await;
}
