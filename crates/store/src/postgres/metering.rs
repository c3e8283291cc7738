//! What is kept for `GET /metrics`.

use tasker_domain::RunId;
use tasker_domain::figures::Figure;
use tasker_domain::trace::TraceParent;

use crate::Result;
use crate::metering::{Metering, RunCount};
use crate::postgres::Postgres;
use crate::postgres::connection::{Call, Connection, integers, params, texts};
use crate::records::metering::{read_count, read_figure, read_trace, whole};

impl<C: Connection> Metering for Postgres<C> {
    fn add_figures(&self, figures: &[Figure]) -> Result<()> {
        if figures.is_empty() {
            return Ok(());
        }
        let params = params![
            texts(figures.iter().map(|figure| Some(figure.metric.name()))),
            texts(figures.iter().map(|figure| Some(figure.label.as_str()))),
            integers(figures.iter().map(|figure| i64::from(figure.bucket))),
            integers(figures.iter().map(|figure| whole(figure.count))),
            integers(figures.iter().map(|figure| whole(figure.sum))),
        ];
        self.connection.value("add_figures", params).map(drop)
    }

    fn figures(&self) -> Result<Vec<Figure>> {
        let mut figures = Vec::new();
        for row in self.connection.call("figures", params![])? {
            figures.extend(read_figure(row)?);
        }
        Ok(figures)
    }

    fn drainers(&self, now: i64) -> Result<u32> {
        self.connection.value("drainers", params![now])?.number()
    }

    fn run_trace(&self, run: RunId) -> Result<Option<TraceParent>> {
        let Some(mut row) = self.connection.one("run_trace", params![run])? else {
            return Ok(None);
        };
        row.skip(1)?;
        read_trace(run, row).map(Some)
    }

    fn count_runs_by_task(&self) -> Result<Vec<RunCount>> {
        let rows = self.connection.call("count_runs_by_task", params![])?;
        rows.into_iter().map(read_count).collect()
    }
}
