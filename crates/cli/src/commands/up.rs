//! `up`: the app in this process.

use std::collections::BTreeMap;
use std::env;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::json;
use tasker_api::RawJson;
use tasker_runtime::{App, Options};
use tasker_settings::{API_TOKEN, APP_URL, CALLS_OUT, DATABASE_TIMEOUT_SECONDS, EVENT_KEY, FETCH_HOSTS, KEYSTORE_KEY, SLICE_SECONDS, SNAPSHOT_KEY, SWEEP_TOKEN, TIMER, Timer};

use crate::Error;
use crate::args::Up;
use crate::base_urls;
use crate::cache;
use crate::client::Client;
use crate::config::{Connection, Target, Token};
use crate::database;
use crate::exit::Exit;
use crate::file_limit;
use crate::log;
use crate::output::Output;
use crate::sandbox::Sandbox;
use crate::secrets::{self, Secrets};
use crate::service;
use crate::settings;
use crate::state_dir::StateDir;

/// The route of the dashboard.
const DASHBOARD: &str = "/ui/...";

/// The schema of the app's database, beside the manifest. It may be applied at every start.
const SCHEMA: &str = "migrations/sqlite/0001_schema.sql";

/// The manifests that are looked for, the one with the app's own timer first.
const MANIFESTS: [&str; 2] = ["spin-cron.toml", "spin.toml"];

/// This runtime has room for two and a half times the instances of Spin, for which the default is made.
const CALLS_OUT_HERE: &str = "1500";

/// For tests of the app: names the file in which they order faults. Not a setting.
const FAULTS: &str = "TASKER_TEST_FAULTS";

/// For tests of the app: how far the clock of its components is ahead of this machine's (ms). Not a setting.
const CLOCK_AHEAD: &str = "TASKER_TEST_CLOCK_AHEAD_MS";

/// Serves until it is told to stop.
pub(crate) fn up(output: Output, options: &Up) -> Result<Exit, Error> {
    let _logging = log::begin(&options.log);
    let manifest = manifest(options.manifest.file.as_deref())?;
    let mut runtime = Options::new(&manifest);
    if let Some(state_dir) = &options.state_dir {
        runtime.state_dir.clone_from(state_dir);
    }
    let _held = StateDir::take(&runtime.state_dir)?;
    runtime.listen = options.listen;
    runtime.quiet = options.quiet;
    runtime.faults = env::var_os(FAULTS).map(PathBuf::from);
    if let Some(ahead) = env::var(CLOCK_AHEAD).ok().and_then(|ms| ms.parse().ok()) {
        runtime.clock_ahead_ms = ahead;
    }
    runtime.sqlite_scripts = migrations(&manifest);
    settings::warn_of_shown(&options.variables);
    runtime.variables = options
        .variables
        .iter()
        .map(|variable| (variable.name.clone(), variable.value.clone()))
        .collect();
    let environment = |name: &str| env::var(name).ok();
    let mut apart = runtime.variables.clone();
    base_urls::split(&mut apart, environment);
    let declared = settings::check(&manifest, &apart, env::vars())?;
    let sandbox = options.sandbox.then(Sandbox::start).transpose()?;
    match &sandbox {
        // Its base URLs are apart already.
        Some(sandbox) => sandbox.set_variables(&mut runtime.variables)?,
        None => runtime.variables = apart,
    }
    database::set_host(&mut runtime.variables, |name| env::var(name).ok());
    runtime.blocked_networks = options.blocked_networks.iter().copied().collect();
    runtime.service_chaining = !options.no_service_chaining;
    runtime.outbound_requests = options.outbound_requests;
    runtime.memory = options.memory_mib.map(|mib| mib.saturating_mul(1 << 20));
    runtime.url_variable = Some(APP_URL.name().to_owned());
    runtime.hosts_variable = Some(FETCH_HOSTS.name().to_owned());
    runtime.database_timeout_variable = Some(DATABASE_TIMEOUT_SECONDS.name().to_owned());
    runtime.computing_variable = Some(SLICE_SECONDS.name().to_owned());
    runtime.queries_without_rows_hang = options.spin_4_0_postgres;
    if declared.contains(CALLS_OUT.name())
        && settings::given(&CALLS_OUT, &runtime.variables, environment).is_none()
    {
        let calls = CALLS_OUT_HERE.to_owned();
        runtime.variables.insert(CALLS_OUT.name().to_owned(), calls);
    }
    let token = add_secrets(&mut runtime.variables, &runtime.state_dir)?;
    let fetches_nothing = runtime.listen.ip().is_loopback()
        && declared.contains(FETCH_HOSTS.name())
        && !fetches(&runtime.variables);
    let keeps_awake = declared.contains(TIMER.name()) && keeps_awake(&runtime.variables);
    let sweeper = settings::given(&SWEEP_TOKEN, &runtime.variables, |name| env::var(name).ok());
    let state_dir = runtime.state_dir.clone();
    runtime.cache_dirs = options.caches.folders(&state_dir);
    runtime.compiler = cache::compiler(&manifest, &runtime.cache_dirs, options);

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

/// The manifest that is asked for, or else the one in the current folder. It must be there: a state
/// folder is not made in a place where there is no app.
pub(super) fn manifest(asked: Option<&Path>) -> Result<PathBuf, Error> {
    let mut candidates = match asked {
        Some(path) => vec![path],
        None => MANIFESTS.map(Path::new).to_vec(),
    };
    let last = candidates[candidates.len() - 1];
    candidates.retain(|path| path.is_file());
    candidates
        .first()
        .map(|path| path.to_path_buf())
        .ok_or_else(|| {
            let reason = "there is no such file; say with -f where the app's spin.toml is";
            Error::file(last, reason)
        })
}

/// Fills in the secret variables that are given neither here nor in the environment, and tells the
/// API token; `None`: it is switched off.
fn add_secrets(
    variables: &mut BTreeMap<String, String>,
    state_dir: &Path,
) -> Result<Option<String>, Error> {
    let environment = |name: &str| env::var(name).ok();
    let token = settings::given(&API_TOKEN, variables, environment);
    let key = settings::given(&KEYSTORE_KEY, variables, environment);
    let (token, key) = match (token, key) {
        (Some(token), Some(key)) => (token, key),
        (token, key) => {
            let secrets = Secrets::of(state_dir)?;
            (
                token.unwrap_or(secrets.api_token),
                key.unwrap_or(secrets.keystore_key),
            )
        }
    };
    if settings::given(&EVENT_KEY, variables, environment).is_none() {
        variables.insert(EVENT_KEY.name().to_owned(), secrets::event_key(&key));
    }
    let is_given = |value: String| !value.trim().is_empty();
    if !settings::given(&SWEEP_TOKEN, variables, environment).is_some_and(is_given) {
        variables.insert(SWEEP_TOKEN.name().to_owned(), secrets::sweep_token(&key));
    }
    if !settings::given(&SNAPSHOT_KEY, variables, environment).is_some_and(is_given) {
        variables.insert(SNAPSHOT_KEY.name().to_owned(), secrets::snapshot_key(&key));
    }
    // One of the file of secrets has not been looked at before.
    let read = API_TOKEN.parse(&token);
    let read = read.map_err(|error| Error::Usage(error.to_string()))?;
    variables.insert(KEYSTORE_KEY.name().to_owned(), key);
    variables.insert(API_TOKEN.name().to_owned(), token);
    Ok(read)
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
