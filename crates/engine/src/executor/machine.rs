//! What runs a frame: the VM, or what stands for it in a simulation, where many are live at once.

use std::time::Duration;

use tasker_domain::{LogLine, Outcome};
use tasker_vm::{EngineHash, Error, Limits, Program, RestoreError, Snapshot, Start, Turn, Vm};

/// What runs a frame. Each operation is that of [`Vm`] with the same name. Between [`Machine::deliver`] or [`Machine::start`]
/// and the [`Machine::run`] that follows, nothing is awaited.
pub trait Machine: Sized {
    /// [`Vm::boot`]
    ///
    /// # Errors
    /// Those of [`Vm::boot`].
    fn boot(program: Program, limits: Limits) -> Result<Self, Error>;

    /// [`Vm::restore`]
    ///
    /// # Errors
    /// Those of [`Vm::restore`].
    fn restore(program: Program, limits: Limits, snapshot: &[u8]) -> Result<Self, RestoreError>;

    /// [`Vm::watch`]
    fn watch(&mut self, every: Duration, is_to_end: impl FnMut() -> bool + 'static);

    /// [`Vm::when_stuck`]
    fn when_stuck(&mut self, tell: impl FnOnce(Outcome, Vec<LogLine>) + 'static);

    /// [`Vm::start`]
    fn start(&mut self, start: &Start);

    /// [`Vm::run`]
    fn run(&mut self) -> Turn;

    /// [`Vm::deliver`]
    ///
    /// # Errors
    /// Those of [`Vm::deliver`].
    fn deliver(&mut self, call: u32, outcome: &Outcome, at_ms: i64) -> Result<(), Error>;

    /// [`Vm::outstanding`]
    fn outstanding(&self) -> Vec<u32>;

    /// [`Vm::snapshot`]
    ///
    /// # Errors
    /// Those of [`Vm::snapshot`].
    fn snapshot(&mut self) -> Result<Snapshot, Error>;

    /// [`Vm::engine`]
    fn engine(&self) -> EngineHash;
}

impl Machine for Vm {
    fn boot(program: Program, limits: Limits) -> Result<Self, Error> {
        Self::boot(program, limits)
    }

    fn restore(program: Program, limits: Limits, snapshot: &[u8]) -> Result<Self, RestoreError> {
        Self::restore(program, limits, snapshot)
    }

    fn watch(&mut self, every: Duration, is_to_end: impl FnMut() -> bool + 'static) {
        self.watch(every, is_to_end);
    }

    fn when_stuck(&mut self, tell: impl FnOnce(Outcome, Vec<LogLine>) + 'static) {
        self.when_stuck(tell);
    }

    fn start(&mut self, start: &Start) {
        self.start(start);
    }

    fn run(&mut self) -> Turn {
        self.run()
    }

    fn deliver(&mut self, call: u32, outcome: &Outcome, at_ms: i64) -> Result<(), Error> {
        self.deliver(call, outcome, at_ms)
    }

    fn outstanding(&self) -> Vec<u32> {
        self.outstanding()
    }

    fn snapshot(&mut self) -> Result<Snapshot, Error> {
        self.snapshot()
    }

    fn engine(&self) -> EngineHash {
        self.engine()
    }
}
