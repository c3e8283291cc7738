//! Waking a frame: its VM as it was at the newest snapshot, or booted afresh for a replay.

use std::rc::Rc;

use tasker_domain::TaskFunction;
use tasker_domain::figures::Metric;
use tasker_store::{Frame, SnapshotRecord};
use tasker_vm::{Program, RestoreError, Start};
use tasker_world::{World, warn};

use super::error::{Error, Result};
use super::machine::Machine;
use super::seal::Unusable;
use super::settings::Settings;
use super::watch::watch;
use crate::heartbeat::Heartbeat;

/// A VM that is ready to run, and the journal position that it stands at.
pub(crate) struct Woken<M> {
    pub(crate) vm: M,
    pub(crate) position: u32,
    /// The snapshot that it was restored from, without the bytes.
    pub(crate) snapshot: Option<SnapshotRecord>,
}

/// Wakes a frame, under watch from its first line on. A snapshot of another engine or format, a damaged one, or one whose
/// seal is not right, costs only a replay.
pub(crate) fn wake<W: World, M: Machine>(
    world: &W,
    frame: &mut Frame,
    settings: &Settings,
    heartbeat: &Rc<Heartbeat<W>>,
) -> Result<Woken<M>> {
    let program = program(&frame.task)?;
    if let Some(mut snapshot) = frame.snapshot.take() {
        let begun = world.now();
        let opened = settings.seal.open(frame.run, &frame.path, &snapshot);
        let restored = opened.and_then(|bytes| {
            let (program, limits) = (program.clone(), settings.limits.clone());
            Ok(M::restore(program, limits, &bytes)?)
        });
        match restored {
            Ok(mut vm) => {
                watch(&mut vm, world, Rc::clone(heartbeat), settings.limits.log);
                world.time(Metric::Restore, "", world.since(begun));
                snapshot.bytes = Vec::new();
                return Ok(Woken {
                    vm,
                    position: snapshot.position,
                    snapshot: Some(snapshot),
                });
            }
            Err(Unusable::Restore(RestoreError::Boot(error))) => return Err(error.into()),
            Err(error) => {
                let line = warn(format!("{error}; replaying its journal"));
                world.log(line.of(frame.run, &frame.path));
            }
        }
    }
    let mut vm = M::boot(program, settings.limits.clone())?;
    watch(&mut vm, world, Rc::clone(heartbeat), settings.limits.log);
    vm.start(&Start {
        input: given(frame),
        seed: frame.run.seed(&frame.path),
        now_ms: frame.started_at,
        run_id: frame.run.to_string(),
        frame: frame.path.to_string(),
    });
    Ok(Woken {
        vm,
        position: 0,
        snapshot: None,
    })
}

/// What the task is given: the input as it was sent, with the defaults that its JSDoc has for what is absent. They are
/// put in only here, so it does not matter who sent the input, and come from the version that the run began with.
fn given(frame: &Frame) -> String {
    let Some(schema) = &frame.task.input_schema else {
        return frame.input.clone();
    };
    match tasker_jsdoc::with_defaults(schema, &frame.input) {
        Ok(given) => given.into_owned(),
        // Nobody could have sent it: that is checked before a frame is made.
        Err(tasker_jsdoc::DefaultsTooLarge) => frame.input.clone(),
    }
}

/// What a VM runs for a task.
pub(crate) fn program(task: &TaskFunction) -> Result<Program> {
    let modules = serde_json::from_str(&task.modules).map_err(|reason| Error::Modules {
        task: task.name.clone(),
        reason,
    })?;
    Ok(Program {
        name: task.name.clone(),
        code: task.code.clone(),
        modules,
    })
}
