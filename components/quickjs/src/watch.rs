//! What is asked of a slice from outside while its VM computes.

use std::rc::Rc;
use std::time::{Duration, Instant};

use tasker_host::heartbeat::Heartbeat;
use tasker_host::{log, open_store};
use tasker_store::prelude::*;
use tasker_store::{Control, Error};
use tasker_vm::Vm;

/// How often a VM that computes without a pause is looked at.
const ASK_EVERY: Duration = Duration::from_millis(200);

/// A task that still computes this long after its run was stopped is ended. One that awaits something
/// before then is told of the stop there and can clean up.
const COMPUTES_ON: Duration = Duration::from_millis(400);

/// Keeps the frame's lease while its task computes. Ends a task that computes on although its run was
/// stopped, or whose frame has passed to another worker or is gone.
pub(crate) fn watch(vm: &mut Vm, heartbeat: Rc<Heartbeat>) {
    let mut stopped: Option<Instant> = None;
    vm.watch(ASK_EVERY, move || {
        let asked = open_store().and_then(|store| {
            heartbeat.beat(&store)?;
            store.control(heartbeat.lease())
        });
        match asked {
            Ok(Control::Go | Control::Pause) => {
                stopped = None;
                false
            }
            Ok(Control::Stop) => stopped.get_or_insert_with(Instant::now).elapsed() >= COMPUTES_ON,
            Err(Error::LeaseLost) => true,
            Err(error) => {
                log::error(format!("watch: {error}")).write();
                false
            }
        }
    });
}
