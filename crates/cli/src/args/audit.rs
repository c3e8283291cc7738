//! `audit`.

use clap::Args;

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
    pub(crate) key: Option<String>,
    /// Only this, named as in the API's contract: publishTask, cancelRun, setKey
    #[arg(long, value_name = "ACTION")]
    pub(crate) action: Option<String>,
    /// Only what was done to this task, run, key or schedule
    #[arg(long, value_name = "NAME")]
    pub(crate) target: Option<String>,
    /// How many at most
    #[arg(long, short = 'n', value_name = "COUNT", default_value_t = 50,
        value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) limit: u32,
}
