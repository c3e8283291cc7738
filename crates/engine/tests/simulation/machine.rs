//! The real VM, of which many can be live at once: between two of its turns it is what it is in the database, a snapshot.
//! So every turn of a simulation is also a test of sleeping and waking.

use std::time::Duration;

use tasker_domain::{LogLine, Outcome};
use tasker_engine::executor::Machine;
use tasker_vm::{
    EngineHash, Error, Limits, Program, RestoreError, Snapshot, Start, State, Turn, Vm,
};

/// A VM that is asleep whenever it waits.
pub(crate) struct Sleeper {
    program: Program,
    limits: Limits,
    engine: EngineHash,
    state: Standing,
}

enum Standing {
    Live(Box<Vm>),
    Asleep(Snapshot),
    /// The frame is over.
    Over(Box<Turn>),
}

impl Sleeper {
    fn live(&mut self) -> Option<&mut Vm> {
        if let Standing::Asleep(snapshot) = &self.state {
            let vm = Vm::restore(self.program.clone(), self.limits.clone(), &snapshot.bytes);
            self.state = Standing::Live(Box::new(vm.expect("the VM wakes")));
        }
        match &mut self.state {
            Standing::Live(vm) => Some(vm),
            Standing::Asleep(_) | Standing::Over(_) => None,
        }
    }
}

impl Machine for Sleeper {
    fn boot(program: Program, limits: Limits) -> Result<Self, Error> {
        let vm = Vm::boot(program.clone(), limits.clone())?;
        Ok(Self {
            program,
            limits,
            engine: vm.engine(),
            state: Standing::Live(Box::new(vm)),
        })
    }

    fn restore(program: Program, limits: Limits, snapshot: &[u8]) -> Result<Self, RestoreError> {
        let vm = Vm::restore(program.clone(), limits.clone(), snapshot)?;
        Ok(Self {
            program,
            limits,
            engine: vm.engine(),
            state: Standing::Live(Box::new(vm)),
        })
    }

    /// Nothing computes for long here.
    fn watch(&mut self, _every: Duration, _is_to_end: impl FnMut() -> bool + 'static) {}

    fn when_stuck(&mut self, _tell: impl FnOnce(Outcome, Vec<LogLine>) + 'static) {}

    fn start(&mut self, start: &Start) {
        if let Some(vm) = self.live() {
            vm.start(start);
        }
    }

    fn run(&mut self) -> Turn {
        if let Standing::Over(turn) = &self.state {
            return turn.as_ref().clone();
        }
        let vm = self.live().expect("it is live");
        let turn = vm.run();
        self.state = match &turn.state {
            State::Waiting { .. } => Standing::Asleep(vm.snapshot().expect("it waits")),
            State::Finished(_) => Standing::Over(Box::new(Turn {
                calls: Vec::new(),
                withdrawn: Vec::new(),
                logs: Vec::new(),
                state: turn.state.clone(),
            })),
        };
        turn
    }

    fn deliver(&mut self, call: u32, outcome: &Outcome, at_ms: i64) -> Result<(), Error> {
        let vm = self.live().ok_or(Error::NotOutstanding(call))?;
        vm.deliver(call, outcome, at_ms)
    }

    fn outstanding(&self) -> Vec<u32> {
        Vec::new()
    }

    fn snapshot(&mut self) -> Result<Snapshot, Error> {
        match &self.state {
            Standing::Asleep(snapshot) => Ok(snapshot.clone()),
            Standing::Live(_) | Standing::Over(_) => Err(Error::NotWaiting),
        }
    }

    fn engine(&self) -> EngineHash {
        self.engine
    }
}
