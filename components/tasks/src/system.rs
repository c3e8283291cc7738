//! Sweeps, and the pokes that keep the system going.

use std::time::Duration;

use tasker_api::SweepReport;
use tasker_domain::wire::SweepReply;
use tasker_domain::{ErrorCode, RunId};
use tasker_host::{http, log, open_store, time};
use tasker_store::prelude::*;

use crate::error::{Error, Result};

/// A queue that nobody has swept for this long is swept by requests that read.
pub(crate) const SWEEP_EVERY: Duration = Duration::from_secs(5);

/// Has the queue swept.
pub(crate) async fn sweep_now() -> Result<SweepReport> {
    let reply = http::ask("stack-processor", "/sweep", &()).await;
    let reply: SweepReply = reply.map_err(|error| {
        log::error(format!("sweep: {error}")).write();
        Error::new(
            ErrorCode::ExecutorUnavailable,
            "the stack processor does not answer at the moment; try again",
        )
    })?;
    let SweepReply {
        reclaimed,
        failed,
        woken,
        expired,
        due,
        scheduled,
        purged,
    } = reply;
    Ok(SweepReport {
        reclaimed,
        failed,
        woken,
        expired,
        due,
        scheduled,
        purged,
    })
}

/// Tells the stack processor that there is work.
pub(crate) async fn poke_drain() {
    http::poke("stack-processor", "/drain").await;
}

/// The same, until a drainer has done what it can for a run now; at once if enough of them are at work.
pub(crate) async fn drain_for(run: RunId) {
    http::poke_and_wait("stack-processor", "/drain", &run).await;
}

/// Has the queue swept if no timer does it.
pub(crate) async fn poke_sweep_if_due() {
    match open_store().and_then(|store| store.last_sweep()) {
        Ok(last) if is_older(last, SWEEP_EVERY) => {
            // A failure is in the log, and somebody else will sweep.
            let _ = sweep_now().await;
        }
        Ok(_) => {}
        Err(error) => log::error(format!("last sweep: {error}")).write(),
    }
}

/// A moment in the future was written before the clock jumped back: that needs a sweep too.
fn is_older(moment_ms: i64, than: Duration) -> bool {
    u128::from(time::now_ms().abs_diff(moment_ms)) > than.as_millis()
}
