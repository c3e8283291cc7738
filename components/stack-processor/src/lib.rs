//! The owner of the queue: claims stack runs, has them executed, settles calls, sweeps.

mod drain;
mod event_url;
mod lane;
mod settings;

use spin_sdk::http::{IncomingRequest, ResponseOutparam};
use spin_sdk::http_component;
use tasker_domain::figures::Metric;
use tasker_domain::retry;
use tasker_domain::wire::SweepReply;
use tasker_host::http::{respond, respond_json};
use tasker_host::internal::{self, receive};
use tasker_host::{figures, http, log, open_store, time};
use tasker_store::{Purge, Store, SweepTerms, Webhooks};

use settings::Kept;

/// A sweep repairs at most so many rows; the next one goes on.
const SWEEP_BATCH: u32 = 200;

/// Sweeps follow each other within this time.
const NEXT_SWEEP_MS: i64 = 6_000;

/// A sweep removes at most so many runs that are kept no longer.
const PURGE_BATCH: u32 = 100;

#[http_component]
async fn handle(request: IncomingRequest, out: ResponseOutparam) {
    log::component("stack-processor");
    let Some((received, out)) = receive("stack-processor", request, out).await else {
        return;
    };
    match received.path.as_str() {
        "/drain" => {
            // Whoever pokes does not wait for the work.
            respond(out, 202, &[], Vec::new()).await;
            work().await;
            tell().await;
        }
        "/sweep" => match sweep() {
            Ok(reply) => {
                respond_json(out, 200, &reply).await;
                if reply.due > 0 || is_due_soon() {
                    work().await;
                }
                tell().await;
            }
            Err(error) => {
                log::error(format!("sweep: {error}")).write();
                respond(out, 503, &[], Vec::new()).await;
            }
        },
        "/health" => respond_json(out, 200, &settings::examine()).await,
        _ => respond(out, 404, &[], Vec::new()).await,
    }
}

/// Has due webhooks told.
async fn tell() {
    let due = open_store().and_then(|store| store.webhooks_due(time::now_ms()));
    match due {
        Ok(true) => http::poke("webhooks", "/deliver").await,
        Ok(false) => {}
        Err(error) => log::error(format!("webhooks: {error}")).write(),
    }
}

async fn work() {
    if let Err(error) = drain::run().await {
        log::error(format!("drain: {error}")).write();
    }
}

/// Whether something is due before the next sweep: a drainer stays for it.
fn is_due_soon() -> bool {
    let next = open_store().and_then(|store| store.next_due());
    matches!(next, Ok(Some(due)) if due <= time::now_ms() + NEXT_SWEEP_MS)
}

fn sweep() -> Result<SweepReply, drain::Error> {
    let terms = SweepTerms {
        max_attempts: retry::EXECUTOR_ATTEMPTS,
        limit: SWEEP_BATCH,
        grace_ms: settings::grace_ms()?,
    };
    let (store, now) = (open_store()?, time::now_ms());
    let report = store.sweep(&terms, now)?;
    let kept = Kept::read()?;
    let purged = match kept.retention(&report, now) {
        Some(retention) => store.purge(&retention, PURGE_BATCH, now)?,
        None => 0,
    };
    for (metric, times) in [
        (Metric::Sweep, 1),
        (Metric::LeaseLost, report.reclaimed + report.failed),
        (Metric::GivenUp, report.failed),
        (Metric::Woken, report.woken),
    ] {
        figures::count(metric, "", u64::from(times));
    }
    figures::store(&store);
    internal::forget_used(&store)?;
    Ok(SweepReply {
        reclaimed: report.reclaimed,
        failed: report.failed,
        woken: report.woken,
        expired: report.expired,
        due: report.due,
        schedules_due: report.schedules_due,
        purged,
    })
}
