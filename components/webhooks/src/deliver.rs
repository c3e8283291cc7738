//! Sending the messages that are due.

use std::time::Duration;

use futures::future::join_all;
use spin_sdk::http::{IncomingResponse, Method, Request, send};
use tasker_api::Run;
use tasker_domain::figures::Metric;
use tasker_domain::trace::TraceParent;
use tasker_domain::webhook;
use tasker_host::{HostStore, Spin, config, figures, log, open_store, random, spend, time};
use tasker_service::webhook::allowed;
use tasker_store::prelude::*;
use tasker_store::{DeliveryOutcome, DueWebhook};

use crate::Message;
use crate::settings::Settings;

/// How many are told side by side.
const AT_ONCE: u32 = 16;

/// A receiver that takes longer is asked again later.
const ANSWER: Duration = Duration::from_secs(10);

/// How long a claim lasts: much longer than its attempt.
const CLAIM_MS: i64 = 30_000;

/// The longest that one request works.
const TIME: Duration = Duration::from_secs(15);

/// Why nothing could be told.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error(transparent)]
    Store(#[from] tasker_store::Error),
    #[error(transparent)]
    Config(#[from] config::Error),
    #[error("there is no `webhook_secret`")]
    NoSecret,
}

/// Why one was not told. It is shown in the run: it says nothing of what the receiver answered but
/// its status.
#[derive(Debug, thiserror::Error)]
enum Refused {
    #[error("{0}")]
    Forbidden(String),
    #[error("the receiver cannot be reached")]
    Unreachable,
    #[error("the receiver did not answer within {} s", ANSWER.as_secs())]
    Late,
    #[error("the receiver answered {0}")]
    Status(u16),
    #[error("the run cannot be read")]
    Unreadable,
}

impl Refused {
    /// By the standard, 410 means that the receiver wants no more.
    fn is_final(&self) -> bool {
        matches!(
            self,
            Self::Status(410) | Self::Forbidden(_) | Self::Unreadable
        )
    }
}

/// Sends all that is due, as far as time allows.
pub(crate) async fn run() -> Result<(), Error> {
    let settings = Settings::read()?;
    let store = open_store()?;
    let begun = std::time::Instant::now();
    while begun.elapsed() < TIME {
        let now = time::now_ms();
        // What this request can no longer send is left to the next sweep.
        let at_once = AT_ONCE.min(u32::try_from(settings.budget.left(&Spin, 0)).unwrap_or(AT_ONCE));
        if at_once == 0 {
            break;
        }
        let due = store.claim_webhooks(at_once, now + CLAIM_MS, now)?;
        if due.is_empty() {
            break;
        }
        let told = join_all(due.into_iter().map(async |webhook| {
            let told = tell(&store, &settings, &webhook).await;
            record(&store, &webhook, told)
        }))
        .await;
        figures::store(&store);
        told.into_iter().collect::<Result<(), _>>()?;
    }
    Ok(())
}

fn record(
    store: &HostStore,
    webhook: &DueWebhook,
    told: Result<(), Refused>,
) -> Result<(), tasker_store::Error> {
    let now = time::now_ms();
    let told = match told {
        Ok(()) => DeliveryOutcome::Delivered,
        Err(error) => {
            let [random] = random();
            let pause = webhook::pause_ms(webhook.attempt, random);
            let retry_at = pause.filter(|_| !error.is_final()).map(|pause| now + pause);
            figures::count(Metric::WebhookFailure, "", 1);
            figures::count(Metric::WebhookGivenUp, "", u64::from(retry_at.is_none()));
            log::warn(format!("webhook, attempt {}: {error}", webhook.attempt))
                .run(webhook.run)
                .write();
            DeliveryOutcome::Failed {
                error: error.to_string(),
                retry_at,
            }
        }
    };
    store.record_delivery(webhook, &told, now).map(drop)
}

async fn tell(store: &HostStore, settings: &Settings, webhook: &DueWebhook) -> Result<(), Refused> {
    allowed(&webhook.url, &settings.hosts, &settings.chaining_domain)
        .map_err(|error| Refused::Forbidden(error.error.message))?;
    let run = store
        .run(webhook.run)
        .ok()
        .flatten()
        .ok_or(Refused::Unreadable)?;
    let trace = run.trace.unwrap_or_else(|| TraceParent::of_run(run.id));
    let message = Run::of(run, None).ok().and_then(Message::of);
    let message = message.ok_or(Refused::Unreadable)?;
    let body = serde_json::to_vec(&message).map_err(|_| Refused::Unreadable)?;
    let (id, timestamp) = (message.id(), time::now_ms() / 1_000);
    let signature = settings.secret.sign(&id, timestamp, &body);
    let request = Request::builder()
        .method(Method::Post)
        .uri(webhook.url.as_str())
        .header("content-type", "application/json")
        .header("content-length", body.len().to_string().as_str())
        .header("user-agent", concat!("tasker/", env!("CARGO_PKG_VERSION")))
        .header("webhook-id", id.as_str())
        .header("webhook-timestamp", timestamp.to_string().as_str())
        .header("webhook-signature", signature.as_str())
        .header("traceparent", trace.child("webhook").to_string().as_str())
        .body(body)
        .build();
    spend();
    match time::timeout(ANSWER, send::<_, IncomingResponse>(request)).await {
        Some(Ok(response)) if (200..300).contains(&response.status()) => Ok(()),
        Some(Ok(response)) => Err(Refused::Status(response.status())),
        Some(Err(_)) => Err(Refused::Unreachable),
        None => Err(Refused::Late),
    }
}
