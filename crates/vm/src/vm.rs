use std::time::Duration;

use tasker_domain::{ErrorCode, ErrorValue, LogLine, Outcome};

use crate::{
    EngineHash, Error, Limits, PendingCall, Program, RestoreError, Snapshot, Start, State, Turn,
    calls,
    entry::{self, Phase, Standing},
    island::{
        arena,
        engine::{Engine, Memory},
        host::{self, Exceeded, Host, Purpose, Watch},
    },
    races, snapshot,
};

/// The smallest memory in which an engine boots and can say what is wrong.
const MIN_MEMORY: usize = 1 << 20;

/// One QuickJS VM running one frame, in the one arena of the process. A second [`Vm::boot`] on another
/// thread waits until the first VM is dropped; on the same thread it would wait for ever, or panic.
pub struct Vm {
    pub(crate) engine: Engine,
    /// Set when the frame is over.
    outcome: Option<Outcome>,
}

impl Vm {
    /// Boots a VM for `program`. Nothing of the program runs yet.
    pub fn boot(program: Program, limits: Limits) -> Result<Vm, Error> {
        Vm::boot_for(program, limits, Purpose::Run)
    }

    pub(crate) fn boot_for(
        program: Program,
        limits: Limits,
        purpose: Purpose,
    ) -> Result<Vm, Error> {
        if !(MIN_MEMORY..=arena::MAX_MEMORY).contains(&limits.memory_bytes) {
            return Err(Error::Limit {
                name: "memory_bytes",
                min: MIN_MEMORY,
                max: arena::MAX_MEMORY,
                value: limits.memory_bytes,
            });
        }
        let engine =
            Engine::boot(Host::new(program.normal(), limits, purpose)).map_err(Error::Boot)?;
        Ok(Vm {
            engine,
            outcome: None,
        })
    }

    /// Equal if and only if the snapshots of two VMs are interchangeable.
    pub fn engine(&self) -> EngineHash {
        self.engine.hash()
    }

    /// Loads the task and calls its entry. What it throws surfaces in [`Vm::run`].
    pub fn start(&mut self, start: &Start) {
        let started = self
            .engine
            .enter(Memory::Task, |ctx| entry::start(ctx, start));
        if let Err(error) = started {
            self.end(Err(error));
        }
    }

    /// Runs until no job is left, and takes the calls and log lines that are new.
    pub fn run(&mut self) -> Turn {
        while self.outcome.is_none() {
            self.engine.pump();
            if !self.engine.exceeded().is_over() {
                races::withdraw_unseen(&self.engine);
            }
            let exceeded = self.engine.exceeded();
            let standing = if exceeded.is_over() {
                Standing::Ended(Err(out_of_time(exceeded, &self.engine.host().limits)))
            } else {
                self.engine.enter(Memory::Task, entry::standing)
            };
            match standing {
                Standing::Goes => {}
                Standing::Waits => break,
                Standing::Ended(outcome) => self.end(outcome),
            }
        }
        let host = self.engine.host();
        host.calls_bytes.set(0);
        Turn {
            calls: host.calls.take(),
            withdrawn: host.withdrawn.take(),
            logs: host.logs.borrow_mut().take(),
            progress: host.progress.take(),
            state: match &self.outcome {
                Some(outcome) => State::Finished(outcome.clone()),
                None => State::Waiting {
                    outstanding: arena::root().outstanding.get() as usize,
                },
            },
        }
    }

    /// Keeps the outcome, or the limit that is behind it.
    fn end(&mut self, outcome: Outcome) {
        let exceeded = self.engine.exceeded();
        let limits = &self.engine.host().limits;
        let stalled =
            |error: &ErrorValue| error.code.as_deref() == Some(ErrorCode::Stalled.as_str());
        self.outcome = Some(match outcome {
            _ if exceeded.is_over() => Err(out_of_time(exceeded, limits)),
            Err(error)
                if exceeded.memory && (entry::is_out_of_memory(&error) || stalled(&error)) =>
            {
                Err(entry::memory_limit(limits.memory_bytes))
            }
            outcome => outcome,
        });
    }

    /// While JavaScript computes for longer than `every` without a pause, `is_to_end` is asked, and
    /// again each time `every` has passed. If it says so the frame ends with the code `cancelled`,
    /// and nothing in the task can catch that.
    pub fn watch(&mut self, every: Duration, is_to_end: impl FnMut() -> bool + 'static) {
        host::set_watch(Some(Watch {
            every,
            is_to_end: Box::new(is_to_end),
        }));
    }

    /// A frame whose time is used up inside of the engine's own code ends there, or at the next instruction of its program. Code
    /// that comes to neither in half that time again cannot be left: `tell` is told how the frame ends and what it
    /// logged in this turn, then the process is aborted, or the instance of the component.
    pub fn when_stuck(&mut self, tell: impl FnOnce(Outcome, Vec<LogLine>) + 'static) {
        host::set_last_words(Some(Box::new(move |exceeded| {
            let Some(host) = host::current() else { return };
            let logs = host.logs.try_borrow_mut().map(|mut logs| logs.take());
            tell(
                Err(out_of_time(exceeded, &host.limits)),
                logs.unwrap_or_default(),
            );
        })));
    }

    /// Settles the promise of one call and moves the virtual clock to `at_ms` (never back).
    /// [`Vm::run`] must follow before the next delivery.
    pub fn deliver(&mut self, call: u32, outcome: &Outcome, at_ms: i64) -> Result<(), Error> {
        if self.outcome.is_some() {
            return Err(Error::NotOutstanding(call));
        }
        self.engine.enter(Memory::Task, |ctx| {
            let before = arena::root().clock_us.get();
            arena::root()
                .clock_us
                .set(before.max(at_ms.saturating_mul(1000)));
            calls::settle(ctx, call, outcome).inspect_err(|_| arena::root().clock_us.set(before))
        })
    }

    /// Numbers of the calls that are out, ascending.
    pub fn outstanding(&self) -> Vec<u32> {
        match self.outcome {
            Some(_) => Vec::new(),
            None => self.engine.enter(Memory::Engine, calls::outstanding),
        }
    }

    /// The calls that are out, by number, each with the place that made it.
    pub fn pending(&self) -> Vec<PendingCall> {
        match self.outcome {
            Some(_) => Vec::new(),
            None => self.engine.enter(Memory::Engine, calls::pending),
        }
    }

    /// The state of a frame that waits.
    pub fn snapshot(&mut self) -> Result<Snapshot, Error> {
        let host = self.engine.host();
        let quiet = !self.engine.has_jobs()
            && host.calls.borrow().is_empty()
            && host.withdrawn.borrow().is_empty()
            && host.logs.borrow().is_empty()
            && host.progress.borrow().is_none();
        if self.outcome.is_some()
            || !quiet
            || Phase::get() == Phase::New
            || self.engine.exceeded().is_over()
        {
            return Err(Error::NotWaiting);
        }
        let limit = host.limits.snapshot_bytes;
        let too_large = |bytes| Error::SnapshotTooLarge { bytes, limit };
        let difference = self
            .engine
            .difference(limit)
            .map_err(|error| too_large(error.0))?;
        let bytes = snapshot::seal(self.engine.hash(), &difference.bytes);
        if bytes.len() > limit {
            return Err(too_large(bytes.len()));
        }
        Ok(Snapshot {
            bytes,
            raw_bytes: difference.raw_bytes,
        })
    }

    /// The VM as it was when `snapshot` was taken. Any bytes may be given: wrong ones are an error.
    pub fn restore(program: Program, limits: Limits, snapshot: &[u8]) -> Result<Vm, RestoreError> {
        let mut vm = Vm::boot(program, limits)?;
        let difference = snapshot::open(vm.engine.hash(), snapshot)?;
        vm.engine
            .apply(difference)
            .map_err(|error| RestoreError::Damaged(error.0))?;
        let (needed, limit) = (vm.engine.used(), vm.engine.host().limits.memory_bytes);
        if needed > limit + arena::RESERVE {
            return Err(RestoreError::Memory { needed, limit });
        }
        Ok(vm)
    }
}

/// How a frame ends that may compute no more.
fn out_of_time(exceeded: Exceeded, limits: &Limits) -> ErrorValue {
    match exceeded.stopped {
        true => entry::stopped(),
        false => entry::cpu_limit(limits.cpu),
    }
}
