//! What the lanes of a drainer are doing.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};

use futures::future::LocalBoxFuture;
use tasker_domain::{Claimed, Work};

/// What a lane is doing; each kind is counted by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lane {
    /// A frame computes.
    Frames,
    /// A call has just been made.
    Calls,
    /// It waits for calls that take long. Nothing else should wait for it.
    Waits,
    /// A frame computes, begun while those of the drainer compute past its time. No fresh drainer waits for it.
    Others,
}

impl Lane {
    pub(crate) fn of(claimed: &Claimed) -> Self {
        match claimed.work {
            Work::Frame => Self::Frames,
            Work::Call(_) => Self::Calls,
        }
    }
}

/// A lane's place among those of its drainer.
#[derive(Clone)]
pub(crate) struct Place {
    lane: Rc<Cell<Lane>>,
    /// It is one of `Others`, also when it computes again.
    is_of_others: bool,
    change: Rc<Change>,
}

impl Place {
    pub(crate) fn is(&self, lane: Lane) {
        let lane = match lane {
            Lane::Frames if self.is_of_others => Lane::Others,
            lane => lane,
        };
        if self.lane.replace(lane) != lane {
            self.change.happens();
        }
    }
}

/// That some place has come to be used otherwise.
#[derive(Default)]
struct Change {
    happened: Cell<bool>,
    waker: Cell<Option<Waker>>,
}

impl Change {
    fn happens(&self) {
        self.happened.set(true);
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}

/// The places of a drainer.
#[derive(Default)]
pub(crate) struct Places {
    taken: RefCell<Vec<Rc<Cell<Lane>>>>,
    change: Rc<Change>,
    /// What lanes have left for the drainer to wait for.
    left: RefCell<Vec<LocalBoxFuture<'static, ()>>>,
}

impl Places {
    /// A place for a new lane. It is free again when its last clone is dropped.
    pub(crate) fn take(&self, lane: Lane) -> Place {
        let is_of_others = lane == Lane::Others;
        let lane = Rc::new(Cell::new(lane));
        self.taken.borrow_mut().push(Rc::clone(&lane));
        Place {
            lane,
            is_of_others,
            change: Rc::clone(&self.change),
        }
    }

    /// How many lanes are doing this.
    pub(crate) fn count(&self, lane: Lane) -> usize {
        let mut taken = self.taken.borrow_mut();
        taken.retain(|place| Rc::strong_count(place) > 1);
        taken.iter().filter(|place| place.get() == lane).count()
    }

    /// Completes when a lane has come to do something else since the last time.
    pub(crate) async fn changed(&self) {
        poll_fn(|context| {
            if self.change.happened.take() {
                return Poll::Ready(());
            }
            self.change.waker.set(Some(context.waker().clone()));
            Poll::Pending
        })
        .await;
    }

    /// Leaves something for the drainer to wait for.
    pub(crate) fn leave(&self, rest: LocalBoxFuture<'static, ()>) {
        self.left.borrow_mut().push(rest);
    }

    /// What has been left since the last look.
    pub(crate) fn left(&self) -> Vec<LocalBoxFuture<'static, ()>> {
        self.left.take()
    }
}
