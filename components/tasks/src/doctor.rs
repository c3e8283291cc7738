//! Health, readiness and diagnosis: what is asked of the database and of each component.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use futures::future::{join, join_all};
use tasker_api::{
    BACKLOG_COUNTED, Check, DAMAGE_SHOWN, DamageFound, Diagnosis as Report, DoctorQuery, Timestamp,
    Trouble, Verdict, WAITING_SHOWN, Waiting, is_late, worst,
};
use tasker_domain::ErrorCode;
use tasker_domain::access::{ApiKey, Right};
use tasker_domain::diagnosis::{ComponentHealth, Damage, DatabaseState};
use tasker_domain::wire::{InspectReply, InspectRequest, SERVICES};
use tasker_host::health::Examination;
use tasker_host::{HostStore, http, log, open_store, time};
use tasker_settings::Component;
use tasker_store::Error as StoreError;
use tasker_store::prelude::*;

use crate::error::{Error, Result};
use crate::params::QueryParams;
use crate::settings::{self, has_no_api_token, is_chaining};
use crate::system::SWEEP_EVERY;
use crate::usage;

/// A component that takes longer counts as out of reach.
const ANSWER: Duration = Duration::from_secs(8);

/// How late a sweep may be, and how often it is looked for until then.
const LATE: Duration = Duration::from_secs(1);
const LOOK_AGAIN: Duration = Duration::from_millis(500);

/// Sleeping frames that a diagnosis looks into.
const FRAMES_LOOKED_INTO: u32 = 200;

/// The part of readiness that tells of settings with which the app cannot work: its own and those of the components
/// without which nothing runs.
pub(crate) async fn settings() -> Option<Check> {
    let mut problems = examine_own().problems;
    // Where they are reached by public requests, which hosts count, a diagnosis alone asks them.
    if is_chaining() {
        let asked = [
            ("stack-processor", "/health"),
            ("quickjs", "/health"),
            ("wrappedkeystore", "/settings"),
        ];
        let answers = join_all(asked.map(|(name, path)| ask_health(name, path))).await;
        for (health, (name, _)) in answers.into_iter().zip(asked) {
            match health {
                Some(health) => problems.extend(health.problems),
                None => problems.push(format!("the component `{name}` does not answer")),
            }
        }
    }
    // Several components read the same setting.
    let mut said = HashSet::new();
    problems.retain(|problem| said.insert(problem.clone()));
    (!problems.is_empty()).then(|| Check::settings(&problems))
}

/// What is wrong with this component's own settings.
fn examine_own() -> ComponentHealth {
    Examination::of(Component::Tasks).done()
}

/// The check of a database that cannot be used.
pub(crate) fn no_database(error: &StoreError) -> Check {
    match error {
        StoreError::Unusable { trouble, .. } => {
            Check::unusable_database(trouble.to_string(), trouble.advice())
        }
        StoreError::Full(_) => Check::no_database(Trouble::Full),
        StoreError::Damaged(_) => Check::no_database(Trouble::Damaged),
        _ => Check::no_database(Trouble::Unavailable),
    }
}

/// The store, its state, and the checks of it and of the queue. Tries a write, unless one has succeeded within
/// `fresh_ms`.
pub(crate) fn look_at_database(
    fresh_ms: i64,
) -> tasker_store::Result<(HostStore, DatabaseState, Vec<Check>)> {
    let store = open_store()?;
    let now = time::now_ms();
    let state = store.database(fresh_ms, now)?;
    let backlog = store.backlog(BACKLOG_COUNTED, now)?;
    let mut parts = Check::of_database(&state, now);
    parts.push(Check::of_queue(backlog, Some(state.drainers)));
    parts.extend(look_at_limit(&store)?);
    parts.extend(look_at_keys(&store, now)?);
    Ok((store, state, parts))
}

/// How near the database is to its bound, if it has one. A setting that cannot be read is told of elsewhere.
fn look_at_limit(store: &HostStore) -> tasker_store::Result<Option<Check>> {
    match settings::database_limit() {
        Ok(limit) if limit > 0 => Ok(Some(Check::of_limit(store.size()?.used(), limit))),
        _ => Ok(None),
    }
}

/// Keys that are read at once.
const KEYS: u32 = 200;

/// Whether anybody can make keys and change things: without `api_token` that takes a valid key with the role `admin`.
fn look_at_keys(store: &HostStore, now: i64) -> tasker_store::Result<Option<Check>> {
    if !has_no_api_token() {
        return Ok(None);
    }
    let may_all = |key: &ApiKey| {
        let is_valid = key.expires_at.is_none_or(|expires_at| now < expires_at);
        is_valid && key.permissions.hold(Right::Administer)
    };
    let mut after = None;
    loop {
        let page = store.api_keys(after.as_deref(), KEYS)?;
        if page.items.iter().any(may_all) {
            return Ok(None);
        }
        after = page.next_after().map(|key| key.name.clone());
        if after.is_none() {
            let problem =
                "`api_token` is `off`, and there is no valid API key with the role `admin`";
            return Ok(Some(Check::settings(&[problem.to_owned()])));
        }
    }
}

/// For how long the runs have not moved that are shown (ms).
pub(crate) struct Unmoved(i64);

impl QueryParams for Unmoved {
    type Query = DoctorQuery;

    fn check(query: DoctorQuery) -> Result<Self> {
        Ok(Self(query.unmoved_ms()?))
    }
}

/// How everything is, and what to do.
pub(crate) async fn diagnosis(unmoved: Unmoved) -> Report {
    let (components, database) = join(
        join_all(components().map(async |name| {
            let health = ask_health(&name, "/health").await;
            (name, health)
        })),
        findings(unmoved.0),
    )
    .await;
    let (mut checks, damage, waiting) = database.unwrap_or_else(|error| {
        log::error(format!("diagnosis: {error}")).write();
        (vec![no_database(&error)], Vec::new(), Vec::new())
    });
    let used = usage::services_used();
    checks.extend(components.into_iter().map(|(name, health)| {
        let service = name.strip_prefix("wrapped").unwrap_or_default();
        let has_credentials = health.as_ref().is_some_and(|health| health.has_credentials);
        let is_used = has_credentials || used.contains(service);
        Check::of_component(&name, health.as_ref(), is_used)
    }));
    checks.push(Check::of_component("tasks", Some(&examine_own()), true));
    let status = match damage.is_empty() {
        true => worst(&checks),
        false => Verdict::Failing,
    };
    Report {
        status,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        now: Timestamp::from_millis(time::now_ms()),
        checks,
        damage: damage.into_iter().map(DamageFound::from).collect(),
        waiting,
        repaired: None,
    }
}

/// The private components.
fn components() -> impl Iterator<Item = String> {
    let own = ["stack-processor", "quickjs", "webhooks"].map(str::to_owned);
    own.into_iter()
        .chain(SERVICES.iter().map(|service| format!("wrapped{service}")))
}

async fn ask_health(component: &str, path: &str) -> Option<ComponentHealth> {
    match time::timeout(ANSWER, http::ask(component, path, &())).await {
        Some(Ok(health)) => Some(health),
        Some(Err(error)) => {
            log::error(format!("diagnosis: {error}")).write();
            None
        }
        None => None,
    }
}

/// Looks at the database. If a sweep is overdue because the app has just started, waits for it as long as sweeps
/// are apart.
async fn look_with_patience() -> tasker_store::Result<(HostStore, Vec<Check>)> {
    let begun = Instant::now();
    loop {
        let (store, state, mut checks) = look_at_database(0)?;
        let is_late = is_late(state.swept_at, time::now_ms());
        if !is_late || begun.elapsed() > SWEEP_EVERY + LATE {
            checks.extend(usage::look_at_file(&store)?);
            return Ok((store, checks));
        }
        time::sleep(LOOK_AGAIN).await;
    }
}

type Findings = (Vec<Check>, Vec<Damage>, Vec<Waiting>);

async fn findings(unmoved_ms: i64) -> tasker_store::Result<Findings> {
    let (store, checks) = look_with_patience().await?;
    let now = time::now_ms();
    let mut damage = store.damage(DAMAGE_SHOWN, now)?;
    // Without the executor its check says so; what the records show is still told.
    if let Some(reply) = look_into_frames(false).await {
        damage.extend(reply.frames.into_iter().filter_map(|frame| {
            Some(Damage {
                kind: frame.damage?,
                run: frame.run.to_string(),
                task: Some(frame.task),
                path: frame.path.to_string(),
                since: frame.updated_at,
                detail: frame.snapshot.and_then(|snapshot| snapshot.problem),
            })
        }));
    }
    let waits = store.waits(now - unmoved_ms, WAITING_SHOWN)?;
    let waiting = waits
        .into_iter()
        .map(|wait| Waiting::of(wait, now))
        .collect();
    Ok((checks, damage, waiting))
}

/// The first sleeping frames, as the executor sees them; what is damaged of them is repaired if that is wanted.
pub(crate) async fn look_into_frames(repair: bool) -> Option<InspectReply> {
    let question = InspectRequest {
        run: None,
        after: None,
        limit: FRAMES_LOOKED_INTO,
        repair,
    };
    inspect(&question).await.ok()
}

/// Asks the executor what it makes of sleeping frames.
pub(crate) async fn inspect(question: &InspectRequest) -> Result<InspectReply> {
    let reply = http::ask("quickjs", "/inspect", question).await;
    reply.map_err(|error| {
        log::error(format!("inspection: {error}")).write();
        Error::new(
            ErrorCode::ExecutorUnavailable,
            "the executor does not answer at the moment; try again",
        )
    })
}
