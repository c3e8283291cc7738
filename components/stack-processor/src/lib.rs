//! The owner of the queue: claims stack runs, has them executed, settles calls, sweeps.

mod drain;
mod event_url;
mod lane;
mod line;
mod place;
mod purge;
mod settings;

use spin_sdk::http::{IncomingRequest, ResponseOutparam};
use spin_sdk::http_component;
use tasker_domain::figures::Metric;
use tasker_domain::retry;
use tasker_domain::wire::SweepReply;
use tasker_host::health::Examination;
use tasker_host::http::{respond, respond_json};
use tasker_host::internal::{self, receive};
use tasker_host::{HostStore, figures, log, open_store, time};
use tasker_settings::Component;
use tasker_store::SweepTerms;
use tasker_store::prelude::*;

use drain::WhenSlotsTaken;
use settings::RetentionSettings;

/// The most rows that one sweep repairs; the next sweep continues.
const SWEEP_BATCH: u32 = 200;

/// The next sweep comes within this time.
const NEXT_SWEEP_MS: i64 = 6_000;

#[http_component]
async fn handle(request: IncomingRequest, out: ResponseOutparam) {
    log::component("stack-processor");
    let Some((received, out)) = receive("stack-processor", request, out).await else {
        return;
    };
    match received.path.as_str() {
        "/drain" => {
            // A poke does not wait for the work.
            respond(out, 202, &[], Vec::new()).await;
            match open_store() {
                Ok(store) => work(&store, WhenSlotsTaken::Leave).await,
                Err(error) => log::error(format!("drain: {error}")).write(),
            }
        }
        "/sweep" => match sweep() {
            Ok((store, reply)) => {
                respond_json(out, 200, &reply).await;
                after_sweep(&store, reply.due > 0).await;
            }
            Err(error) => {
                log::error(format!("sweep: {error}")).write();
                respond(out, 503, &[], Vec::new()).await;
            }
        },
        "/health" => {
            let health = Examination::of(Component::StackProcessor).done();
            respond_json(out, 200, &health).await;
        }
        _ => respond(out, 404, &[], Vec::new()).await,
    }
}

async fn work(store: &HostStore, when_taken: WhenSlotsTaken) {
    if let Err(error) = drain::run(store, when_taken).await {
        log::error(format!("drain: {error}")).write();
    }
}

/// Sees to what is due now or before the next sweep: a drainer stays for it, and delivers webhooks before it ends.
async fn after_sweep(store: &HostStore, is_due: bool) {
    drain::tell(store).await;
    if is_due {
        work(store, WhenSlotsTaken::StandInLine).await;
    } else if is_due_soon(store) {
        work(store, WhenSlotsTaken::Leave).await;
    }
}

fn is_due_soon(store: &HostStore) -> bool {
    let next = store.next_due();
    matches!(next, Ok(Some(due)) if due <= time::now_ms() + NEXT_SWEEP_MS)
}

fn sweep() -> Result<(HostStore, SweepReply), drain::Error> {
    let terms = SweepTerms {
        max_attempts: retry::EXECUTOR_ATTEMPTS,
        limit: SWEEP_BATCH,
        grace_ms: settings::grace_ms()?,
    };
    let (store, now) = (open_store()?, time::now_ms());
    let report = store.sweep(&terms, now)?;
    let purged = match RetentionSettings::read()?.retention(&report, now) {
        Some(retention) => purge::all(&store, &retention)?,
        None => 0,
    };
    if let Err(error) = purge::shrink(&store) {
        log::warn(format!("giving room back: {error}")).write();
    }
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
    let reply = SweepReply {
        reclaimed: report.reclaimed,
        failed: report.failed,
        woken: report.woken,
        expired: report.expired,
        due: report.due,
        schedules_due: report.schedules_due,
        purged,
    };
    Ok((store, reply))
}
