//! Completion webhooks.

use tasker_hosts::WebhookRule;

use super::table;
use crate::Component::{Tasks, Webhooks};
use crate::setting::{self, WEBHOOK_KEY};

table! {
    "Completion webhooks";

    /// Hosts that completion webhooks may go to: `hooks.example.com`, `*.example.com`, or `*:*` for all
    ///
    /// By default there are none.
    WEBHOOK_HOSTS: WebhookRule = setting::WEBHOOK_HOSTS.or("none.invalid").of(&[Tasks, Webhooks]);

    /// Key that signs webhooks: `whsec_` and 24 to 64 random bytes in base64
    ///
    /// Without it none is sent.
    WEBHOOK_SECRET: Option<Vec<u8>> = WEBHOOK_KEY.secret().or("").of(&[Webhooks]);

    /// Who is told of the end of every run that names no webhook of its own; empty: nobody
    ///
    /// `webhook_hosts` must allow its host.
    WEBHOOK_URL: String = setting::WEBHOOK_URL.or("").of(&[Tasks]);
}
