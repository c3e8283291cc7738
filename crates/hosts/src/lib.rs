//! Hosts: where a request may go.
//!
//! [`Target`] is where one goes, [`Pattern`] and [`Ports`] are what rules are made of, and [`SecretRule`], [`WebhookRule`],
//! [`RequestRule`], [`FetchRule`] and [`OutboundRule`] are the rules: of a secret's hosts, of those that webhooks and a task's own
//! requests may go to, of pages that may be fetched though they are not public, and of Spin's `allowed_outbound_hosts`.
//! [`is_public`] and [`is_public_host`] say what is of the public internet, [`app`] what belongs to the app itself. All URLs are
//! read by the crate `url`.

mod address;
pub mod app;
mod fetch;
mod outbound;
mod pattern;
mod request;
mod secret;
mod target;
mod webhook;

pub use address::{is_public, is_public_host};
pub use fetch::FetchRule;
pub use outbound::{Destination, OutboundRule};
pub use pattern::{Pattern, Ports, entries};
pub use request::RequestRule;
pub use secret::SecretRule;
pub use target::{NoTarget, Target, domain_below, origin};
pub use url::Host;
pub use webhook::{NoWebhook, WEBHOOK_URL_MAX, WebhookRule, webhook_target};
