//! Time and tasks: one thread, virtual time, and an order of everything that follows from the seed alone.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::time::{Duration, Instant};

use futures::future::LocalBoxFuture;

/// Tasks that run inside one another, as on several processors.
const NESTED: u32 = 3;

/// Whoever takes more steps than this goes round in circles.
const STEPS: u64 = 400_000;

/// The executor of a simulation. Clones are the same one.
#[derive(Clone)]
pub(crate) struct Executor(Rc<Inner>);

struct Inner {
    /// Moments are made by adding to this one; which it is does not show.
    first: Instant,
    elapsed: Cell<Duration>,
    random: RefCell<fastrand::Rng>,
    tasks: RefCell<BTreeMap<u64, Option<LocalBoxFuture<'static, ()>>>>,
    /// Were ended while they ran, and go once they pause.
    ended: RefCell<BTreeSet<u64>>,
    ready: Ready,
    timers: RefCell<BTreeMap<(Duration, u64), Waker>>,
    next: Cell<u64>,
    depth: Cell<u32>,
    steps: Cell<u64>,
    trace: RefCell<Vec<String>>,
}

type Ready = Arc<Mutex<Vec<u64>>>;

struct Waking {
    task: u64,
    ready: Ready,
}

impl Wake for Waking {
    fn wake(self: Arc<Self>) {
        let mut ready = self.ready.lock().unwrap_or_else(PoisonError::into_inner);
        if !ready.contains(&self.task) {
            ready.push(self.task);
        }
    }
}

impl Executor {
    pub(crate) fn new(seed: u64) -> Self {
        Self(Rc::new(Inner {
            first: Instant::now(),
            elapsed: Cell::default(),
            random: RefCell::new(fastrand::Rng::with_seed(seed)),
            tasks: RefCell::default(),
            ended: RefCell::default(),
            ready: Ready::default(),
            timers: RefCell::default(),
            next: Cell::new(1),
            depth: Cell::new(0),
            steps: Cell::new(0),
            trace: RefCell::default(),
        }))
    }

    /// The time since the beginning.
    pub(crate) fn elapsed(&self) -> Duration {
        self.0.elapsed.get()
    }

    pub(crate) fn now(&self) -> Instant {
        self.0.first + self.elapsed()
    }

    pub(crate) fn random<T>(&self, roll: impl FnOnce(&mut fastrand::Rng) -> T) -> T {
        roll(&mut self.0.random.borrow_mut())
    }

    /// Whether something that happens once in `of` times happens now.
    pub(crate) fn one_in(&self, of: u32) -> bool {
        self.random(|random| random.u32(0..of) == 0)
    }

    /// A time up to a bound; short ones are as frequent as long ones.
    pub(crate) fn time_up_to(&self, ms: u64) -> Duration {
        let most = self.random(|random| random.u64(0..=ms));
        Duration::from_millis(self.random(|random| random.u64(0..=most)))
    }

    /// Notes what happens, for people.
    pub(crate) fn say(&self, line: impl AsRef<str>) {
        let at = self.elapsed().as_secs_f64();
        let line = format!("{at:9.3} {}", line.as_ref());
        if std::env::var_os("TASKER_SIM_TRACE").is_some() {
            eprintln!("{line}");
        }
        self.0.trace.borrow_mut().push(line);
    }

    pub(crate) fn trace(&self) -> Vec<String> {
        self.0.trace.borrow().clone()
    }

    /// The number that the next task will have.
    pub(crate) fn next_task(&self) -> u64 {
        self.0.next.get()
    }

    pub(crate) fn spawn(&self, future: impl Future<Output = ()> + 'static) -> u64 {
        let task = self.number();
        let future: LocalBoxFuture<'static, ()> = Box::pin(future);
        self.0.tasks.borrow_mut().insert(task, Some(future));
        self.wake(task);
        task
    }

    fn number(&self) -> u64 {
        let number = self.0.next.get();
        self.0.next.set(number + 1);
        number
    }

    fn wake(&self, task: u64) {
        let ready = Arc::clone(&self.0.ready);
        Arc::new(Waking { task, ready }).wake();
    }

    /// Ends a task: it is dropped where it waits, or as soon as it does.
    pub(crate) fn end(&self, task: u64) {
        let found = self.0.tasks.borrow_mut().remove(&task);
        if matches!(found, Some(None)) {
            self.0.tasks.borrow_mut().insert(task, None);
            self.0.ended.borrow_mut().insert(task);
        }
    }

    pub(crate) fn sleep(&self, time: Duration) -> Sleep {
        Sleep {
            until: self.elapsed().saturating_add(time),
            number: self.number(),
            executor: self.clone(),
        }
    }

    /// How often a task was polled.
    pub(crate) fn steps(&self) -> u64 {
        self.0.steps.get()
    }

    /// Lets one task that is ready run until it waits; `false`: none is, or there have been too many.
    fn turn(&self) -> bool {
        if self.0.steps.get() > STEPS {
            return false;
        }
        let task = {
            let mut ready = self.0.ready.lock().unwrap_or_else(PoisonError::into_inner);
            let tasks = self.0.tasks.borrow();
            ready.retain(|task| tasks.contains_key(task));
            // One that runs at this moment, below this one, is woken when it waits.
            let can: Vec<usize> = (0..ready.len())
                .filter(|index| matches!(tasks.get(&ready[*index]), Some(Some(_))))
                .collect();
            if can.is_empty() {
                return false;
            }
            let chosen = self.random(|random| random.usize(0..can.len()));
            ready.remove(can[chosen])
        };
        let future = self
            .0
            .tasks
            .borrow_mut()
            .get_mut(&task)
            .and_then(Option::take);
        let Some(mut future) = future else {
            return true;
        };
        self.0.steps.set(self.0.steps.get() + 1);
        let ready = Arc::clone(&self.0.ready);
        let waker = Waker::from(Arc::new(Waking { task, ready }));
        let done = future.as_mut().poll(&mut Context::from_waker(&waker));
        if done.is_ready() || self.0.ended.borrow_mut().remove(&task) {
            self.0.tasks.borrow_mut().remove(&task);
        } else {
            self.0.tasks.borrow_mut().insert(task, Some(future));
        }
        true
    }

    /// Moves time to the next timer that is due by `limit`; `false`: there is none.
    fn advance(&self, limit: Duration) -> bool {
        let first = self.0.timers.borrow().keys().next().copied();
        match first {
            Some(key) if key.0 <= limit => {
                let waker = self.0.timers.borrow_mut().remove(&key);
                self.0.elapsed.set(self.elapsed().max(key.0));
                waker.into_iter().for_each(Waker::wake);
                true
            }
            _ => false,
        }
    }

    /// Runs until `done` or nothing happens any more before `limit`; answers whether it is done.
    pub(crate) fn run(&self, limit: Duration, done: impl Fn() -> bool) -> bool {
        loop {
            while self.turn() {}
            if done() {
                return true;
            }
            if self.0.steps.get() > STEPS || !self.advance(limit) {
                return false;
            }
        }
    }

    /// Lets others run for a time while the task that calls this stands still; `false`: too many do already.
    pub(crate) fn stand_still(&self, time: Duration) -> bool {
        if self.0.depth.get() >= NESTED {
            return false;
        }
        self.0.depth.set(self.0.depth.get() + 1);
        let until = self.elapsed() + time;
        let (least, mut turns) = (self.random(|random| random.u32(1..12)), 0);
        while (self.elapsed() < until || turns < least) && (self.turn() || self.advance(until)) {
            turns += 1;
        }
        self.0.elapsed.set(self.elapsed().max(until));
        self.0.depth.set(self.0.depth.get() - 1);
        true
    }

    /// Lets others run for a time while the task that calls this computes, and asks every so often whether it is to end; answers
    /// whether it was ended. Nothing computes while a task stands still already: that one would stand still for as long.
    pub(crate) fn compute(
        &self,
        time: Duration,
        every: Duration,
        mut is_to_end: impl FnMut() -> bool,
    ) -> bool {
        let until = self.elapsed() + time;
        while self.0.depth.get() == 0 && self.elapsed() < until {
            self.stand_still(every.min(until - self.elapsed()));
            if is_to_end() {
                return true;
            }
        }
        false
    }

    /// Drops everything that is left, so that nothing keeps the simulation alive.
    pub(crate) fn clear(&self) {
        let tasks = std::mem::take(&mut *self.0.tasks.borrow_mut());
        drop(tasks);
        self.0.timers.borrow_mut().clear();
    }
}

/// The future of [`Executor::sleep`].
pub(crate) struct Sleep {
    until: Duration,
    number: u64,
    executor: Executor,
}

impl Future for Sleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.executor.elapsed() >= self.until {
            return Poll::Ready(());
        }
        let key = (self.until, self.number);
        let mut timers = self.executor.0.timers.borrow_mut();
        timers.insert(key, context.waker().clone());
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        let key = (self.until, self.number);
        self.executor.0.timers.borrow_mut().remove(&key);
    }
}
