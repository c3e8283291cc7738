//! Who is told when a run ends: what the transactions do that make runs and end them.

use tasker_domain::RunId;

use crate::Result;
use crate::sqlite::connection::{Connection, params};

const MAKE: &str = "INSERT INTO webhooks (run_id, state, url) VALUES (?1, 'waiting', ?2)";
const ENDED: &str =
    "UPDATE webhooks SET state = 'pending', next_at = ?2 WHERE run_id = ?1 AND state = 'waiting'";

/// Makes the webhook of a run, within the transaction that makes the run.
pub(super) fn make<C: Connection>(db: &C, run: RunId, url: &str) -> Result<()> {
    db.execute(MAKE, params![run, url]).map(drop)
}

/// A run has ended: its webhook is due. Within the transaction that ends it.
pub(super) fn run_ended<C: Connection>(db: &C, run: RunId, now: i64) -> Result<()> {
    db.execute(ENDED, params![run, now]).map(drop)
}
