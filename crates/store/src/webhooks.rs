//! Who is told when a run ends.

use ambassador::delegatable_trait;
use tasker_domain::RunId;
use tasker_domain::webhook::Webhook;

use crate::Result;

/// A webhook that was claimed for delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueWebhook {
    /// The run that has ended.
    pub run: RunId,
    /// Where to.
    pub url: String,
    /// Which attempt this is, from 1: it fences off workers that were thought lost.
    pub attempt: u32,
}

/// The outcome of telling of a run's end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeliveryOutcome {
    /// The receiver has taken it.
    Delivered,
    /// The receiver has not taken it.
    Failed {
        /// Why, for people.
        error: String,
        /// When it is tried again; `None`: it is given up.
        retry_at: Option<i64>,
    },
}

/// The webhooks of runs. One is made with its run: [`crate::NewRun::webhook`].
#[delegatable_trait]
pub trait Webhooks {
    /// A run's webhook.
    ///
    /// # Errors
    /// Only if the database fails, as with every operation here.
    fn webhook(&self, run: RunId) -> Result<Option<Webhook>>;

    /// When a webhook is due next; in the past if one is due now.
    fn next_webhook(&self) -> Result<Option<i64>>;

    /// Whether any webhook is due.
    fn webhooks_due(&self, now: i64) -> Result<bool>;

    /// Claims due webhooks, the longest due first. One that is not delivered by `expires_at` is due
    /// again.
    fn claim_webhooks(&self, limit: u32, expires_at: i64, now: i64) -> Result<Vec<DueWebhook>>;

    /// Records the outcome of an attempt; `false`: another attempt has been claimed since.
    fn record_delivery(
        &self,
        webhook: &DueWebhook,
        outcome: &DeliveryOutcome,
        now: i64,
    ) -> Result<bool>;
}
