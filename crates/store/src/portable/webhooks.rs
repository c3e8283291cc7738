//! Who is told when a run ends. A webhook is made with its run, and is due when that ends.

use tasker_domain::RunId;
use tasker_domain::webhook::Webhook;

use super::{Database, Statement};
use crate::Result;
use crate::postgres::params;
use crate::records::webhooks::{read_due, read_webhook};
use crate::row::without_nul;
use crate::webhooks::{DeliveryOutcome, DueWebhook, Webhooks};

pub(super) const STATEMENTS: &[Statement] = &[WEBHOOK, NEXT, IS_DUE, CLAIM, RECORD];

const WEBHOOK: Statement = Statement {
    head: "webhook(uuid)",
    answer: "SETOF webhooks",
    sql: "SELECT * FROM webhooks WHERE run_id = $1",
};

const NEXT: Statement = Statement {
    head: "next_webhook()",
    answer: "TABLE (next_at bigint)",
    sql: "SELECT next_at FROM webhooks WHERE state = 'pending' AND next_at >= 0 ORDER BY next_at LIMIT 1",
};

const IS_DUE: Statement = Statement {
    head: "webhooks_due(bigint)",
    answer: "TABLE (next_at bigint)",
    sql: "SELECT next_at FROM webhooks WHERE state = 'pending' AND next_at <= $1 LIMIT 1",
};

/// Those that others claim at this moment are skipped.
const CLAIM: Statement = Statement {
    head: "claim_webhooks(bigint, bigint, bigint)",
    answer: "SETOF webhooks",
    sql: "
    WITH due AS MATERIALIZED (
        SELECT run_id FROM webhooks WHERE state = 'pending' AND next_at <= $1
        ORDER BY next_at LIMIT $2 /*postgres FOR NO KEY UPDATE SKIP LOCKED */
    )
    UPDATE webhooks SET attempts = attempts + 1, next_at = $3 WHERE run_id IN (SELECT run_id FROM due)
    RETURNING *",
};

/// Without an error it was delivered; with one it is given up if there is no next time.
const RECORD: Statement = Statement {
    head: "record_delivery(text, bigint, bigint, uuid, bigint)",
    answer: "TABLE (attempts bigint)",
    sql: "
    UPDATE webhooks SET
        state = CASE WHEN $1 IS NULL THEN 'delivered' WHEN $2 IS NULL THEN 'failed' ELSE 'pending' END,
        error = $1, next_at = $2, delivered_at = CASE WHEN $1 IS NULL THEN $3 END
    WHERE run_id = $4 AND attempts = $5 AND state = 'pending'
    RETURNING attempts",
};

impl<D: Database> Webhooks for D {
    fn webhook(&self, run: RunId) -> Result<Option<Webhook>> {
        self.row(&WEBHOOK, params![run])?
            .map(read_webhook)
            .transpose()
    }

    fn next_webhook(&self) -> Result<Option<i64>> {
        let next = self.row(&NEXT, params![])?;
        next.map(|row| row.only().int()).transpose()
    }

    fn webhooks_due(&self, now: i64) -> Result<bool> {
        self.any(&IS_DUE, params![now])
    }

    fn claim_webhooks(&self, limit: u32, expires_at: i64, now: i64) -> Result<Vec<DueWebhook>> {
        let claimed = self.rows(&CLAIM, params![now, limit, expires_at])?;
        claimed.into_iter().map(read_due).collect()
    }

    fn record_delivery(
        &self,
        webhook: &DueWebhook,
        outcome: &DeliveryOutcome,
        now: i64,
    ) -> Result<bool> {
        let (error, retry_at) = match outcome {
            DeliveryOutcome::Delivered => (None, None),
            DeliveryOutcome::Failed { error, retry_at } => (Some(without_nul(error)), *retry_at),
        };
        let recorded = params![error, retry_at, now, webhook.run, webhook.attempt];
        self.any(&RECORD, recorded)
    }
}
