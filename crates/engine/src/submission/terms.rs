//! The terms of a run: its priority, the limit that it shares, how it is begun again, and who is told of its end.

use serde_json::Value;
use tasker_api::{concurrency_scope, concurrency_unlimited, key_at};
use tasker_domain::ErrorCode;
use tasker_domain::retry::{Policy, RunRetry};
use tasker_service::webhook::allowed;
use tasker_settings::{
    CHAINING_DOMAIN, IDEMPOTENCY_DAYS, RUN_ATTEMPTS, WEBHOOK_HOSTS, WEBHOOK_URL,
};
use tasker_store::prelude::*;
use tasker_store::{ConcurrencyLimit, RunTerms, TaskRef};
use tasker_world::{World, config, in_ms};

use super::{Error, Result};

/// The terms of a task's run, by what its code says and what it is [given](super::given).
pub(crate) fn of<W: World>(
    world: &W,
    store: &W::Store,
    task: &TaskRef,
    given: &str,
    key: Option<&str>,
) -> Result<RunTerms> {
    let settings = store.task_settings(task)?;
    let concurrency = match (settings.concurrency, key) {
        (None, None) => None,
        (None, Some(_)) => return Err(concurrency_unlimited(&task.name).into()),
        (Some(limit), key) => {
            let value: Value = serde_json::from_str(given).map_err(Error::internal)?;
            let of_input = limit.per.map(|path| key_at(&value, &path));
            Some(ConcurrencyLimit {
                scope: concurrency_scope(&task.name, key.or(of_input.as_deref())),
                at_once: limit.at_once,
            })
        }
    };
    let policy = run_policy(world)?;
    Ok(RunTerms {
        priority: settings.priority.unwrap_or_default(),
        retention_ms: settings.retention_ms,
        concurrency,
        key_expires_at: 0,
        versions_of: None,
        starter: None,
        retry: match settings.attempts {
            Some(attempts) => retry(world, &Policy { attempts, ..policy }, true),
            None => retry(world, &policy, false),
        },
    })
}

/// How a run is begun again if neither its task nor its client says.
///
/// # Errors
/// If a setting cannot be used.
pub(super) fn run_policy(world: &impl World) -> Result<Policy> {
    Ok(Policy {
        attempts: config::read(world, &RUN_ATTEMPTS)?,
        ..config::retry_policy(world)?
    })
}

pub(crate) fn retry(world: &impl World, policy: &Policy, any: bool) -> RunRetry {
    policy.of_run(any, || {
        let [random] = world.random();
        random
    })
}

/// How long an idempotency key lives at least (ms).
pub(crate) fn key_life(world: &impl World) -> Result<i64> {
    Ok(config::read(world, &IDEMPOTENCY_DAYS).map(in_ms)?)
}

/// Who is told of a run's end: whom the client asks for, where an empty text is a mistake, or else the app's setting.
///
/// # Errors
/// If nobody may be told there.
pub fn webhook(world: &impl World, asked: Option<&str>) -> Result<Option<String>> {
    let url = match asked {
        Some(url) => url.to_owned(),
        None => config::read(world, &WEBHOOK_URL)?,
    };
    if url.is_empty() && asked.is_none() {
        return Ok(None);
    }
    let hosts = config::read(world, &WEBHOOK_HOSTS)?;
    let chaining_domain = config::read(world, &CHAINING_DOMAIN)?;
    match allowed(&url, &hosts, &chaining_domain) {
        Ok(_) => Ok(Some(url)),
        Err(error) => Err(Error::new(
            ErrorCode::WebhookInvalid,
            format!("the webhook: {}", error.error.message),
        )),
    }
}
