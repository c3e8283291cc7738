//! What the lanes of a drainer are doing.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use futures::future::LocalBoxFuture;
use tasker_domain::{Claimed, Work};

/// What a lane is doing; each kind is counted by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lane {
    /// A frame computes.
    Frames,
    /// A call is being made.
    Calls,
    /// It waits for calls that take long. Nothing else should wait for it.
    Out,
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
#[derive(Debug, Clone)]
pub(crate) struct Place(Rc<Cell<Lane>>);

impl Place {
    pub(crate) fn is(&self, lane: Lane) {
        self.0.set(lane);
    }
}

/// The places of a drainer.
#[derive(Default)]
pub(crate) struct Places {
    taken: RefCell<Vec<Rc<Cell<Lane>>>>,
    /// What lanes have left for the drainer to wait for.
    left: RefCell<Vec<LocalBoxFuture<'static, ()>>>,
}

impl Places {
    /// A place for a new lane. It is free again when its last clone is dropped.
    pub(crate) fn take(&self, lane: Lane) -> Place {
        let place = Rc::new(Cell::new(lane));
        self.taken.borrow_mut().push(Rc::clone(&place));
        Place(place)
    }

    /// How many lanes are doing this.
    pub(crate) fn count(&self, lane: Lane) -> usize {
        let mut taken = self.taken.borrow_mut();
        taken.retain(|place| Rc::strong_count(place) > 1);
        taken.iter().filter(|place| place.get() == lane).count()
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
