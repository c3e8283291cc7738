//! Waiting for a run's end.

use std::time::{Duration, Instant};

use futures::FutureExt;
use futures::future::select;
use tasker_api::{WaitQuery, wait_limit};
use tasker_domain::RunId;
use tasker_host::HostStore;

use crate::error::Result;
use crate::params::QueryParams;
use crate::records;
use crate::watched::Watched;

/// While a client waits for a run's end, the run is looked at this often at least.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// How long to wait for a run's end.
pub(crate) struct Wait(Option<Duration>);

impl QueryParams for Wait {
    type Query = WaitQuery;

    fn check(query: WaitQuery) -> Result<Self> {
        let limit = query.wait.map(|_| wait_limit(query.wait)).transpose()?;
        Ok(Self(limit))
    }
}

/// A store in which a run's end is looked for.
pub(crate) fn watched(store: HostStore) -> Watched {
    Watched::new(store, LONGEST_PAUSE)
}

impl Wait {
    /// Whether the client wants to wait at all.
    pub(crate) fn is_wanted(&self) -> bool {
        self.0.is_some()
    }

    /// Waits until the run has ended or the time is up, with a look as soon as `news` has completed. Input and result
    /// of a run may be large, so this reads only how far it is.
    pub(crate) async fn until_ended(
        &self,
        watched: &mut Watched,
        id: RunId,
        news: impl Future<Output = ()>,
    ) -> Result<()> {
        let news = news.fuse();
        futures::pin_mut!(news);
        let deadline = Instant::now() + self.0.unwrap_or_default();
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() || records::mark(watched.store()?, id)?.status.is_terminal() {
                return Ok(());
            }
            let pause = watched.pause(left);
            futures::pin_mut!(pause);
            select(news.as_mut(), pause).await;
        }
    }
}
