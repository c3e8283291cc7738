//! Completion webhooks.

use super::table;
use crate::Component::{Tasks, Webhooks};
use crate::setting::{self, TEXT};

table! {
    "Completion webhooks";

    /// Hosts that completion webhooks may go to: `hooks.example.com`, `*.example.com`, or `*:*` for all
    ///
    /// By default there are none.
    WEBHOOK_HOSTS: String = setting::WEBHOOK_HOSTS.or("none.invalid").of(&[Tasks, Webhooks]);

    /// Key that signs webhooks: `whsec_` and 24 to 64 random bytes in base64
    ///
    /// Without it none is sent.
    WEBHOOK_SECRET: String = TEXT.secret().or("").of(&[Webhooks]);

    /// Who is told of the end of every run that names no webhook of its own; empty: nobody
    WEBHOOK_URL: String = TEXT.or("").of(&[Tasks]);
}
