//! An application that is loaded and ready to serve.

use std::collections::{BTreeMap, HashMap};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::task::JoinSet;
use wasmtime::component::Linker;
use wasmtime_wasi_http::p2::bindings::ProxyPre;

use crate::allowed_hosts::AllowedHosts;
use crate::compile::{self, Source};
use crate::component::{Component, State};
use crate::cron::{self, Job};
use crate::faults::Faults;
use crate::http::router::Router;
use crate::http::server;
use crate::logs::{Log, Stream};
use crate::manifest::Manifest;
use crate::runtime::Runtime;
use crate::sqlite::Database;
use crate::{Error, Options, engine, linker, variables};

/// An application: its components are compiled, its database is prepared, and its address is bound.
pub struct App {
    runtime: Arc<Runtime>,
    listener: TcpListener,
    jobs: Vec<Job>,
    options: Options,
}

impl App {
    /// Reads the manifest, binds the listening address, resolves the variables, runs the SQL scripts and compiles the components (or
    /// takes them from the cache). Must be called on a multi-threaded Tokio runtime.
    ///
    /// # Errors
    /// Everything that would keep the application from serving, see [`Error`].
    pub async fn load(mut options: Options) -> Result<Self, Error> {
        if Handle::current().runtime_flavor() == RuntimeFlavor::CurrentThread {
            return Err(Error::Engine(
                "a multi-threaded Tokio runtime is needed".into(),
            ));
        }
        let manifest = Manifest::read(&options.manifest)?;
        let invalid = |reason: String| Error::Manifest {
            path: options.manifest.clone(),
            reason,
        };
        let failed = |source| Error::Listen {
            address: options.listen,
            source,
        };
        let listener = TcpListener::bind(options.listen).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let own_url = options.url_variable.as_ref().map(|name| {
            let url = format!("http://{}", reachable(address));
            (name.as_str(), url)
        });
        let values = variables::resolve(&manifest, &options.variables, own_url, |name| {
            std::env::var(name).ok()
        })?;
        if let Some(bound) = variables::database_timeout(&options, &values)? {
            options.database_timeout = bound;
        }
        if let Some(bound) = variables::computing(&options, &values)? {
            options.computing = bound;
        }
        let router = Router::new(&manifest.http).map_err(invalid)?;
        let schedules: Vec<_> = manifest
            .cron
            .iter()
            .map(|trigger| cron::parse(&trigger.cron_expression))
            .collect::<Result<_, _>>()
            .map_err(invalid)?;

        create_folder(&options.state_dir)?;
        let database = options.state_dir.join("sqlite_db.db");
        let faults = options
            .faults
            .clone()
            .map(|file| Arc::new(Faults::new(file)));
        let database = Arc::new(Database::new(database, faults)?);
        for script in &options.sqlite_scripts {
            database.run_script(script)?;
        }
        let components = load_components(&options, &manifest, &values).await?;
        check_triggers(&manifest, &components)?;
        let jobs = manifest
            .cron
            .iter()
            .zip(schedules)
            .map(|(trigger, schedule)| Job {
                component: components[&trigger.component].clone(),
                schedule,
            })
            .collect();

        let about = (manifest.application.name, manifest.application.version);
        let runtime = Runtime::new(about, address, router, components, database, &options);
        Ok(Self {
            runtime: Arc::new(runtime),
            listener,
            jobs,
            options,
        })
    }

    /// The address it listens on; if port 0 was asked for, with the port that was taken.
    pub fn address(&self) -> SocketAddr {
        self.runtime.address
    }

    /// The URL at which the application is reached from this machine, without a slash at its end.
    pub fn url(&self) -> String {
        format!("http://{}", reachable(self.runtime.address))
    }

    /// Whether anything calls it at set times.
    pub fn has_timer(&self) -> bool {
        !self.jobs.is_empty()
    }

    /// The public routes, as the manifest has them.
    pub fn routes(&self) -> Vec<String> {
        self.runtime
            .router
            .routes()
            .map(ToOwned::to_owned)
            .collect()
    }

    /// Serves until `shutdown` is ready (see [`shutdown_signal`](crate::shutdown_signal)); then stops accepting and firing, lets
    /// handlers finish for up to [`Options::grace`], and returns.
    ///
    /// # Errors
    /// [`Error::Listen`] if the listening socket fails for good.
    pub async fn serve(self, shutdown: impl Future<Output = ()>) -> Result<(), Error> {
        let mut cron = JoinSet::new();
        for job in self.jobs {
            cron.spawn(cron::run(self.runtime.clone(), job));
        }
        let (connections, accepted) = server::accept(&self.runtime, self.listener, shutdown).await;
        cron.abort_all();
        let finish = self.runtime.finish(self.options.grace);
        let close = tokio::time::timeout(self.options.grace, connections.shutdown());
        _ = tokio::join!(finish, close);
        accepted.map_err(|source| Error::Listen {
            address: self.runtime.address,
            source,
        })
    }
}

/// An address that a client on this machine can use.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(match address.ip() {
            IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        });
    }
    address
}

fn create_folder(path: &Path) -> Result<(), Error> {
    std::fs::create_dir_all(path).map_err(|source| Error::State {
        path: path.to_owned(),
        source,
    })
}

/// Takes all components from the cache, or compiles them, and prepares them for instantiation.
async fn load_components(
    options: &Options,
    manifest: &Manifest,
    values: &BTreeMap<String, String>,
) -> Result<HashMap<String, Arc<Component>>, Error> {
    let engine = engine::start()?;
    let linker = linker::new(&engine).map_err(|error| Error::Engine(format!("{error:#}")))?;
    let folders = match options.cache_dirs.as_slice() {
        [] => vec![options.state_dir.join("cache")],
        folders => folders.to_vec(),
    };
    let sources = Source::all(manifest, &options.manifest);
    let compiler = options.compiler.clone();
    let loaded = tokio::task::spawn_blocking(move || {
        compile::load(&engine, sources, &folders, compiler.as_deref())
    });
    let mut components = HashMap::new();
    for (id, compiled) in loaded
        .await
        .map_err(|error| Error::Engine(error.to_string()))??
    {
        let component = prepare(options, manifest, values, &linker, &id, &compiled)?;
        components.insert(id, Arc::new(component));
    }
    Ok(components)
}

fn prepare(
    options: &Options,
    manifest: &Manifest,
    values: &BTreeMap<String, String>,
    linker: &Linker<State>,
    id: &str,
    compiled: &wasmtime::component::Component,
) -> Result<Component, Error> {
    let invalid = |reason: String| Error::Component {
        component: id.to_owned(),
        reason,
    };
    let entry = &manifest.components[id];
    let mut linker = linker.clone();
    let pre = linker::trap_unknown(&mut linker, compiled)
        .and_then(|()| linker.instantiate_pre(compiled))
        .map_err(|error| invalid(format!("{error:#}")))?;
    let logs = options.state_dir.join("logs");
    let log = |stream| Log::new(&logs, id, stream, !options.quiet);
    let mut environment = entry.environment.clone();
    environment
        .entry("TASKER_STACK_KIB".to_owned())
        .or_insert_with(|| engine::STACK_KIB.to_string());
    let has_http_trigger = manifest
        .http
        .iter()
        .any(|trigger| trigger.component.as_deref() == Some(id));
    let http = has_http_trigger.then(|| ProxyPre::new(pre.clone()).ok());
    Ok(Component {
        id: id.to_owned(),
        http: http.flatten(),
        pre,
        variables: variables::of_component(&entry.variables, values)?,
        allowed_hosts: AllowedHosts::parse(
            &entry.allowed_outbound_hosts,
            values,
            manifest.components.keys(),
        )
        .map_err(|reason| invalid(format!("allowed_outbound_hosts: {reason}")))?
        .naming(variables::named_hosts(options, &entry.variables, values)?),
        environment,
        uses_sqlite: !entry.sqlite_databases.is_empty(),
        stdout: log(Stream::Out),
        stderr: log(Stream::Err),
    })
}

/// Finds components that do not export what their trigger calls.
fn check_triggers(
    manifest: &Manifest,
    components: &HashMap<String, Arc<Component>>,
) -> Result<(), Error> {
    let invalid = |id: &str, export: &str| Error::Component {
        component: id.to_owned(),
        reason: format!("does not export `{export}`, which its trigger calls"),
    };
    for id in manifest
        .http
        .iter()
        .filter_map(|trigger| trigger.component.as_ref())
    {
        if components[id].http.is_none() {
            return Err(invalid(id, "wasi:http/incoming-handler@0.2"));
        }
    }
    for id in manifest.cron.iter().map(|trigger| &trigger.component) {
        let component = components[id].pre.component();
        if component.get_export_index(None, cron::EXPORT).is_none() {
            return Err(invalid(id, cron::EXPORT));
        }
    }
    Ok(())
}
