//! What the embedder decides: where the application is, where it listens and what it is told.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use crate::outbound::BlockedNetworks;

/// How to run one application.
///
/// ```no_run
/// # async fn example() -> Result<(), tasker_runtime::Error> {
/// use tasker_runtime::{App, Options};
///
/// let app = App::load(Options::new("spin.toml")).await?;
/// println!("http://{}", app.address());
/// app.serve(async { _ = tokio::signal::ctrl_c().await }).await
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Options {
    /// The application's `spin.toml`; paths in it are relative to its folder.
    pub manifest: PathBuf,
    /// Address of the HTTP server. Port 0 takes a free one, see [`App::address`](crate::App::address).
    pub listen: SocketAddr,
    /// Folder for the database (`sqlite_db.db`), and component output (`logs/`). Made if missing.
    pub state_dir: PathBuf,
    /// Folders that compiled components are looked for in, and kept in: in the first one that can be written to, which may be shared
    /// by all applications of this user. None: `cache` in the state folder.
    pub cache_dirs: Vec<PathBuf>,
    /// A command that does what [`compile`](crate::compile) does with the same folders. `None`: this process compiles what is not in
    /// the cache, and keeps the memory that it takes for that.
    pub compiler: Option<Vec<OsString>>,
    /// Values of application variables. They go before `SPIN_VARIABLE_<NAME>` of the process's environment.
    pub variables: BTreeMap<String, String>,
    /// The variable that tells the application its own URL, see [`App::url`](crate::App::url): its value if it is given neither in
    /// `variables` nor in the environment. Nothing happens if the application has no such variable.
    pub url_variable: Option<String>,
    /// The variable that lists hosts which the operator means a component to reach, if that has it: they may be private, although only a
    /// wildcard of `allowed_outbound_hosts` allows them.
    pub hosts_variable: Option<String>,
    /// How long an instance waits for a PostgreSQL server: for a connection, and for the answer to each statement.
    pub database_timeout: Duration,
    /// The variable that says instead of `database_timeout` how long the server itself is to take (whole seconds, from 1 to 3600): an
    /// instance then waits two seconds longer than that, to get the server's own words if there are any.
    pub database_timeout_variable: Option<String>,
    /// Behaves as Spin 4.0.0 to 4.0.2, where a PostgreSQL query that gives no row never comes back.
    pub queries_without_rows_hang: bool,
    /// SQL files that are run in order against the default database at every start, before anything is served. They must be
    /// idempotent, as for `spin up --sqlite @file.sql`: this is where the application's migrations go.
    pub sqlite_scripts: Vec<PathBuf>,
    /// Networks that components may not reach.
    pub blocked_networks: BlockedNetworks,
    /// Whether components reach each other at `<component>.spin.internal`. Some hosts of Spin apps know no such names.
    pub service_chaining: bool,
    /// How many requests one instance, and so one request to the application, may make; `None`: any number.
    pub outbound_requests: Option<u32>,
    /// How much linear memory an instance may have (bytes); `None`: as much as it can address.
    pub memory: Option<usize>,
    /// How long an instance may compute without a pause, in which it waits for something or asks a database, before it is ended.
    pub computing: Duration,
    /// The variable that says instead of `computing` how long the application itself lets a component work at a stretch (whole
    /// seconds): an instance may then compute five seconds longer than that.
    pub computing_variable: Option<String>,
    /// Keeps component output off the console. It is still written to the log files.
    pub quiet: bool,
    /// For tests: a file from which it is read at which commit or request to fail, and how. Only for an
    /// application that may be killed at any moment.
    pub faults: Option<PathBuf>,
    /// For tests: how far the clock that components read is ahead of this machine's (ms); less than 0: behind it.
    pub clock_ahead_ms: i64,
    /// How long a client may take for the headers of a request, and so how long a connection may be idle, and how long its body is
    /// waited for: longer as more of it comes.
    pub patience: Duration,
    /// How many requests from outside may be at work at once; others are answered with 503. The rest of 2,500 instances is for what
    /// components ask each other.
    pub requests: usize,
    /// How long requests under way may continue after the shutdown signal.
    pub grace: Duration,
}

impl Options {
    /// The options of `spin up`: listens on `127.0.0.1:3000` and keeps its state in `.spin` beside the manifest.
    pub fn new(manifest: impl Into<PathBuf>) -> Self {
        let manifest = manifest.into();
        let state_dir = manifest.with_file_name(".spin");
        Self {
            manifest,
            listen: SocketAddr::from(([127, 0, 0, 1], 3000)),
            state_dir,
            cache_dirs: Vec::new(),
            compiler: None,
            variables: BTreeMap::new(),
            url_variable: None,
            hosts_variable: None,
            database_timeout: Duration::from_secs(22),
            database_timeout_variable: None,
            queries_without_rows_hang: false,
            sqlite_scripts: Vec::new(),
            blocked_networks: BlockedNetworks::default(),
            service_chaining: true,
            outbound_requests: None,
            memory: None,
            computing: Duration::from_secs(30),
            computing_variable: None,
            quiet: false,
            faults: None,
            clock_ahead_ms: 0,
            patience: Duration::from_secs(15),
            requests: 700,
            grace: Duration::from_secs(10),
        }
    }
}
