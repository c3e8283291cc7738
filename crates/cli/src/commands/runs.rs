//! `runs`.

use clap::Args;
use tasker_api::{RawJson, RunSummary};

use crate::Error;
use crate::commands::Execute;
use crate::context::Context;
use crate::exit::Exit;
use crate::options::Status;
use crate::output;

/// List runs, newest first
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tasker runs
  tasker runs --status failed --task parallel-fan-out
  tasker runs --all --json | jq -r '.items[].taskRunId'")]
pub(crate) struct Runs {
    /// Only runs of this status
    #[arg(long)]
    status: Option<Status>,
    /// Only runs of this task
    #[arg(long)]
    task: Option<String>,
    /// Only runs with this tag
    #[arg(long)]
    tag: Option<String>,
    /// How many runs
    #[arg(long, short = 'n', value_name = "COUNT", default_value_t = 20,
        value_parser = clap::value_parser!(u32).range(1..))]
    limit: u32,
    /// Every run there is
    #[arg(long, conflicts_with = "limit")]
    all: bool,
}

impl Execute for Runs {
    fn execute(&self, context: &Context<'_>) -> Result<Exit, Error> {
        let (client, output) = (&context.client()?, context.output);
        let status = self.status.map(|status| status.0.as_str());
        let filters = [
            ("status", status),
            ("task", self.task.as_deref()),
            ("tag", self.tag.as_deref()),
        ];
        let query: Vec<_> = filters
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?)))
            .collect();
        let limit = (!self.all).then_some(self.limit as usize);
        if output.json {
            output.value(&client.list::<RawJson>("/runs", &query, limit)?)?;
            return Ok(Exit::Done);
        }
        let page = client.list::<RunSummary>("/runs", &query, limit)?;
        if page.items.is_empty() {
            output.note("no such run");
            return Ok(Exit::Done);
        }
        let rows = page.items.into_iter().map(|run| {
            let took = match (run.finished_at, run.started_at) {
                (Some(end), _) => output::between(run.created_at, end),
                (None, Some(_)) => "…".to_owned(),
                (None, None) => String::new(),
            };
            let error = run
                .error
                .map(|error| output::named(&error.name, &error.message));
            [
                run.task_run_id.to_string(),
                run.task_name,
                run.status.to_string(),
                output::moment(run.created_at),
                took,
                output::brief(&error.unwrap_or_default(), 60),
            ]
        });
        output.table(
            &["RUN", "TASK", "STATUS", "SUBMITTED", "TOOK", "ERROR"],
            rows,
        )?;
        if page.next_cursor.is_some() {
            output.note("there are more: --limit COUNT or --all");
        }
        Ok(Exit::Done)
    }
}
