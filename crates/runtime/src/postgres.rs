//! PostgreSQL databases, as `spin:postgres` gives them to components.
//!
//! As in Spin, each component has a pool of connections for each address. A connection that is taken
//! again has its session reset, but a transaction that was left open on it stays open. Unlike in Spin, an instance waits for
//! everything for a bounded time.

mod handle;
mod host;
mod look;
mod pool;
mod value;

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use deadpool_postgres::{Manager, ManagerConfig, Pool, PoolError, RecyclingMethod};
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres::{Config, NoTls};
use tokio_postgres_rustls::MakeRustlsConnect;

#[expect(
    unreachable_pub,
    reason = "the generated bindings name it in public types"
)]
pub use handle::Handle;
pub use look::look_at;

use crate::Options;
use crate::component::Component;
use crate::outbound;
use pool::Connections;

/// Addresses for which a component's pools are kept, as in Spin.
const ADDRESSES: usize = 16;

/// The pools of all components.
pub(crate) struct Pools {
    /// By component and address.
    pools: Mutex<HashMap<String, HashMap<String, Arc<Connections>>>>,
    tls: OnceLock<MakeRustlsConnect>,
    terms: Terms,
}

/// On what terms instances talk to a server.
#[derive(Clone, Copy)]
struct Terms {
    /// How long a connection is waited for, and each answer.
    patience: Duration,
    /// Whether a query without rows never comes back.
    queries_without_rows_hang: bool,
}

impl Pools {
    pub(crate) fn new(options: &Options) -> Self {
        Self {
            pools: Mutex::default(),
            tls: OnceLock::new(),
            terms: Terms {
                patience: options.database_timeout,
                queries_without_rows_hang: options.queries_without_rows_hang,
            },
        }
    }

    /// A connection of a component to an address. Waits while all are in use.
    async fn open(&self, component: &Component, address: &str) -> Result<Handle, String> {
        let config: Config = address
            .parse()
            .map_err(|error: tokio_postgres::Error| chain(&error))?;
        check(component, &config)?;
        let taken = self.pool(component, address, config)?.take();
        let Ok(taken) = tokio::time::timeout(self.terms.patience, taken).await else {
            return Err(format!("no connection within {:?}", self.terms.patience));
        };
        match taken {
            Ok(taken) => Ok(Handle::new(taken, self.terms, component.id.clone())),
            Err(error) => Err(match code(&error) {
                Some(code) => format!("{} ({code})", chain(&error)),
                None => chain(&error),
            }),
        }
    }

    fn pool(
        &self,
        component: &Component,
        address: &str,
        config: Config,
    ) -> Result<Arc<Connections>, String> {
        let mut pools = self.pools.lock().unwrap_or_else(PoisonError::into_inner);
        let pools = pools.entry(component.id.clone()).or_default();
        if pools.len() >= ADDRESSES && !pools.contains_key(address) {
            // Connections in use stay in use.
            pools.clear();
        }
        match pools.entry(address.to_owned()) {
            Entry::Occupied(pool) => Ok(pool.get().clone()),
            Entry::Vacant(free) => {
                let connections = Arc::new(Connections::new(self.connect(config)?));
                Ok(free.insert(connections).clone())
            }
        }
    }

    fn connect(&self, config: Config) -> Result<Pool, String> {
        let settings = ManagerConfig {
            recycling_method: RecyclingMethod::Clean,
        };
        let manager = if config.get_ssl_mode() == SslMode::Disable {
            Manager::from_config(config, NoTls, settings)
        } else {
            let tls = self
                .tls
                .get_or_init(|| MakeRustlsConnect::new(outbound::tls_config()));
            Manager::from_config(config, tls.clone(), settings)
        };
        let pool = Pool::builder(manager).build();
        pool.map_err(|error| chain(&error))
    }
}

/// Whether the component may reach all hosts of an address.
fn check(component: &Component, config: &Config) -> Result<(), String> {
    let ports = config.get_ports();
    for (number, host) in config.get_hosts().iter().enumerate() {
        let Host::Tcp(host) = host else {
            return Err("Unix sockets are not supported on WebAssembly".to_owned());
        };
        let port = match ports {
            [one] => Some(one),
            ports => ports.get(number),
        };
        let port = port.map(|port| format!(":{port}")).unwrap_or_default();
        let url = format!("postgres://{host}{port}");
        if component.allowed_hosts.allows(&url).is_none() {
            tracing::warn!(
                "component `{}` may not reach {url}: it is not in its allowed_outbound_hosts",
                component.id
            );
            return Err(format!("address {url} is not permitted"));
        }
    }
    Ok(())
}

/// The SQLSTATE with which a server refused a connection.
fn code(error: &PoolError) -> Option<&str> {
    match error {
        PoolError::Backend(error) => error.code().map(|code| code.code()),
        _ => None,
    }
}

/// An error with what caused it.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}
