//! Tasks with races, awake or asleep whenever they wait.

use tasker_vm::{Limits, Program, State, Turn, Vm};

use super::{program, start};

pub(crate) const LIMIT: usize = 50;

pub(crate) fn limits() -> Limits {
    Limits {
        outstanding_calls: LIMIT,
        ..Limits::default()
    }
}

/// A VM, or what a restore makes of it.
pub(crate) fn asleep(vm: Vm, program: &Program, sleeps: bool) -> Vm {
    if !sleeps {
        return vm;
    }
    let mut vm = vm;
    let snapshot = vm.snapshot().expect("waits").bytes;
    drop(vm);
    Vm::restore(program.clone(), limits(), &snapshot).expect("restores")
}

pub(crate) fn begin(code: &str) -> (Program, Vm, Turn) {
    let program = program(&format!("module.exports = async () => {{ {code} }}"));
    let mut vm = Vm::boot(program.clone(), limits()).expect("boots");
    vm.start(&start("null"));
    let turn = vm.run();
    (program, vm, turn)
}

pub(crate) fn outstanding(turn: &Turn) -> usize {
    match turn.state {
        State::Waiting { outstanding } => outstanding,
        State::Finished(ref outcome) => panic!("{outcome:?}"),
    }
}
