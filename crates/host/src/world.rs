//! The world of the app: Spin.

use std::future::Future;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use futures::StreamExt;
use spin_sdk::http::{IncomingResponse, send};
use tasker_domain::RunId;
use tasker_domain::figures::Figures;
use tasker_domain::trace::TraceParent;
use tasker_world::{Answer, Level, Line, World};

use crate::{HostStore, figures, internal, log, open_store, settings, time};

/// Each request has an instance of its own, so counting in the instance counts by request.
static SPENT: AtomicU32 = AtomicU32::new(0);

/// Counts a request that is about to be made.
pub fn spend() {
    SPENT.fetch_add(1, Ordering::Relaxed);
}

/// The world of the app.
#[derive(Debug, Clone, Copy)]
pub struct Spin;

impl World for Spin {
    type Store = HostStore;

    fn open_store(&self) -> tasker_store::Result<HostStore> {
        open_store()
    }

    fn shares_store(&self) -> bool {
        settings::shares_database()
    }

    fn now_ms(&self) -> i64 {
        time::now_ms()
    }

    fn now(&self) -> Instant {
        Instant::now()
    }

    fn sleep(&self, time: Duration) -> impl Future<Output = ()> + 'static {
        time::sleep(time)
    }

    fn fill(&self, bytes: &mut [u8]) {
        crate::fill(bytes);
    }

    async fn post(&self, component: &str, path: &str, body: Vec<u8>) -> Result<Answer, String> {
        let request =
            internal::request(component, path, body).map_err(|error| error.to_string())?;
        spend();
        let answer: IncomingResponse = send(request).await.map_err(|error| error.to_string())?;
        let status = answer.status();
        let parts = answer.take_body_stream();
        Ok(Answer {
            status,
            body: Box::pin(parts.map(|part| part.map_err(|error| error.to_string()))),
        })
    }

    fn spent(&self) -> u32 {
        SPENT.load(Ordering::Relaxed)
    }

    fn setting(&self, name: &'static str) -> Result<String, String> {
        spin_sdk::variables::get(name).map_err(|error| error.to_string())
    }

    fn figures<T>(&self, work: impl FnOnce(&mut Figures) -> T) -> T {
        figures::with(work)
    }

    fn log(&self, line: Line) {
        let mut own = match line.level {
            Level::Warn => log::warn(line.message),
            Level::Error => log::error(line.message),
        };
        if let Some(run) = line.run {
            own = own.run(run);
        }
        if let Some(call) = line.call {
            own = own.call(call);
        }
        own.write();
    }

    fn about(&self, run: RunId, trace: Option<TraceParent>) {
        log::about(run, trace);
    }
}
