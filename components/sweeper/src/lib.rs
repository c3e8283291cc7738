//! The clock of the app: Spin's cron trigger calls it every few seconds, and it asks the app to
//! sweep.
//!
//! A cron trigger has no service chaining, so it goes in by the public, token-guarded route like
//! any scheduler outside of the app.

#![allow(unreachable_pub, reason = "the export of the bindings is generated")]

mod bindings;

use std::time::Duration;

use bindings::{Error, Guest, Metadata};
use spin_sdk::http::{IncomingResponse, Method, Request, send};
use tasker_host::{config, internal, log, time};
use tasker_settings::APP_URL;

/// An answer that takes longer is not waited for. The sweep continues by itself, and the next tick
/// asks again.
const ANSWER: Duration = Duration::from_secs(20);

struct Sweeper;

impl Guest for Sweeper {
    async fn handle_cron_event(_: Metadata) -> Result<(), Error> {
        spin_executor::run(sweep()).map_err(|reason| {
            log::component("sweeper");
            log::error(format!("sweep: {reason}")).write();
            Error::Other(reason)
        })
    }
}

bindings::export!(Sweeper with_types_in bindings);

/// Asks the app to sweep.
async fn sweep() -> Result<(), String> {
    let token = internal::sweep_token().map_err(|error| error.to_string())?;
    let app = config::read(&APP_URL).map_err(|error| error.to_string())?;
    let url = format!("{}/sweep", app.trim_end_matches('/'));
    let request = Request::builder()
        .method(Method::Post)
        .uri(&url)
        .header("authorization", format!("Bearer {token}"))
        .build();
    match time::timeout(ANSWER, send::<_, IncomingResponse>(request)).await {
        Some(Ok(response)) if response.status() == 200 => Ok(()),
        Some(Ok(response)) => Err(format!("{url} answered {}", response.status())),
        Some(Err(error)) => Err(format!("{url} cannot be reached: {error}")),
        None => Err(format!(
            "{url} did not answer within {} s",
            ANSWER.as_secs()
        )),
    }
}
