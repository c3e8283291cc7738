//! Who is told when a run ends.

use tasker_domain::webhook::{Webhook, WebhookState};

use crate::row::Row;
use crate::{DueWebhook, Result};

pub(crate) fn read_webhook(mut row: Row) -> Result<Webhook> {
    Ok(Webhook {
        url: row.text()?,
        state: row.word(WebhookState::parse)?,
        attempts: row.number()?,
        next_at: row.opt_int()?,
        delivered_at: row.opt_int()?,
        error: row.opt_text()?,
    })
}

pub(crate) fn read_due(mut row: Row) -> Result<DueWebhook> {
    Ok(DueWebhook {
        run: row.parsed()?,
        url: row.text()?,
        attempt: row.number()?,
    })
}
