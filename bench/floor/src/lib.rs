//! What the benchmark compares the app with: the least that the same runtime can do.
//!
//! - `POST /calls/<count>`: that many requests to an empty component, each followed by the insert of
//!   one row, as a run of sequential calls needs them.
//! - `POST /boot`, `POST /cycle`: what the executor does with a VM in one step of a task that sleeps
//!   at every await, and nothing else: restore, deliver, run, save. Timed inside a fresh instance.
//! - `POST /empty`: nothing.

mod calls;
mod cycle;

use http::StatusCode;
use spin_sdk::http::{IncomingRequest, ResponseOutparam};
use spin_sdk::http_component;
use tasker_host::http::{read_body, respond};

/// A snapshot is no larger.
const BODY_LIMIT: usize = 32 << 20;

/// An answer: headers and body, or the reason why not.
type Result = std::result::Result<(Vec<(String, String)>, Vec<u8>), String>;

#[http_component]
async fn handle(request: IncomingRequest, out: ResponseOutparam) {
    let path = request.path_with_query().unwrap_or_default();
    let body = read_body(request, BODY_LIMIT).await.unwrap_or_default();
    let result: Result = match path.split('/').collect::<Vec<_>>()[..] {
        ["", "calls", count] => match count.parse() {
            Ok(count) => calls::make(count).await.map(|()| (Vec::new(), Vec::new())),
            Err(error) => Err(format!("{count}: {error}")),
        },
        ["", "boot"] => cycle::boot(),
        ["", "cycle"] => cycle::step(&body),
        _ => Ok((Vec::new(), Vec::new())),
    };
    match result {
        Ok((headers, body)) => respond(out, StatusCode::OK, &headers, body).await,
        Err(reason) => {
            respond(
                out,
                StatusCode::INTERNAL_SERVER_ERROR,
                &[],
                reason.into_bytes(),
            )
            .await
        }
    }
}
