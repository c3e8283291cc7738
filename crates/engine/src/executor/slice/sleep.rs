//! How a slice stores its VM: to sleep, or so that its tail stays short.

use tasker_domain::figures::Metric;
use tasker_domain::{Call, ErrorCode, ErrorValue};
use tasker_store::prelude::*;
use tasker_store::{Child, Sleep, SnapshotRecord, Suspend};
use tasker_world::World;

use super::{Done, Slice};
use crate::executor::{Carry, Machine, Result};

impl<W: World, M: Machine> Slice<'_, W, M> {
    /// Takes the VM's state. The inner error ends the task: its state is too large.
    fn snapshot(
        &mut self,
        in_flight: Vec<Call>,
    ) -> Result<std::result::Result<SnapshotRecord, ErrorValue>> {
        let begun = self.world.now();
        let snapshot = self.vm.snapshot().map(|snapshot| {
            let record = SnapshotRecord {
                bytes: snapshot.bytes,
                raw_bytes: snapshot.raw_bytes as u64,
                engine: self.vm.engine().to_string(),
                position: self.position,
                in_flight,
            };
            let seal = &self.settings.seal;
            seal.put_on(self.frame.run, &self.frame.path, record)
        });
        self.world
            .time(Metric::Snapshot, "", self.world.since(begun));
        match snapshot {
            Ok(snapshot) => {
                let size = snapshot.bytes.len() as u64;
                self.world
                    .figures(|figures| figures.observe(Metric::SnapshotSize, "", size));
                Ok(Ok(snapshot))
            }
            Err(error @ tasker_vm::Error::SnapshotTooLarge { .. }) => Ok(Err(ErrorValue::new(
                ErrorCode::SnapshotTooLarge,
                error.to_string(),
            ))),
            Err(error) => Err(error.into()),
        }
    }

    /// Saves the state so that the tail stays short; the slice continues.
    pub(super) fn save(&mut self) -> Result<std::result::Result<(), ErrorValue>> {
        let snapshot = match self.snapshot(self.outstanding.without_row())? {
            Ok(snapshot) => snapshot,
            Err(too_large) => return Ok(Err(too_large)),
        };
        let logs = self.take_logs();
        let sleep = Sleep {
            snapshot,
            children: Vec::new(),
            frames: self.settings.frames,
            withdrawn: self.outstanding.take_withdrawn(),
            logs,
            then: Suspend::KeepRunning,
        };
        self.store
            .sleep(self.lease, &sleep, None, self.world.now_ms())?;
        self.since_snapshot = 0;
        Ok(Ok(()))
    }

    /// Puts the VM to sleep; calls in flight continue under leases of their own until they come back.
    /// `None`: it cannot sleep before it has been told that its run is being stopped.
    pub(super) fn sleep(&mut self, then: Suspend) -> Result<Option<Done<W>>> {
        let then = match then {
            Suspend::Yield if self.outstanding.was_lost() => Suspend::YieldBehind,
            then => then,
        };
        // A slice that yields in the middle of a replay leaves its calls unrouted: they are not
        // rows yet, and the journal may still settle them.
        let unrouted: Vec<Call> = self.unsettled.values().cloned().collect();
        let snapshot = match self.snapshot(unrouted)? {
            Ok(snapshot) => snapshot,
            Err(too_large) => return self.finish(Err(too_large)).map(Some),
        };
        let (queue, in_flight) = self.outstanding.drain_for_sleep();
        let queued = queue.into_iter().map(|entry| Child {
            id: self.world.new_stack_run_id(),
            call: entry.call,
            task: entry.task,
            run_after: entry.run_after,
            in_flight: false,
            expires_at: entry.expires_at,
            failures: entry.failure.into_iter().collect(),
            was_lost: entry.was_lost,
        });
        let flying = in_flight.iter().map(|flight| Child {
            id: self.world.new_stack_run_id(),
            call: flight.call.clone(),
            task: None,
            run_after: None,
            in_flight: true,
            expires_at: flight.expires_at,
            failures: Vec::new(),
            was_lost: false,
        });
        let children = queued.chain(flying).collect();
        let sleep = Sleep {
            snapshot,
            children,
            frames: self.settings.frames,
            withdrawn: self.outstanding.take_withdrawn(),
            logs: self.take_logs(),
            then,
        };
        let terms = self.world.lease_terms(self.lease_ms);
        let follow_up =
            match self
                .store
                .sleep(self.lease, &sleep, Some(&terms), self.world.now_ms())
            {
                Err(tasker_store::Error::Stopping) => {
                    self.stay_awake(sleep);
                    return Ok(None);
                }
                slept => slept?,
            };
        let mut done = Done::from(follow_up.next);
        if !follow_up.in_flight.is_empty() {
            let outstanding = self.outstanding.take_answers();
            done.carry = Some(Carry::new(
                self.world,
                outstanding,
                &self.heartbeat,
                &follow_up.in_flight,
                in_flight,
                self.settings,
            ));
        }
        Ok(Some(done))
    }

    /// Takes back what would have been stored of a frame that could not sleep.
    fn stay_awake(&mut self, sleep: Sleep) {
        self.outstanding.abandon();
        let calls = sleep.children.into_iter().map(|child| child.call);
        self.unsettled.extend(calls.map(|call| (call.number, call)));
        self.logs.extend(sleep.logs.lines);
        self.progress = sleep.logs.progress;
        self.next_look = self.world.now();
    }
}
