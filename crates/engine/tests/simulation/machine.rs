//! The real VM, of which many can be live at once: between two of its turns it is what it is in the database, a snapshot.
//! So every turn of a simulation is also a test of sleeping and waking. An upgrade makes it one of another engine, which
//! cannot read what is stored.

use std::cell::Cell;
use std::time::Duration;

use tasker_domain::{LogLine, Outcome};
use tasker_engine::executor::Machine;
use tasker_vm::{
    EngineHash, Error, Limits, Program, RestoreError, Snapshot, Start, State, Turn, Vm,
};

thread_local! {
    /// How often the engine was upgraded.
    static UPGRADES: Cell<u64> = const { Cell::new(0) };
}

/// From now on VMs are of an engine of this number.
pub(crate) fn is_engine(number: u64) {
    UPGRADES.set(number);
}

/// A VM that is asleep whenever it waits.
pub(crate) struct Sleeper {
    program: Program,
    limits: Limits,
    engine: EngineHash,
    /// The number of its engine.
    number: u64,
    state: Standing,
}

enum Standing {
    Live(Box<Vm>),
    Asleep(Snapshot),
    /// The frame is over.
    Over(Box<Turn>),
}

impl Sleeper {
    fn live_from_now_on(program: Program, limits: Limits, vm: Vm) -> Self {
        Self {
            program,
            limits,
            engine: vm.engine(),
            number: UPGRADES.get(),
            state: Standing::Live(Box::new(vm)),
        }
    }

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
        Ok(Self::live_from_now_on(program, limits, vm))
    }

    fn restore(program: Program, limits: Limits, snapshot: &[u8]) -> Result<Self, RestoreError> {
        let (bytes, mark) = snapshot.split_last_chunk().ok_or(RestoreError::Format)?;
        let (found, own) = (u64::from_le_bytes(*mark), UPGRADES.get());
        if found != own {
            let [found, own] = [found, own].map(EngineHash);
            return Err(RestoreError::Engine { found, own });
        }
        let vm = Vm::restore(program.clone(), limits.clone(), bytes)?;
        Ok(Self::live_from_now_on(program, limits, vm))
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
                progress: None,
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
            Standing::Asleep(snapshot) => {
                let mut snapshot = snapshot.clone();
                snapshot.bytes.extend(self.number.to_le_bytes());
                Ok(snapshot)
            }
            Standing::Live(_) | Standing::Over(_) => Err(Error::NotWaiting),
        }
    }

    fn engine(&self) -> EngineHash {
        EngineHash(self.engine.0.wrapping_add(self.number))
    }
}
