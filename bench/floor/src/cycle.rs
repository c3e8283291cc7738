//! One step of a sleeping task, in the VM alone.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use tasker_vm::{Limits, Program, Start, Vm};

/// The task of the benchmark's sequential runs.
const CODE: &str = include_str!("../../tasks/sequential.js");

/// Boots a VM, runs the task to its first await, and gives the snapshot.
pub(crate) fn boot() -> crate::Result {
    let begin = Instant::now();
    let mut vm = Vm::boot(program(), Limits::default()).map_err(|error| error.to_string())?;
    let booted = begin.elapsed();
    vm.start(&Start {
        input: r#"{"ns":"cycle","steps":1000000}"#.to_owned(),
        seed: 1,
        now_ms: 0,
        run_id: "0".to_owned(),
        frame: "0".to_owned(),
    });
    save(vm, &[("x-boot-us", booted)])
}

/// Restores the VM, settles its call, runs it to its next one, and gives the new snapshot.
pub(crate) fn step(snapshot: &[u8]) -> crate::Result {
    let begin = Instant::now();
    let mut vm =
        Vm::restore(program(), Limits::default(), snapshot).map_err(|error| error.to_string())?;
    let restored = begin.elapsed();
    let call = *vm.outstanding().first().ok_or("no call is out")?;
    vm.deliver(call, &Ok(r#"{"created":true}"#.to_owned()), i64::from(call))
        .map_err(|error| error.to_string())?;
    save(vm, &[("x-restore-us", restored)])
}

/// Runs the VM and takes its state.
fn save(mut vm: Vm, times: &[(&str, Duration)]) -> crate::Result {
    let begin = Instant::now();
    // Until it waits again: the calls that it makes are made by nobody here.
    let _ = vm.run();
    let run = begin.elapsed();
    let begin = Instant::now();
    let snapshot = vm.snapshot().map_err(|error| error.to_string())?;
    let saved = begin.elapsed();
    let times = times
        .iter()
        .copied()
        .chain([("x-run-us", run), ("x-save-us", saved)]);
    let headers = times.map(|(name, time)| (name.to_owned(), time.as_micros().to_string()));
    Ok((headers.collect(), snapshot.bytes))
}

fn program() -> Program {
    Program {
        name: "sequential".to_owned(),
        code: CODE.to_owned(),
        modules: BTreeMap::new(),
    }
}
