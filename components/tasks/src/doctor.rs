//! Health, readiness and diagnosis: what is asked of the database and of each component.

use std::time::{Duration, Instant};

use futures::future::{join, join_all};
use tasker_api::{
    BACKLOG_COUNTED, Check, DAMAGE_SHOWN, DamageFound, Diagnosis as Report, DoctorQuery, Health,
    INSPECT_MAX, InspectQuery, Inspection, NoQuery, Problem, Readiness, Repaired, Timestamp,
    Trouble, Verdict, WAITING_SHOWN, Waiting, is_late, parse_cursor, worst,
};
use tasker_domain::diagnosis::{ComponentHealth, Damage, DamageKind, DatabaseState};
use tasker_domain::wire::{InspectReply, InspectRequest, SERVICES};
use tasker_domain::{ErrorCode, RunId, StackRunId};
use tasker_host::health::Examination;
use tasker_host::{HostStore, config, http, log, open_store, time};
use tasker_store::Error as StoreError;
use tasker_store::prelude::*;

use crate::Result;
use crate::answer::{After, Answer};
use crate::error::{no_run, store, store_failed};
use crate::request::Request;
use crate::system::{self, SWEEP_EVERY};
use crate::usage;

/// A component that takes longer counts as out of reach.
const ANSWER: Duration = Duration::from_secs(8);

/// Readiness is open to all, so that it writes only if nobody has for so long.
const PROBE_MS: i64 = 5_000;

/// A sweep may be late by so much; until then it is looked for as often.
const LATE: Duration = Duration::from_secs(1);
const LOOK_AGAIN: Duration = Duration::from_millis(500);

/// Sleeping frames that a diagnosis looks into.
const FRAMES_LOOKED_INTO: u32 = 200;

/// `GET /health`
pub(crate) fn health(request: &Request) -> Result {
    request.query::<NoQuery>()?;
    Answer::json(
        200,
        &Health {
            status: "ok".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        },
    )
}

/// `GET /health/ready`
pub(crate) async fn ready(request: &Request) -> Result {
    request.query::<NoQuery>()?;
    let mut parts = match look_at_database(PROBE_MS) {
        Ok((_, _, parts)) => parts,
        Err(error) => {
            log::error(format!("readiness: {error}")).write();
            vec![no_database(&error)]
        }
    };
    parts.extend(settings().await);
    let readiness = Readiness::of(parts);
    let status = match readiness.status {
        Verdict::Failing => 503,
        Verdict::Ok | Verdict::Warning => 200,
    };
    Answer::json(status, &readiness)
}

/// The part of readiness that tells of settings with which the app cannot work: its own and those of the components
/// without which nothing goes on.
async fn settings() -> Option<Check> {
    let mut problems = examine_own().problems;
    // Where they are reached by public requests, which hosts count, a diagnosis alone asks them.
    if config::text("internal_calls").is_ok_and(|calls| calls != "signed") {
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
    problems.dedup();
    (!problems.is_empty()).then(|| Check::settings(&problems))
}

/// What is wrong with this component's own settings.
fn examine_own() -> ComponentHealth {
    Examination::default()
        .settings(&[
            "api_token",
            "internal_calls",
            "cancel_grace_seconds",
            "idempotency_days",
            "run_attempts",
            "call_attempts",
            "call_retry_ms",
            "call_retry_max_ms",
        ])
        .text("cors_origins")
        .done()
}

/// What is to be said of a database that cannot be used.
fn no_database(error: &StoreError) -> Check {
    match error {
        StoreError::Unusable { trouble, .. } => {
            Check::unusable_database(trouble.to_string(), trouble.advice())
        }
        StoreError::Full(_) => Check::no_database(Trouble::Full),
        StoreError::Damaged(_) => Check::no_database(Trouble::Damaged),
        _ => Check::no_database(Trouble::Unavailable),
    }
}

/// The store, its state, and what is to be said of it and of the queue, after a write unless one has succeeded within so
/// many milliseconds.
fn look_at_database(fresh_ms: i64) -> tasker_store::Result<(HostStore, DatabaseState, Vec<Check>)> {
    let store = open_store()?;
    let now = time::now_ms();
    let state = store.database(fresh_ms, now)?;
    let backlog = store.backlog(BACKLOG_COUNTED, now)?;
    let mut parts = Check::of_database(&state, now);
    parts.push(Check::of_queue(backlog, Some(state.drainers)));
    Ok((store, state, parts))
}

/// `GET /doctor`
pub(crate) async fn diagnose(request: &Request) -> Result {
    let query: DoctorQuery = request.query()?;
    Answer::json(200, &report(query.unmoved_ms()?).await)
}

/// `POST /doctor`
pub(crate) async fn repair(request: &Request) -> Result {
    let unmoved_ms = request.query::<DoctorQuery>()?.unmoved_ms()?;
    let repaired = repair_all(&store()?).await?;
    let report = Report {
        repaired: Some(repaired),
        ..report(unmoved_ms).await
    };
    Ok(Answer::json(200, &report)?.with_after(After::Drain))
}

async fn report(unmoved_ms: i64) -> Report {
    let (components, database) = join(
        join_all(components().map(async |name| {
            let health = ask_health(&name, "/health").await;
            (name, health)
        })),
        findings(unmoved_ms),
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

/// Looks at the database. A sweep that is overdue only because the app has just begun comes within the time that passes between
/// two of them.
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
    // Without the executor its check says so; what the records show is told all the same.
    if let Some(reply) = look_into_frames(None, false).await {
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

async fn look_into_frames(after: Option<StackRunId>, repair: bool) -> Option<InspectReply> {
    let question = InspectRequest {
        run: None,
        after,
        limit: FRAMES_LOOKED_INTO,
        repair,
    };
    inspect_by(&question).await.ok()
}

async fn inspect_by(question: &InspectRequest) -> Result<InspectReply> {
    let reply = http::ask("quickjs", "/inspect", question).await;
    reply.map_err(|error| {
        log::error(format!("inspection: {error}")).write();
        Problem::new(
            ErrorCode::ExecutorUnavailable,
            "the executor does not answer at the moment; try again",
        )
    })
}

/// Repairs all there is to repair, of each kind as much as a request may.
async fn repair_all(store: &HostStore) -> Result<Vec<Repaired>> {
    let now = time::now_ms();
    let mut done = Vec::new();
    let mut note = |kind: DamageKind, count: u32| {
        if count > 0 {
            done.push(Repaired {
                kind: kind.to_string(),
                count,
                repair: kind.repair().to_owned(),
            });
        }
    };
    for kind in DamageKind::ALL {
        note(
            *kind,
            store
                .repair(*kind, BACKLOG_COUNTED, now)
                .map_err(store_failed)?,
        );
    }
    if let Some(reply) = look_into_frames(None, true).await {
        let of = |kind: DamageKind| {
            let frames = reply
                .frames
                .iter()
                .filter(|frame| frame.damage == Some(kind));
            u32::try_from(frames.count()).unwrap_or(u32::MAX)
        };
        for kind in [DamageKind::CallLost, DamageKind::SnapshotDamaged] {
            note(kind, of(kind).min(reply.repaired));
        }
    }
    let swept = system::sweep_now().await?;
    note(DamageKind::LeaseExpired, swept.reclaimed + swept.failed);
    note(DamageKind::WakingMissed, swept.woken);
    Ok(done)
}

/// `GET /runs/{id}/inspect`
pub(crate) async fn inspect(request: &Request) -> Result {
    let query: InspectQuery = request.query()?;
    let run: RunId = request.run_id()?;
    let after: Option<StackRunId> = parse_cursor(query.cursor.as_deref())?;
    if store()?.progress(run).map_err(store_failed)?.is_none() {
        return Err(no_run(run));
    }
    let reply = inspect_by(&InspectRequest {
        run: Some(run),
        after,
        limit: INSPECT_MAX,
        repair: false,
    })
    .await?;
    let next = reply.next.map(|id| tasker_api::Cursor(id).to_string());
    Answer::json(200, &Inspection::of(run, reply, next))
}
