//! Looking into stored snapshots: what a sleeping VM waits for, and whether it can be woken at all.

use std::time::{Duration, Instant};

use tasker_domain::StackStatus;
use tasker_domain::diagnosis::{ComponentHealth, DamageKind};
use tasker_domain::wire::{
    CallState, InspectReply, InspectRequest, InspectedCall, InspectedFrame, InspectedSnapshot,
};
use tasker_host::health::Examination;
use tasker_host::{HostStore, open_store, time};
use tasker_settings::Component;
use tasker_store::{Diagnosis, SnapshotRecord, StoredFrame};
use tasker_vm::{Program, RestoreError, Vm};

use crate::error::Result;
use crate::settings::Settings;
use crate::wake;

/// How many frames are read at once; each may have megabytes.
const PAGE: u32 = 8;

/// After this time an inspection answers, and says where to continue.
const TIME: Duration = Duration::from_secs(5);

/// Only the first calls of a frame are shown.
const CALLS_SHOWN: usize = 100;

/// Whether the executor can be used: its settings, and a VM that boots.
pub(crate) fn health() -> ComponentHealth {
    let examination = Examination::of(Component::QuickJs);
    let engine = Settings::read()
        .map_err(|error| error.to_string())
        .and_then(|settings| {
            let program = Program {
                name: "health".to_owned(),
                code: String::new(),
                modules: Default::default(),
            };
            Vm::boot(program, settings.limits).map_err(|error| error.to_string())
        });
    match engine {
        Ok(vm) => examination.engine(vm.engine()),
        Err(problem) => examination.looked::<(), _>(Err(problem)),
    }
    .done()
}

/// Looks at frames one after the other, as far as the bounds allow.
pub(crate) fn run(request: &InspectRequest) -> Result<InspectReply> {
    let settings = Settings::read()?;
    let store = open_store()?;
    let deadline = Instant::now() + TIME;
    let mut reply = InspectReply {
        engine: health().engine.unwrap_or_default(),
        looked_at: 0,
        frames: Vec::new(),
        next: None,
        repaired: 0,
    };
    let mut after = request.after;
    loop {
        let left = request.limit.saturating_sub(reply.looked_at);
        if left == 0 || Instant::now() >= deadline {
            reply.next = after;
            return Ok(reply);
        }
        let page = store.frames(request.run, after, left.min(PAGE))?;
        for frame in page.items {
            after = Some(frame.id);
            reply.looked_at += 1;
            let inspected = look_into(&frame, &settings);
            if let Some(damage) = inspected.damage
                && request.repair
            {
                reply.repaired += u32::from(repair(&store, &frame, damage)?);
            }
            if request.run.is_some() || inspected.damage.is_some() {
                reply.frames.push(inspected);
            }
        }
        if !page.more {
            return Ok(reply);
        }
    }
}

/// Without its snapshot the frame replays its journal, and makes a lost call again.
fn repair(store: &HostStore, frame: &StoredFrame, damage: DamageKind) -> Result<bool> {
    let wake = damage == DamageKind::CallLost;
    Ok(store.drop_snapshot(frame.id, wake, time::now_ms())?)
}

fn look_into(frame: &StoredFrame, settings: &Settings) -> InspectedFrame {
    let (snapshot, damage) = match &frame.snapshot {
        Some(snapshot) => {
            let (snapshot, damage) = decode(frame, snapshot, settings);
            (Some(snapshot), damage)
        }
        None => (None, None),
    };
    InspectedFrame {
        run: frame.run,
        task: frame.task.name.clone(),
        version: frame.task.version.clone(),
        path: frame.path.clone(),
        status: frame.status,
        updated_at: frame.updated_at,
        journal_position: frame.last_position,
        snapshot,
        damage,
    }
}

fn decode(
    frame: &StoredFrame,
    stored: &SnapshotRecord,
    settings: &Settings,
) -> (InspectedSnapshot, Option<DamageKind>) {
    let mut snapshot = InspectedSnapshot {
        bytes: stored.bytes.len() as u64,
        raw_bytes: stored.raw_bytes,
        engine: stored.engine.clone(),
        position: stored.position,
        problem: None,
        calls: Vec::new(),
    };
    let restored = wake::program(&frame.task)
        .map_err(|error| (error.to_string(), None))
        .and_then(|program| {
            Vm::restore(program, settings.limits.clone(), &stored.bytes).map_err(|error| {
                let is_damage = matches!(error, RestoreError::Format | RestoreError::Damaged(_));
                let damage = is_damage.then_some(DamageKind::SnapshotDamaged);
                (error.to_string(), damage)
            })
        });
    let vm = match restored {
        Ok(vm) => vm,
        Err((problem, damage)) => {
            snapshot.problem = Some(problem);
            return (snapshot, damage);
        }
    };
    let pending = vm.pending();
    let state = |number: u32| {
        if frame.queued.contains(&number) {
            CallState::Queued
        } else if frame.settled.contains(&number) {
            CallState::Settled
        } else if stored.in_flight.iter().any(|call| call.number == number) {
            CallState::InFlight
        } else {
            CallState::Lost
        }
    };
    // A frame in a VM is past its snapshot; one that is pending routes its calls when it is claimed.
    // A call of the slice that has no row any more is lost as well once the frame sleeps.
    let is_lost = frame.status == StackStatus::Suspended
        && pending
            .iter()
            .any(|call| matches!(state(call.number), CallState::Lost));
    snapshot.calls = pending
        .into_iter()
        .take(CALLS_SHOWN)
        .map(|call| InspectedCall {
            state: state(call.number),
            number: call.number,
            label: call.label,
            stack: call.stack,
        })
        .collect();
    (snapshot, is_lost.then_some(DamageKind::CallLost))
}
