//! The system itself: its figures and documents, and the pokes that keep it going.

use std::time::Duration;

use include_dir::{Dir, include_dir};
use tasker_api::{Metrics, NoQuery, Problem, SweepReport};
use tasker_domain::ErrorCode;
use tasker_domain::wire::SweepReply;
use tasker_host::{http, log, open_store, time};
use tasker_store::prelude::*;

use crate::Result;
use crate::answer::{After, Answer};
use crate::error::{store, store_failed};
use crate::request::Request;
use crate::{runs, schedules};

/// A queue that nobody has swept for so long is swept on behalf of whoever looks on.
pub(crate) const SWEEP_EVERY: Duration = Duration::from_secs(5);

static ERROR_PAGES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../docs/errors");
static OPENAPI: &str = include_str!("../../../docs/openapi.json");

/// `GET /metrics`
pub(crate) fn metrics(request: &Request) -> Result {
    request.query::<NoQuery>()?;
    let store = store()?;
    let now = time::now_ms();
    let runs = store.count_runs_by_task().map_err(store_failed)?;
    let size = store.size().map_err(store_failed)?;
    let (queue_depth, queue_age_ms) = store.queue_depth(now).map_err(store_failed)?;
    let text = Metrics {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        runs: runs
            .into_iter()
            .map(|count| (count.task, count.status, count.runs))
            .collect(),
        queue_depth,
        queue_age_ms,
        drainers: store.drainers(now).map_err(store_failed)?,
        swept_at: store.last_sweep().map_err(store_failed)?,
        database_bytes: size.bytes,
        database_free_bytes: size.free,
        figures: store.figures().map_err(store_failed)?,
    }
    .render();
    Ok(Answer::text(200, Metrics::MEDIA_TYPE, text))
}

/// `GET /openapi.json`
pub(crate) fn openapi(request: &Request) -> Result {
    request.query::<NoQuery>()?;
    Ok(Answer::text(200, "application/json", OPENAPI))
}

/// `GET /errors/{code}`
pub(crate) fn error_page(request: &Request) -> Result {
    request.query::<NoQuery>()?;
    let code = ErrorCode::ALL
        .iter()
        .find(|code| code.as_str() == request.param(0));
    let page = code.and_then(|code| ERROR_PAGES.get_file(format!("{code}.md")));
    match page {
        Some(page) => Ok(Answer::text(
            200,
            "text/markdown; charset=utf-8",
            page.contents(),
        )),
        None => Err(Problem::new(
            ErrorCode::RouteNotFound,
            "there is no such error code",
        )),
    }
}

/// `POST /sweep`
pub(crate) async fn sweep(request: &Request) -> Result {
    request.query::<NoQuery>()?;
    let report = sweep_now().await?;
    let answer = Answer::json(200, &report)?;
    Ok(if report.scheduled > 0 {
        answer.with_after(After::Drain)
    } else {
        answer
    })
}

/// Has the queue swept, and fires the schedules that are due.
pub(crate) async fn sweep_now() -> Result<SweepReport> {
    let reply = http::ask("stack-processor", "/sweep", &()).await;
    let reply: SweepReply = reply.map_err(|error| {
        log::error(format!("sweep: {error}")).write();
        Problem::new(
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
        schedules_due,
        purged,
    } = reply;
    let scheduled = if schedules_due {
        schedules::fire_due(&store()?, runs::grace_ms()?).map_err(store_failed)?
    } else {
        0
    };
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

/// Sees to it that the queue is looked after even where no timer does it.
pub(crate) async fn poke_sweep_if_due() {
    match open_store().and_then(|store| store.last_sweep()) {
        Ok(last) if is_older(last, SWEEP_EVERY) => {
            // A failure is in the log, and somebody else will sweep.
            if sweep_now().await.is_ok_and(|report| report.scheduled > 0) {
                poke_drain().await;
            }
        }
        Ok(_) => {}
        Err(error) => log::error(format!("last sweep: {error}")).write(),
    }
}

/// A moment that is yet to come was written before the clock jumped back: that is for a sweep too.
fn is_older(moment_ms: i64, than: Duration) -> bool {
    u128::from(time::now_ms().abs_diff(moment_ms)) > than.as_millis()
}
