//! Turns at the cores, for components that compute.
//!
//! A component that has computed for a tick computes on only in a turn of its own. There are as many turns as cores, and
//! they go round: at each tick the next in line has one. So a component that computes has a core to itself while its turn lasts, and the
//! database calls of others, which let further threads run, do not crowd it. Work that is done within a tick needs no turn and
//! waits for nobody.
//!
//! Nothing inside can end code that computes without ever coming back to its host. So an instance that has used up a
//! bound of ticks without a pause, in which it waits for something or asks a database, is ended.

use std::future::poll_fn;
use std::num::NonZero;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The cores of this machine.
#[derive(Clone)]
pub(crate) struct Cores(Arc<Semaphore>);

/// The turns of one instance.
#[derive(Clone)]
pub(crate) struct Turns {
    cores: Arc<Semaphore>,
    state: Arc<Mutex<State>>,
    /// How long it may compute without a pause.
    bound: Duration,
}

#[derive(Default)]
struct State {
    turn: Option<OwnedSemaphorePermit>,
    /// When it began to compute, if it does.
    since: Option<Instant>,
    /// How long it has computed since its last pause.
    spent: Duration,
    /// Whether it stands in line for its next turn, which is no pause.
    is_in_line: bool,
}

/// Ends an instance that has computed for too long.
#[derive(Debug, thiserror::Error)]
#[error("it computed for {} seconds without a pause", .0.as_secs())]
pub(crate) struct ComputesOn(Duration);

impl Cores {
    pub(crate) fn new() -> Self {
        Self::of(std::thread::available_parallelism().map_or(1, NonZero::get))
    }

    fn of(count: usize) -> Self {
        Self(Arc::new(Semaphore::new(count)))
    }

    /// Those of a new instance, which has none yet and may compute for `bound` without a pause.
    pub(crate) fn turns(&self, bound: Duration) -> Turns {
        Turns {
            cores: self.0.clone(),
            state: Arc::default(),
            bound,
        }
    }
}

impl Turns {
    /// Gives up the turn, if there is one, and stands in line for the next.
    pub(crate) fn next(&self) -> impl Future<Output = ()> + Send + use<> {
        let turns = self.clone();
        turns.state().is_in_line = true;
        async move {
            turns.state().turn = None;
            // Also if nobody else computes, the thread has other things to do.
            tokio::task::yield_now().await;
            let turn = turns.cores.clone().acquire_owned().await.ok();
            let mut state = turns.state();
            state.turn = turn;
            state.is_in_line = false;
            state.since = Some(Instant::now());
        }
    }

    /// Notes that it has computed until now, for a tick at most: it may have been without a core.
    ///
    /// # Errors
    /// If that was too long.
    pub(crate) fn spend(&self, tick: Duration) -> Result<(), ComputesOn> {
        let mut state = self.state();
        let since = state.since.take();
        state.spent += since.map_or(Duration::ZERO, |since| since.elapsed().min(tick));
        match state.spent > self.bound {
            true => Err(ComputesOn(self.bound)),
            false => Ok(()),
        }
    }

    /// It pauses: what it has computed before counts no longer.
    pub(crate) fn pause(&self) {
        let mut state = self.state();
        state.spent = Duration::ZERO;
        state.since = None;
    }

    /// Does the work of the instance, which has no turn while it waits for something.
    pub(crate) async fn during<F: Future>(&self, work: F) -> F::Output {
        let mut work = pin!(work);
        poll_fn(|context| {
            let outcome = work.as_mut().poll(context);
            self.state().turn = None;
            if !self.state().is_in_line {
                self.pause();
            }
            outcome
        })
        .await
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

    use tokio::task::JoinSet;

    use super::*;

    #[tokio::test(flavor = "multi_thread", worker_threads = 8)]
    async fn no_more_compute_at_once_than_there_are_cores() {
        let cores = Cores::of(2);
        let at_once = Arc::new((AtomicUsize::new(0), AtomicUsize::new(0)));
        let mut all = JoinSet::new();
        for _ in 0..8 {
            let (turns, at_once) = (cores.turns(Duration::MAX), at_once.clone());
            all.spawn(async move {
                let work = async {
                    for tick in 0..200 {
                        turns.next().await;
                        let (now, most) = &*at_once;
                        most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                        std::thread::yield_now();
                        now.fetch_sub(1, Ordering::SeqCst);
                        if tick % 10 == 0 {
                            // It waits for something, and computes on when it has that.
                            tokio::task::yield_now().await;
                        }
                    }
                };
                turns.during(work).await;
            });
        }
        all.join_all().await;
        assert_eq!(at_once.0.load(Ordering::SeqCst), 0);
        assert!((1..=2).contains(&at_once.1.load(Ordering::SeqCst)));
        assert_eq!(cores.0.available_permits(), 2);
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn what_is_short_waits_for_nobody_and_what_waits_has_no_turn() {
        let cores = Cores::of(1);
        let is_done = Arc::new(AtomicBool::new(false));
        let (busy, done) = (cores.turns(Duration::MAX), is_done.clone());
        let (began, has_begun) = tokio::sync::oneshot::channel();
        let computes = tokio::spawn(async move {
            busy.clone()
                .during(async {
                    busy.next().await;
                    _ = began.send(());
                    while !done.load(Ordering::SeqCst) {
                        std::thread::yield_now();
                    }
                })
                .await;
        });
        has_begun.await.expect("it computes");
        assert_eq!(cores.0.available_permits(), 0);
        let short = cores.turns(Duration::MAX);
        short
            .during(async { is_done.store(true, Ordering::SeqCst) })
            .await;
        computes.await.expect("it ends");

        let waits = cores.turns(Duration::MAX);
        let (tell, told) = tokio::sync::oneshot::channel();
        let waiting = tokio::spawn(async move {
            waits
                .during(async {
                    waits.next().await;
                    told.await.expect("told");
                })
                .await;
        });
        let other = cores.turns(Duration::MAX);
        other.during(other.next()).await;
        tell.send(()).expect("it waits");
        waiting.await.expect("it ends");
        assert_eq!(cores.0.available_permits(), 1);
    }

    #[tokio::test]
    async fn what_computes_on_without_a_pause_is_ended() {
        let tick = Duration::from_millis(1);
        let turns = Cores::of(1).turns(3 * tick);
        let compute = async || {
            turns.next().await;
            std::thread::sleep(2 * tick);
            turns.spend(tick).is_ok()
        };
        let work = async {
            // Standing in line is no pause; waiting for something is, and so is what says so.
            for _ in 0..3 {
                assert!(compute().await);
            }
            tokio::task::yield_now().await;
            for _ in 0..3 {
                assert!(compute().await);
            }
            turns.pause();
            for _ in 0..3 {
                assert!(compute().await);
            }
            compute().await
        };
        assert!(!turns.during(work).await);
    }
}
