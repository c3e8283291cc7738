//! Figures for Prometheus.

use tasker_api::Metrics;
use utoipa::openapi::schema::Type;

use crate::content::of_type;
use crate::endpoint::*;
use crate::settings;

pub(crate) struct Handler;

impl Endpoint for Handler {
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/metrics";
    const NEEDS: Needs = Needs::To(Right::ReadMetrics, Of::AllTasks);
    const ID: &'static str = "metrics";
    const TAG: &'static str = "system";
    const SUMMARY: &'static str = "Figures in the Prometheus text format";
    const ANSWERS: Answers = &[(StatusCode::OK, "The figures")];

    type Path = ();
    type Query = ();
    type Body = Nothing;
    type Answer = Figures;

    async fn handle(_: Call<Self>) -> Answered<Self> {
        let store = store()?;
        let now = time::now_ms();
        let runs = store.count_runs_by_task()?;
        let size = store.size()?;
        let (queue_depth, queue_age_ms) = store.queue_depth(now)?;
        let metrics = Metrics {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            runs: runs
                .into_iter()
                .map(|count| (count.task, count.status, count.runs))
                .collect(),
            queue_depth,
            queue_age_ms,
            drainers: store.drainers(now)?,
            swept_at: store.last_sweep()?,
            database_bytes: size.bytes,
            database_free_bytes: size.free,
            database_limit_bytes: settings::database_limit()?,
            figures: store.figures()?,
        };
        let text = metrics.render();
        Ok(Answer::text(StatusCode::OK, Metrics::MEDIA_TYPE, text))
    }
}

/// Text as Prometheus reads it.
pub(crate) struct Figures;

impl Content for Figures {
    fn content(_: StatusCode) -> Described {
        Some((Metrics::MEDIA_TYPE, of_type(Type::String)))
    }
}
