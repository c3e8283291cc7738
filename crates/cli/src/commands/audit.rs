//! `audit`.

use clap::Args;
use tasker_api::{Deed, RawJson};

use crate::Error;
use crate::commands::Execute;
use crate::context::Context;
use crate::exit::Exit;
use crate::output;

/// Show who has done what through the API, or was refused it
///
/// The newest first: tasks that were published, keys that were made, runs that were cancelled, values that were read and
/// written, and so on. It needs a key with the role audit or admin.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tasker audit
  tasker audit --key ci --action publishTask
  tasker audit --target mail/password
  tasker audit --json --limit 10000 > audit.json")]
pub(crate) struct Audit {
    /// Only what the keys of this name did
    #[arg(long, value_name = "NAME")]
    key: Option<String>,
    /// Only this, named as in the API's contract: publishTask, cancelRun, setKey
    #[arg(long, value_name = "ACTION")]
    action: Option<String>,
    /// Only what was done to this task, run, key or schedule
    #[arg(long, value_name = "NAME")]
    target: Option<String>,
    /// How many at most
    #[arg(long, short = 'n', value_name = "COUNT", default_value_t = 50,
        value_parser = clap::value_parser!(u32).range(1..))]
    limit: u32,
}

impl Execute for Audit {
    fn execute(&self, context: &Context<'_>) -> Result<Exit, Error> {
        let (client, output) = (&context.client()?, context.output);
        let filter = [
            ("key", &self.key),
            ("action", &self.action),
            ("target", &self.target),
        ];
        let query: Vec<_> = filter
            .iter()
            .filter_map(|(name, value)| Some((*name, value.as_deref()?)))
            .collect();
        let limit = Some(self.limit as usize);
        if output.json {
            output.value(&client.list::<RawJson>("/audit", &query, limit)?)?;
            return Ok(Exit::Done);
        }
        let deeds = client.list::<Deed>("/audit", &query, limit)?.items;
        if deeds.is_empty() {
            output.note(
                "nothing like that was done, or it is no longer kept (the setting `audit_days`)",
            );
            return Ok(Exit::Done);
        }
        let rows = deeds.into_iter().map(|deed| {
            let how = match (deed.code, deed.times) {
                (None, _) => deed.outcome,
                (Some(code), 1) => code,
                (Some(code), times) => format!("{code} ({times} times)"),
            };
            let detail = deed.detail.map(|detail| detail.as_str().to_owned());
            [
                output::moment(deed.at),
                deed.key,
                deed.client,
                deed.action,
                deed.target,
                how,
                detail.unwrap_or_default(),
            ]
        });
        output.table(
            &["AT", "KEY", "FROM", "ACTION", "TARGET", "OUTCOME", "DETAIL"],
            rows,
        )?;
        Ok(Exit::Done)
    }
}
