//! The world as the engine sees it: clock, time, chance, the store, the other components, settings, the log, and what is
//! measured. In the app it is Spin, which `tasker-host` stands for; in a simulation it is made up.

mod ask;
mod budget;
pub mod config;
mod log;

use std::future::Future;
use std::time::{Duration, Instant};

use futures::future::{Either, select};
use tasker_domain::figures::{Figure, Figures, Metric};
use tasker_domain::trace::TraceParent;
use tasker_domain::{RunId, StackRunId};
use tasker_store::{
    Diagnosis, Events, Grants, LeaseTerms, Metering, Metrics, Purge, Schedules, Scheduling, Store,
    Webhooks,
};

pub use ask::{Answer, AskError, Lines, ask, ask_lines, poke, poke_and_wait, poke_with};
pub use budget::Budget;
pub use log::{Level, Line, error, warn};

/// What the engine does with its store.
pub trait EngineStore:
    Store + Events + Grants + Metering + Metrics + Purge + Diagnosis + Schedules + Scheduling + Webhooks
{
}

impl<T> EngineStore for T where
    T: Store
        + Events
        + Grants
        + Metering
        + Metrics
        + Purge
        + Diagnosis
        + Schedules
        + Scheduling
        + Webhooks
{
}

/// Everything that one request to a component may ask of what is around it. A request that is lost is one whose futures
/// are dropped.
pub trait World: Clone + 'static {
    /// The store.
    type Store: EngineStore;

    /// Opens the store. From then on [`World::now_ms`] is the clock that all machines share.
    ///
    /// # Errors
    /// If it cannot be opened.
    fn open_store(&self) -> tasker_store::Result<Self::Store>;

    /// Whether other machines may use the store.
    fn shares_store(&self) -> bool;

    /// The present moment, milliseconds since the Unix epoch.
    fn now_ms(&self) -> i64;

    /// The present moment, for measuring time: it never goes back.
    fn now(&self) -> Instant;

    /// Completes after a time.
    fn sleep(&self, time: Duration) -> impl Future<Output = ()> + 'static;

    /// Fills a buffer with bytes that nobody can guess.
    fn fill(&self, bytes: &mut [u8]);

    /// Posts a body to a route of another component, and answers as soon as it begins to answer.
    ///
    /// # Errors
    /// Why no answer came, in words.
    fn post(
        &self,
        component: &str,
        path: &str,
        body: Vec<u8>,
    ) -> impl Future<Output = Result<Answer, String>>;

    /// How many requests this one has made to others.
    fn spent(&self) -> u32;

    /// The text of a setting.
    ///
    /// # Errors
    /// Why there is none, in words.
    fn setting(&self, name: &'static str) -> Result<String, String>;

    /// Works on what this request has measured.
    fn figures<T>(&self, work: impl FnOnce(&mut Figures) -> T) -> T;

    /// Writes a line of the log.
    fn log(&self, line: Line);

    /// Says which run, and which trace, this request is about.
    fn about(&self, run: RunId, trace: Option<TraceParent>);

    /// The time since a moment.
    fn since(&self, begun: Instant) -> Duration {
        self.now().saturating_duration_since(begun)
    }

    /// The time until a moment.
    fn until(&self, moment: Instant) -> Duration {
        moment.saturating_duration_since(self.now())
    }

    /// The result of `future`, or `None` if it takes longer than `limit`; it is then dropped.
    fn timeout<T>(
        &self,
        limit: Duration,
        future: impl Future<Output = T>,
    ) -> impl Future<Output = Option<T>> {
        let sleep = self.sleep(limit);
        async move {
            futures::pin_mut!(future, sleep);
            match select(future, sleep).await {
                Either::Left((output, _)) => Some(output),
                Either::Right(((), _)) => None,
            }
        }
    }

    /// `N` bytes that nobody can guess.
    fn random<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.fill(&mut bytes);
        bytes
    }

    /// A new run id of this moment.
    fn new_run_id(&self) -> RunId {
        RunId::new(self.now_ms(), self.random())
    }

    /// A new stack run id of this moment.
    fn new_stack_run_id(&self) -> StackRunId {
        StackRunId::new(self.now_ms(), self.random())
    }

    /// The terms of a lease of `lease_ms` that the stack processor takes now, itself or through a slice.
    fn lease_terms(&self, lease_ms: i64) -> LeaseTerms {
        LeaseTerms {
            owner: "stack-processor".to_owned(),
            expires_at: self.now_ms() + lease_ms,
        }
    }

    /// Counts something.
    fn count(&self, metric: Metric, label: &str, times: u64) {
        self.figures(|figures| figures.count(metric, label, times));
    }

    /// Adds a time to a histogram.
    fn time(&self, metric: Metric, label: &str, time: Duration) {
        self.figures(|figures| figures.time(metric, label, time));
    }

    /// Takes what was measured so far, to hand it on.
    fn take_figures(&self) -> Vec<Figure> {
        self.figures(Figures::take)
    }

    /// Stores what was measured so far. If that fails, it is kept for the next time.
    fn store_figures(&self, store: &impl Metering) {
        let figures = self.take_figures();
        if figures.is_empty() {
            return;
        }
        if let Err(error) = store.add_figures(&figures) {
            self.log(warn(format!("figures: {error}")));
            self.figures(|own| own.merge(figures));
        }
    }
}

/// A span of time in milliseconds.
#[must_use]
pub fn in_ms(span: Duration) -> i64 {
    i64::try_from(span.as_millis()).unwrap_or(i64::MAX / 2)
}

/// A span of milliseconds; what is below zero is none.
#[must_use]
pub fn ms(span: i64) -> Duration {
    Duration::from_millis(u64::try_from(span).unwrap_or(0))
}
