//! What is kept for `GET /metrics`.

use tasker_domain::figures::Figure;
use tasker_domain::trace::TraceParent;
use tasker_domain::{RunId, RunStatus};

use crate::Result;
use crate::metering::{DatabaseSize, Metering, RunCount};
use crate::postgres::Postgres;
use crate::postgres::connection::{Call, Connection, integers, params, texts};
use crate::records::metering::{by_status, read_count, read_figure, read_size, read_trace, whole};

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
        let Some(row) = self.connection.one("run_trace", params![run])? else {
            return Ok(None);
        };
        read_trace(run, row).map(Some)
    }

    fn count_runs_by_task(&self) -> Result<Vec<RunCount>> {
        count_by_task(&self.connection)
    }

    fn size(&self) -> Result<DatabaseSize> {
        read_size(self.connection.row("size", params![])?)
    }
}

fn count_by_task<C: Connection>(db: &C) -> Result<Vec<RunCount>> {
    let rows = db.call("count_runs_by_task", params![])?;
    rows.into_iter().map(read_count).collect()
}

pub(super) fn count<C: Connection>(db: &C) -> Result<Vec<(RunStatus, u64)>> {
    count_by_task(db).map(by_status)
}
