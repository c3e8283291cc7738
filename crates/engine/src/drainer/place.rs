//! What the workers of a drainer are doing.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};

use futures::future::LocalBoxFuture;
use tasker_domain::{Claimed, Work};

/// What a worker is doing; each kind is counted by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Activity {
    /// A frame computes.
    Frames,
    /// A call has just been made.
    Calls,
    /// It waits for calls that take long. Nothing else should wait for it.
    Waits,
    /// A frame computes, begun while those of the drainer compute past its time. No fresh drainer waits for it.
    Others,
}

impl Activity {
    pub(crate) fn of(claimed: &Claimed) -> Self {
        match claimed.work {
            Work::Frame => Self::Frames,
            Work::Call(_) => Self::Calls,
        }
    }
}

/// A worker's place among those of its drainer.
#[derive(Clone)]
pub(crate) struct Place {
    activity: Rc<Cell<Activity>>,
    /// It is one of `Others`, also when it computes again.
    is_of_others: bool,
    change: Rc<Change>,
}

impl Place {
    pub(crate) fn is(&self, activity: Activity) {
        let activity = match activity {
            Activity::Frames if self.is_of_others => Activity::Others,
            activity => activity,
        };
        if self.activity.replace(activity) != activity {
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
    taken: RefCell<Vec<Rc<Cell<Activity>>>>,
    change: Rc<Change>,
    /// What workers have left for the drainer to wait for.
    left: RefCell<Vec<LocalBoxFuture<'static, ()>>>,
}

impl Places {
    /// A place for a new worker. It is free again when its last clone is dropped.
    pub(crate) fn take(&self, activity: Activity) -> Place {
        let is_of_others = activity == Activity::Others;
        let activity = Rc::new(Cell::new(activity));
        self.taken.borrow_mut().push(Rc::clone(&activity));
        Place {
            activity,
            is_of_others,
            change: Rc::clone(&self.change),
        }
    }

    /// How many workers are doing this.
    pub(crate) fn count(&self, activity: Activity) -> usize {
        let mut taken = self.taken.borrow_mut();
        taken.retain(|place| Rc::strong_count(place) > 1);
        taken.iter().filter(|place| place.get() == activity).count()
    }

    /// Completes when a worker has come to do something else since the last time.
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
