//! The real VM, of which many can be live at once: between two of its turns it is what it is in the database, a snapshot.
//! So every turn of a simulation is also a test of sleeping and waking. An upgrade makes it one of another engine, which
//! cannot read what is stored.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use tasker_domain::{ErrorCode, ErrorValue, LogLine, Outcome};
use tasker_engine::executor::Machine;
use tasker_vm::{
    EngineHash, Error, Limits, Program, RestoreError, Snapshot, Start, State, Turn, Vm, with_note,
    without_note,
};

use crate::executor::Executor;

/// What a task logs that computes: for how long (ms).
pub(crate) const COMPUTES: &str = "computes for ";

thread_local! {
    /// How often the engine was upgraded.
    static UPGRADES: Cell<u64> = const { Cell::new(0) };
    /// Where time passes while a task computes, and who looks at it meanwhile.
    static SURROUNDINGS: RefCell<Option<Surroundings>> = const { RefCell::new(None) };
}

/// What is around the VMs of a simulation.
#[derive(Clone)]
pub(crate) struct Surroundings {
    pub(crate) executor: Executor,
    pub(crate) look: Rc<dyn Fn()>,
}

/// From now on VMs are there, or nowhere.
pub(crate) fn is_in(surroundings: Option<Surroundings>) {
    drop(SURROUNDINGS.replace(surroundings));
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
    watch: Option<Watch>,
}

/// Whoever is asked every so often, while the task computes, whether it is to end.
struct Watch {
    every: Duration,
    is_to_end: Box<dyn FnMut() -> bool>,
}

enum Standing {
    Live(Box<Vm>),
    Asleep(Snapshot),
    /// The frame is over.
    Over(Box<Turn>),
}

impl Standing {
    fn over(state: &State) -> Self {
        Self::Over(Box::new(Turn {
            calls: Vec::new(),
            withdrawn: Vec::new(),
            logs: Vec::new(),
            progress: None,
            state: state.clone(),
        }))
    }
}

impl Sleeper {
    fn live_from_now_on(program: Program, limits: Limits, vm: Vm) -> Self {
        Self {
            program,
            limits,
            engine: vm.engine(),
            number: UPGRADES.get(),
            state: Standing::Live(Box::new(vm)),
            watch: None,
        }
    }

    /// Lets the time pass for which the task has computed in this turn. It may be ended meanwhile.
    fn computes(&mut self, turn: Turn) -> Turn {
        let times = turn.logs.iter().filter_map(|line| {
            let time = line.message.strip_prefix(COMPUTES)?;
            Some(Duration::from_millis(time.parse().expect("a number")))
        });
        let time: Duration = times.sum();
        let around = SURROUNDINGS.with_borrow(Clone::clone);
        let (Some(watch), Some(around)) = (&mut self.watch, around) else {
            return turn;
        };
        let is_ended = around.executor.compute(time, watch.every, || {
            (around.look)();
            (watch.is_to_end)()
        });
        if !is_ended {
            return turn;
        }
        let error = ErrorValue::new(ErrorCode::Cancelled, "ended while it computed");
        let state = State::Finished(Err(error));
        self.state = Standing::over(&state);
        Turn {
            calls: Vec::new(),
            withdrawn: Vec::new(),
            logs: turn.logs,
            progress: turn.progress,
            state,
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
        let (bytes, mark) = without_note(snapshot, size_of::<u64>())?;
        let found = mark.try_into().map_or(0, u64::from_le_bytes);
        let own = UPGRADES.get();
        if found != own {
            let [found, own] = [found, own].map(EngineHash);
            return Err(RestoreError::Engine { found, own });
        }
        let vm = Vm::restore(program.clone(), limits.clone(), &bytes)?;
        Ok(Self::live_from_now_on(program, limits, vm))
    }

    fn watch(&mut self, every: Duration, is_to_end: impl FnMut() -> bool + 'static) {
        let is_to_end = Box::new(is_to_end);
        self.watch = Some(Watch { every, is_to_end });
    }

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
        // Others have the process's VM while this one computes.
        self.state = match &turn.state {
            State::Waiting { .. } => Standing::Asleep(vm.snapshot().expect("it waits")),
            State::Finished(_) => Standing::over(&turn.state),
        };
        self.computes(turn)
    }

    fn deliver(&mut self, call: u32, outcome: &Outcome, at_ms: i64) -> Result<(), Error> {
        let vm = self.live().ok_or(Error::NotOutstanding(call))?;
        let delivered = vm.deliver(call, outcome, at_ms);
        if delivered.is_err() {
            // It goes on waiting, and others have the process's VM meanwhile.
            self.state = Standing::Asleep(vm.snapshot()?);
        }
        delivered
    }

    fn outstanding(&self) -> Vec<u32> {
        Vec::new()
    }

    fn snapshot(&mut self) -> Result<Snapshot, Error> {
        match &self.state {
            Standing::Asleep(snapshot) => {
                let mut snapshot = snapshot.clone();
                snapshot.bytes = with_note(&snapshot.bytes, &self.number.to_le_bytes());
                Ok(snapshot)
            }
            Standing::Live(_) | Standing::Over(_) => Err(Error::NotWaiting),
        }
    }

    fn engine(&self) -> EngineHash {
        EngineHash(self.engine.0.wrapping_add(self.number))
    }
}
