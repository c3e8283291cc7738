//! What is asked of a slice from outside while its VM computes.

use std::time::{Duration, Instant};

use tasker_domain::Lease;
use tasker_host::open_store;
use tasker_store::{Control, Error, Store};
use tasker_vm::Vm;

/// A VM that computes without a pause is looked after this often.
const ASK_EVERY: Duration = Duration::from_millis(200);

/// A task that computes for so long after its run was stopped is ended; one that awaits something before is
/// told of it there and can clean up.
const COMPUTES_ON: Duration = Duration::from_millis(400);

/// Ends the task once it computes on though its run was stopped, or its frame has passed to another
/// worker or is gone.
pub(crate) fn watch(vm: &mut Vm, lease: Lease) {
    let mut stopped: Option<Instant> = None;
    vm.watch(ASK_EVERY, move || {
        match open_store().and_then(|store| store.control(lease)) {
            Ok(Control::Go | Control::Pause) => {
                stopped = None;
                false
            }
            Ok(Control::Stop) => stopped.get_or_insert_with(Instant::now).elapsed() >= COMPUTES_ON,
            Err(Error::LeaseLost) => true,
            Err(error) => {
                eprintln!("watch of {}: {error}", lease.id);
                false
            }
        }
    });
}
