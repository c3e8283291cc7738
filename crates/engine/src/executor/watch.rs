//! What is asked of a slice from outside while its VM computes.

use std::rc::Rc;
use std::time::{Duration, Instant};

use tasker_domain::{Lease, LogBound, Outcome};
use tasker_store::prelude::*;
use tasker_store::{Control, Error, Finish, NewLog};
use tasker_world::{World, error, warn};

use super::machine::Machine;
use crate::heartbeat::Heartbeat;

/// How often a VM that computes without a pause is looked at.
const ASK_EVERY: Duration = Duration::from_millis(200);

/// A task that still computes this long after its run was stopped is ended. One that awaits something
/// before then is told of the stop there and can clean up.
const COMPUTES_ON: Duration = Duration::from_millis(400);

/// Keeps the frame's lease while its task computes. Ends a task that computes on although its run was
/// stopped, or whose frame has passed to another worker or is gone.
pub(crate) fn watch<W: World>(
    vm: &mut impl Machine,
    world: &W,
    heartbeat: Rc<Heartbeat<W>>,
    bound: LogBound,
) {
    let (world, lease) = (world.clone(), heartbeat.lease());
    let teller = world.clone();
    vm.when_stuck(move |outcome, lines| {
        let logs = NewLog {
            lines,
            bound,
            progress: None,
        };
        end(&teller, lease, outcome, logs);
    });
    let mut stopped: Option<Instant> = None;
    vm.watch(ASK_EVERY, move || {
        let asked = world.open_store().and_then(|store| {
            heartbeat.beat(&store)?;
            store.control(heartbeat.lease())
        });
        match asked {
            Ok(Control::Go | Control::Pause) => {
                stopped = None;
                false
            }
            Ok(Control::Stop) => {
                let since = *stopped.get_or_insert_with(|| world.now());
                world.since(since) >= COMPUTES_ON
            }
            Err(Error::LeaseLost) => true,
            Err(failure) => {
                world.log(error(format!("watch: {failure}")));
                false
            }
        }
    });
}

/// Ends a frame whose VM cannot be left: this instance is about to be aborted. Whoever asked for the slice sees that it broke
/// off, and finds the frame ended.
fn end<W: World>(world: &W, lease: Lease, outcome: Outcome, logs: NewLog) {
    let finish = Finish { outcome, logs };
    let ended = world
        .open_store()
        .and_then(|store| store.finish(lease, &finish, None, world.now_ms()));
    world.log(match ended {
        Ok(_) => warn("slice: ended from inside of a built-in function"),
        Err(failure) => error(format!("slice: {failure}")),
    });
}
