//! What all parts of a running application share.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::Options;
use crate::component::Component;
use crate::faults::Faults;
use crate::http::door::Door;
use crate::http::router::Router;
use crate::outbound::Client;
use crate::postgres::Pools;
use crate::sqlite::Database;
use crate::turns::Cores;

/// An application at work.
pub(crate) struct Runtime {
    pub(crate) name: String,
    pub(crate) version: Option<String>,
    /// Where the application itself listens.
    pub(crate) address: SocketAddr,
    pub(crate) router: Router,
    pub(crate) components: HashMap<String, Arc<Component>>,
    pub(crate) client: Client,
    /// Whether components reach each other by name.
    pub(crate) service_chaining: bool,
    /// How many requests one instance may make.
    pub(crate) outbound_requests: u32,
    /// How much memory an instance may have.
    pub(crate) memory: Option<usize>,
    /// How long an instance may compute without a pause.
    pub(crate) computing: Duration,
    /// How far the clock of instances is ahead (ms).
    pub(crate) clock_ahead_ms: i64,
    pub(crate) database: Arc<Database>,
    pub(crate) postgres: Pools,
    pub(crate) door: Arc<Door>,
    /// How long a client is waited for.
    pub(crate) patience: Duration,
    pub(crate) faults: Option<Arc<Faults>>,
    pub(crate) cores: Cores,
    /// The handlers that are at work.
    handlers: TaskTracker,
    /// Ends the handlers that are still at work when the grace time is over.
    abandon: CancellationToken,
}

impl Runtime {
    pub(crate) fn new(
        (name, version): (String, Option<String>),
        address: SocketAddr,
        router: Router,
        components: HashMap<String, Arc<Component>>,
        database: Arc<Database>,
        options: &Options,
    ) -> Self {
        Self {
            name,
            version,
            address,
            router,
            components,
            client: Client::new(options.blocked_networks.clone()),
            service_chaining: options.service_chaining,
            outbound_requests: options.outbound_requests.unwrap_or(u32::MAX),
            memory: options.memory,
            computing: options.computing,
            clock_ahead_ms: options.clock_ahead_ms,
            door: Arc::new(Door::new(options.requests)),
            patience: options.patience,
            faults: database.faults.clone(),
            database,
            postgres: Pools::new(options),
            cores: Cores::new(),
            handlers: TaskTracker::new(),
            abandon: CancellationToken::new(),
        }
    }

    /// The component, if it has an HTTP trigger, public or private.
    pub(crate) fn http_component(&self, id: &str) -> Option<&Arc<Component>> {
        self.components
            .get(id)
            .filter(|component| component.http.is_some())
    }

    /// Starts a handler that a graceful stop waits for.
    pub(crate) fn spawn(&self, handler: impl Future<Output = ()> + Send + 'static) {
        let abandoned = self.abandon.clone().cancelled_owned();
        self.handlers.spawn(async move {
            tokio::select! {
                biased;
                () = handler => {}
                () = abandoned => {}
            }
        });
    }

    /// Waits until the handlers are done, and ends those that are not within `grace`.
    pub(crate) async fn finish(&self, grace: Duration) {
        self.handlers.close();
        if tokio::time::timeout(grace, self.handlers.wait())
            .await
            .is_err()
        {
            tracing::warn!("{} handlers did not finish in time", self.handlers.len());
            self.abandon.cancel();
            self.handlers.wait().await;
        }
    }
}
