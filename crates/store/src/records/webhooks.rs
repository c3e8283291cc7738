//! Who is told when a run ends.

use tasker_domain::webhook::{Webhook, WebhookState};

use crate::row::Row;
use crate::{DueWebhook, Result};

pub(crate) fn read_webhook(mut row: Row) -> Result<Webhook> {
    Ok(Webhook {
        url: row.get("url").text()?,
        state: row.get("state").word(WebhookState::parse)?,
        attempts: row.get("attempts").number()?,
        next_at: row.get("next_at").opt_int()?,
        delivered_at: row.get("delivered_at").opt_int()?,
        error: row.get("error").opt_text()?,
    })
}

pub(crate) fn read_due(mut row: Row) -> Result<DueWebhook> {
    Ok(DueWebhook {
        run: row.get("run_id").parsed()?,
        url: row.get("url").text()?,
        attempt: row.get("attempts").number()?,
    })
}
