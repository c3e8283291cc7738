//! `up`: the app in this process.

use std::collections::BTreeMap;
use std::env;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;
use tasker_api::RawJson;
use tasker_runtime::{App, BlockedNetwork, Options};
use tasker_settings::{
    APP_URL, CALLS_OUT, DATABASE_TIMEOUT_SECONDS, FETCH_HOSTS, SLICE_SECONDS, SWEEP_TOKEN, TIMER,
    Timer,
};

use crate::Error;
use crate::base_urls;
use crate::cache::{self, Caches};
use crate::client::Client;
use crate::commands::Execute;
use crate::config::{Connection, Target, Token};
use crate::context::Context;
use crate::database;
use crate::exit::Exit;
use crate::file_limit;
use crate::log::{self, Log};
use crate::manifest::Manifest;
use crate::output::Output;
use crate::sandbox::Sandbox;
use crate::secrets;
use crate::service;
use crate::settings;
use crate::state_dir::StateDir;
use crate::variable::{Variable, parse_variable};

/// Start the app on this machine
///
/// Runs the app's components in this process, with its timer. The first start makes the API token and the
/// keystore's master key and keeps them in the state folder, readable by you alone; the other
/// commands find the token there. Ctrl-C stops: requests that are being handled are finished, and
/// runs go on at the next start.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tasker up
  tasker up --sandbox                          try the services without an account
  tasker up --listen 127.0.0.1:8080 --variable inline_window_ms=0
  tasker up --variable openai_api_key=@/run/secrets/openai
  tasker up -f ~/tasker/spin.toml --state-dir /var/lib/tasker --quiet")]
pub(crate) struct Up {
    #[command(flatten)]
    manifest: Manifest,
    /// Address to serve on; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:3000")]
    listen: SocketAddr,
    /// Folder for the database, secrets and logs [default: .spin beside the manifest]
    #[arg(long, value_name = "FOLDER")]
    state_dir: Option<PathBuf>,
    /// Value of an application variable, or with NAME=@FILE the file that holds it, as secrets should be given: everybody on
    /// the machine sees a command line; goes before SPIN_VARIABLE_<NAME>
    #[arg(long = "variable", value_name = "NAME=VALUE", value_parser = parse_variable)]
    variables: Vec<Variable>,
    /// Put a sandbox in the place of Google, OpenAI, Supabase and the web: a local server with made-up
    /// data that lives as long as the app
    #[arg(long)]
    sandbox: bool,
    /// Network that the app may not reach: private, 10.0.0.0/8, none; repeatable [default: private
    /// ones, but for hosts that the manifest or a variable names]
    #[arg(long = "block-network", value_name = "NETWORK")]
    blocked_networks: Vec<BlockedNetwork>,
    /// Behave as a host on which components cannot reach each other by name
    #[arg(long, hide = true)]
    no_service_chaining: bool,
    /// Behave as a host on which one request may make this many requests
    #[arg(long, hide = true, value_name = "NUMBER")]
    outbound_requests: Option<u32>,
    /// Behave as a host on which one request may have so much memory
    #[arg(long, hide = true, value_name = "MIB")]
    memory_mib: Option<usize>,
    /// Behave as Spin 4.0.0 to 4.0.2, where a PostgreSQL query that gives no row never comes back
    #[arg(long = "spin-4-0-postgres", hide = true)]
    spin_4_0_postgres: bool,
    /// Keep the components' output off the console
    #[arg(long, short)]
    quiet: bool,
    #[command(flatten)]
    caches: Caches,
    #[command(flatten)]
    log: Log,
}

/// The route of the dashboard.
const DASHBOARD: &str = "/ui/...";

/// The schema of the app's database, beside the manifest. It may be applied at every start.
const SCHEMA: &str = "migrations/sqlite/0001_schema.sql";

/// This runtime has room for two and a half times the instances of Spin, for which the default is made.
const CALLS_OUT_HERE: &str = "1500";

/// For tests of the app: names the file in which they order faults. Not a setting.
const FAULTS: &str = "TASKER_TEST_FAULTS";

/// For tests of the app: how far the clock of its components is ahead of this machine's (ms). Not a setting.
const CLOCK_AHEAD: &str = "TASKER_TEST_CLOCK_AHEAD_MS";

impl Execute for Up {
    fn execute(&self, context: &Context<'_>) -> Result<Exit, Error> {
        let output = context.output;
        let _logging = log::begin(&self.log);
        let manifest = self.manifest.find()?;
        let mut runtime = Options::new(&manifest);
        if let Some(state_dir) = &self.state_dir {
            runtime.state_dir.clone_from(state_dir);
        }
        let _held = StateDir::take(&runtime.state_dir)?;
        runtime.listen = self.listen;
        runtime.quiet = self.quiet;
        runtime.faults = env::var_os(FAULTS).map(PathBuf::from);
        if let Some(ahead) = env::var(CLOCK_AHEAD).ok().and_then(|ms| ms.parse().ok()) {
            runtime.clock_ahead_ms = ahead;
        }
        runtime.sqlite_scripts = migrations(&manifest);
        settings::warn_of_shown(&self.variables);
        runtime.variables = self
            .variables
            .iter()
            .map(|variable| (variable.name.clone(), variable.value.clone()))
            .collect();
        let environment = |name: &str| env::var(name).ok();
        let mut apart = runtime.variables.clone();
        base_urls::split(&mut apart, environment);
        let declared = settings::check(&manifest, &apart, env::vars())?;
        let sandbox = self.sandbox.then(Sandbox::start).transpose()?;
        match &sandbox {
            // Its base URLs are apart already.
            Some(sandbox) => sandbox.set_variables(&mut runtime.variables)?,
            None => runtime.variables = apart,
        }
        database::set_host(&mut runtime.variables, |name| env::var(name).ok());
        runtime.blocked_networks = self.blocked_networks.iter().copied().collect();
        runtime.service_chaining = !self.no_service_chaining;
        runtime.outbound_requests = self.outbound_requests;
        runtime.memory = self.memory_mib.map(|mib| mib.saturating_mul(1 << 20));
        runtime.url_variable = Some(APP_URL.name().to_owned());
        runtime.hosts_variable = Some(FETCH_HOSTS.name().to_owned());
        runtime.database_timeout_variable = Some(DATABASE_TIMEOUT_SECONDS.name().to_owned());
        runtime.computing_variable = Some(SLICE_SECONDS.name().to_owned());
        runtime.queries_without_rows_hang = self.spin_4_0_postgres;
        if declared.contains(CALLS_OUT.name())
            && settings::given(&CALLS_OUT, &runtime.variables, environment).is_none()
        {
            let calls = CALLS_OUT_HERE.to_owned();
            runtime.variables.insert(CALLS_OUT.name().to_owned(), calls);
        }
        let token = secrets::add(&mut runtime.variables, &runtime.state_dir)?;
        let fetches_nothing = runtime.listen.ip().is_loopback()
            && declared.contains(FETCH_HOSTS.name())
            && !fetches(&runtime.variables);
        let keeps_awake = declared.contains(TIMER.name()) && keeps_awake(&runtime.variables);
        let sweeper = settings::given(&SWEEP_TOKEN, &runtime.variables, |name| env::var(name).ok());
        let state_dir = runtime.state_dir.clone();
        runtime.cache_dirs = self.caches.folders(&state_dir);
        runtime.compiler = cache::compiler(&manifest, &runtime.cache_dirs, &self.log);

        let executor = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()?;
        executor.block_on(async {
            file_limit::survive()?;
            database::look(output, &runtime.variables, |name| env::var(name).ok()).await?;
            let app = App::load(runtime).await?;
            // Before anyone learns that it serves, and may want it to stop.
            let stop = stop_signal()?;
            let url = app.url();
            let connection = Connection {
                url: url.clone(),
                token,
            };
            secrets::leave_for_clients(&state_dir, &connection)?;
            // Another app than Tasker's has none.
            let has_dashboard = app.routes().iter().any(|route| route == DASHBOARD);
            if let Err(error) = announce(
                output,
                &url,
                has_dashboard,
                sandbox.as_ref(),
                fetches_nothing,
            ) {
                // It serves anyway.
                tracing::warn!("standard output: {error}");
            }
            if keeps_awake && !app.has_timer() {
                // It is answered once the app serves.
                tokio::task::spawn_blocking(move || sweep(output, url, sweeper));
            }
            service::ready();
            app.serve(async {
                stop.await;
                service::stopping();
            })
            .await?;
            Ok(Exit::Done)
        })
    }
}

/// Sees to what became due while nothing ran. From then on the app keeps itself awake, though nobody calls it.
fn sweep(output: Output, url: String, token: Option<String>) {
    let from = || "this start".to_owned();
    let target = Target {
        url,
        url_from: from(),
        token: token.map(|value| Token {
            value,
            from: from(),
        }),
    };
    let swept: Result<RawJson, Error> = Client::new(output, target).post_empty("/sweep");
    if let Err(error) = swept {
        tracing::warn!("what became due while nothing ran waits for the next request: {error}");
    }
}

/// Whether the app is to keep itself awake, unless its manifest has a timer.
fn keeps_awake(variables: &BTreeMap<String, String>) -> bool {
    let timer = settings::given(&TIMER, variables, |name| env::var(name).ok());
    timer.is_none_or(|timer| Timer::parse(timer.trim()) != Some(Timer::External))
}

/// Whether tasks may send requests of their own to any host at all.
fn fetches(variables: &BTreeMap<String, String>) -> bool {
    let hosts = settings::given(&FETCH_HOSTS, variables, |name| env::var(name).ok());
    hosts.is_some_and(|hosts| !hosts.trim().is_empty())
}

/// Says where the app serves, and on a person's own machine what its tasks may not do unless that is said.
fn announce(
    output: Output,
    url: &str,
    has_dashboard: bool,
    sandbox: Option<&Sandbox>,
    fetches_nothing: bool,
) -> Result<(), Error> {
    if output.json {
        return output.value(&json!({ "url": url, "sandbox": sandbox.map(Sandbox::url) }));
    }
    output.line(format!("Tasker is serving on {url}"))?;
    if has_dashboard {
        output.line(format!("Dashboard: {url}/ui/"))?;
    }
    if let Some(sandbox) = sandbox {
        output.line(format!(
            "SANDBOX on {}: Google, OpenAI, Supabase and the web are made up; nothing leaves this machine",
            sandbox.url()
        ))?;
    }
    if fetches_nothing {
        output.line(
            "No host may be asked by `fetch` yet: --variable fetch_hosts=api.example.com,*.example.org allows these, '*' all public ones",
        )?;
    }
    Ok(())
}

/// The SQL script that makes the app's database, if the app has one.
fn migrations(manifest: &Path) -> Vec<PathBuf> {
    let script = manifest.with_file_name(SCHEMA);
    script.is_file().then_some(script).into_iter().collect()
}

/// Ready at the first signal to stop. The second one ends the process at once.
#[cfg(unix)]
fn stop_signal() -> io::Result<impl Future<Output = ()> + Send> {
    use tokio::signal::unix::{SignalKind, signal};

    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        tokio::spawn(async move {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            std::process::exit(1);
        });
    })
}

#[cfg(not(unix))]
fn stop_signal() -> io::Result<impl Future<Output = ()> + Send> {
    Ok(async {
        // Without the signal the only way to stop is to end the process.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}
