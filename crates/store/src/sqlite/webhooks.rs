//! Who is told when a run ends.

use tasker_domain::RunId;
use tasker_domain::webhook::Webhook;

use crate::Result;
use crate::records::webhooks::{read_due, read_webhook};
use crate::row::without_nul;
use crate::sqlite::Sqlite;
use crate::sqlite::connection::{Connection, Execute, params};
use crate::webhooks::{DeliveryOutcome, DueWebhook, Webhooks};

const MAKE: &str = "INSERT INTO webhooks (run_id, state, url) VALUES (?1, 'waiting', ?2)";
const ENDED: &str =
    "UPDATE webhooks SET state = 'pending', next_at = ?2 WHERE run_id = ?1 AND state = 'waiting'";
const WEBHOOK: &str = "
    SELECT url, state, attempts, next_at, delivered_at, error FROM webhooks WHERE run_id = ?1";
const NEXT: &str =
    "SELECT min(next_at) FROM webhooks INDEXED BY webhooks_due WHERE state = 'pending'";
const IS_DUE: &str = "
    SELECT EXISTS (SELECT 1 FROM webhooks WHERE state = 'pending' AND next_at <= ?1)";
const CLAIM: &str = "
    UPDATE webhooks SET attempts = attempts + 1, next_at = ?3 WHERE run_id IN (
        SELECT run_id FROM webhooks INDEXED BY webhooks_due
        WHERE state = 'pending' AND next_at <= ?1 ORDER BY next_at LIMIT ?2)
    RETURNING run_id, url, attempts";
const DELIVERED: &str = "
    UPDATE webhooks SET state = 'delivered', next_at = NULL, delivered_at = ?3, error = NULL
    WHERE run_id = ?1 AND attempts = ?2 AND state = 'pending' RETURNING 1";
const FAILED: &str = "
    UPDATE webhooks SET state = CASE WHEN ?4 IS NULL THEN 'failed' ELSE 'pending' END,
        next_at = ?4, error = ?3
    WHERE run_id = ?1 AND attempts = ?2 AND state = 'pending' RETURNING 1";

/// Makes the webhook of a run, within the transaction that makes the run.
pub(super) fn make<C: Connection>(db: &C, run: RunId, url: &str) -> Result<()> {
    db.execute(MAKE, params![run, url]).map(drop)
}

/// A run has ended: its webhook is due. Within the transaction that ends it.
pub(super) fn run_ended<C: Connection>(db: &C, run: RunId, now: i64) -> Result<()> {
    db.execute(ENDED, params![run, now]).map(drop)
}

impl<C: Connection> Webhooks for Sqlite<C> {
    fn webhook(&self, run: RunId) -> Result<Option<Webhook>> {
        let row = self.connection.one(WEBHOOK, params![run])?;
        row.map(read_webhook).transpose()
    }

    fn next_webhook(&self) -> Result<Option<i64>> {
        match self.connection.one(NEXT, params![])? {
            Some(row) => row.only().opt_int(),
            None => Ok(None),
        }
    }

    fn webhooks_due(&self, now: i64) -> Result<bool> {
        match self.connection.one(IS_DUE, params![now])? {
            Some(row) => row.only().boolean(),
            None => Ok(false),
        }
    }

    fn claim_webhooks(&self, limit: u32, expires_at: i64, now: i64) -> Result<Vec<DueWebhook>> {
        self.connection
            .execute(CLAIM, params![now, limit, expires_at])?
            .into_iter()
            .map(read_due)
            .collect()
    }

    fn record_delivery(
        &self,
        webhook: &DueWebhook,
        outcome: &DeliveryOutcome,
        now: i64,
    ) -> Result<bool> {
        let (run, attempt) = (webhook.run, webhook.attempt);
        let recorded = match outcome {
            DeliveryOutcome::Delivered => {
                self.connection.one(DELIVERED, params![run, attempt, now])?
            }
            DeliveryOutcome::Failed { error, retry_at } => self
                .connection
                .one(FAILED, params![run, attempt, without_nul(error), *retry_at])?,
        };
        Ok(recorded.is_some())
    }
}
