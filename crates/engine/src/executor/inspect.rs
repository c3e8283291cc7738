//! Looking into stored snapshots: what a sleeping VM waits for, and whether it can be woken at all.

use std::time::Duration;

use tasker_domain::StackStatus;
use tasker_domain::diagnosis::DamageKind;
use tasker_domain::wire::{
    CallState, InspectReply, InspectRequest, InspectedCall, InspectedFrame, InspectedSnapshot,
};
use tasker_store::{Diagnosis, SnapshotRecord, StoredFrame};
use tasker_vm::{EngineHash, Program, Vm};
use tasker_world::World;

use super::error::Result;
use super::settings::Settings;
use super::wake;

/// How many frames are read at once; each may have megabytes.
const PAGE: u32 = 8;

/// After this time an inspection answers, and says where to continue.
const TIME: Duration = Duration::from_secs(5);

/// Only the first calls of a frame are shown.
const CALLS_SHOWN: usize = 100;

/// Whether the executor can be used: its settings, and a VM that boots.
///
/// # Errors
/// If a setting cannot be used, or no VM boots.
pub fn engine(world: &impl World) -> Result<EngineHash> {
    let program = Program {
        name: "health".to_owned(),
        code: String::new(),
        modules: Default::default(),
    };
    let vm = Vm::boot(program, Settings::read(world)?.limits)?;
    Ok(vm.engine())
}

/// Looks at frames one after the other, as far as the bounds allow.
///
/// # Errors
/// If the store fails or a setting cannot be used.
pub fn inspect(world: &impl World, request: &InspectRequest) -> Result<InspectReply> {
    let settings = Settings::read(world)?;
    let store = world.open_store()?;
    let deadline = world.now() + TIME;
    let mut reply = InspectReply {
        engine: engine(world)
            .map(|engine| engine.to_string())
            .unwrap_or_default(),
        looked_at: 0,
        frames: Vec::new(),
        next: None,
        repaired: 0,
    };
    let mut after = request.after;
    loop {
        let left = request.limit.saturating_sub(reply.looked_at);
        if left == 0 || world.now() >= deadline {
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
                reply.repaired += u32::from(repair(world, &store, &frame, damage)?);
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
fn repair(
    world: &impl World,
    store: &impl Diagnosis,
    frame: &StoredFrame,
    damage: DamageKind,
) -> Result<bool> {
    let wake = damage == DamageKind::CallLost;
    Ok(store.drop_snapshot(frame.id, wake, world.now_ms())?)
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
            let opened = settings.seal.open(frame.run, &frame.path, stored);
            let restored =
                opened.and_then(|bytes| Ok(Vm::restore(program, settings.limits.clone(), &bytes)?));
            restored.map_err(|error| {
                let damage = error.is_damage().then_some(DamageKind::SnapshotDamaged);
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
