//! Who is told when a run ends.

use tasker_domain::RunId;
use tasker_domain::webhook::Webhook;

use crate::Result;
use crate::postgres::Postgres;
use crate::postgres::connection::{Call, Connection, params};
use crate::records::webhooks::{read_due, read_webhook};
use crate::row::without_nul;
use crate::webhooks::{DeliveryOutcome, DueWebhook, Webhooks};

impl<C: Connection> Webhooks for Postgres<C> {
    fn webhook(&self, run: RunId) -> Result<Option<Webhook>> {
        let row = self.connection.one("webhook", params![run])?;
        row.map(read_webhook).transpose()
    }

    fn next_webhook(&self) -> Result<Option<i64>> {
        self.connection.value("next_webhook", params![])?.opt_int()
    }

    fn webhooks_due(&self, now: i64) -> Result<bool> {
        self.connection
            .value("webhooks_due", params![now])?
            .boolean()
    }

    fn claim_webhooks(&self, limit: u32, expires_at: i64, now: i64) -> Result<Vec<DueWebhook>> {
        self.connection
            .call("claim_webhooks", params![limit, expires_at, now])?
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
        let (error, retry_at) = match outcome {
            DeliveryOutcome::Delivered => (None, None),
            DeliveryOutcome::Failed { error, retry_at } => (Some(without_nul(error)), *retry_at),
        };
        self.connection
            .value(
                "record_delivery",
                params![webhook.run, webhook.attempt, error, retry_at, now],
            )?
            .boolean()
    }
}
