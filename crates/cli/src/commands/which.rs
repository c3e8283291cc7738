//! Which run an argument means.

use clap::Args;
use tasker_api::{Page, RunSummary};
use tasker_domain::RunId;

use crate::Error;
use crate::client::Client;
use crate::output;

/// The most runs that are shown if an argument may mean several.
const SHOWN: usize = 5;

/// A command about one run.
#[derive(Debug, Args)]
pub(crate) struct RunArg {
    /// The run: its id, the beginning of its id, or `last` for the newest
    run: String,
}

impl RunArg {
    /// The run that is meant.
    pub(crate) fn resolve(&self, client: &Client) -> Result<RunId, Error> {
        resolve(client, &self.run)
    }
}

/// The run that an argument means: its id, any beginning of it that no other run's id has, or `last`.
pub(crate) fn resolve(client: &Client, argument: &str) -> Result<RunId, Error> {
    if argument == "last" {
        let newest: Page<RunSummary> = client.page("/runs", &[], 1, None)?;
        let run = newest.items.first().map(|run| run.task_run_id);
        return run.ok_or_else(|| Error::NoRun("there is no run yet".to_owned()));
    }
    if let Ok(id) = argument.parse() {
        return Ok(id);
    }
    if argument.is_empty() || RunId::beginning(argument).is_none() {
        return Err(Error::Usage(format!(
            "`{argument}` is neither a run's id nor the beginning of one; `tasker runs` shows them"
        )));
    }
    let found: Page<RunSummary> = client.page("/runs", &[("id", argument)], SHOWN + 1, None)?;
    match &found.items[..] {
        [] => Err(Error::NoRun(format!(
            "no run's id begins with `{argument}`; `tasker runs` shows them"
        ))),
        [run] => Ok(run.task_run_id),
        runs => Err(Error::Usage(ambiguous(argument, runs))),
    }
}

fn ambiguous(argument: &str, runs: &[RunSummary]) -> String {
    let mut text =
        format!("the ids of several runs begin with `{argument}`: give more of the one you mean");
    for run in runs.iter().take(SHOWN) {
        text.push_str(&format!(
            "\n  {} {} {} {}",
            run.task_run_id,
            run.task_name,
            run.status,
            output::moment(run.created_at)
        ));
    }
    if runs.len() > SHOWN {
        text.push_str("\n  …");
    }
    text
}
