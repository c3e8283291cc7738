//! The real app as a child process, with a state folder of its own.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Resource, Rlimit, Signal, kill_process, kill_process_group, prlimit};
use serde::Deserialize;
use tasker_postgres_server::{Durability, Server};
use tempfile::TempDir;

use crate::output::Output;
use crate::{Client, Database, Faults, faults, paths, spin, until};

/// How long the app may take to serve: if its components are not compiled for this user yet, it compiles them.
const START: Duration = Duration::from_secs(180);

/// The keystore's key of nodes that share a database, and of apps on Spin.
pub(crate) const KEYSTORE_KEY: &str = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

/// What signs the requests between the components of an app on a limited host.
pub const INTERNAL_KEY: &str = "a secret of the app that nobody guesses";

/// The environment variable that tells the app how far its clock is ahead (ms).
const CLOCK_AHEAD: &str = "TASKER_TEST_CLOCK_AHEAD_MS";

/// How to start an app.
#[derive(Debug, Clone)]
pub struct Settings {
    manifest: PathBuf,
    variables: BTreeMap<String, String>,
    environment: BTreeMap<String, OsString>,
    sandbox: bool,
    limited: Option<u32>,
    faults: bool,
    clock_ahead_ms: i64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            manifest: paths::manifest(),
            variables: BTreeMap::new(),
            environment: BTreeMap::new(),
            sandbox: false,
            limited: None,
            faults: false,
            clock_ahead_ms: 0,
        }
    }
}

impl Settings {
    /// Another app than Tasker itself.
    #[must_use]
    pub fn manifest(mut self, manifest: PathBuf) -> Self {
        self.manifest = manifest;
        self
    }

    /// With a sandbox of the outside world beside it, as `--sandbox` starts it.
    #[must_use]
    pub fn sandbox(mut self) -> Self {
        self.sandbox = true;
        self
    }

    /// On a host without service chaining, where one request may make a limited number of requests and have 128 MiB of memory;
    /// requests between components are signed with [`INTERNAL_KEY`].
    #[must_use]
    pub fn limited_host(mut self, requests: u32) -> Self {
        self.limited = Some(requests);
        self.variable("internal_calls", "signed")
            .variable("internal_key", INTERNAL_KEY)
            .variable("outbound_requests", requests)
    }

    /// Faults can be ordered.
    #[must_use]
    pub fn faults(mut self) -> Self {
        self.faults = true;
        self
    }

    /// The components' clock is ahead of this machine's by this much, or behind it.
    #[must_use]
    pub fn clock_ahead_ms(mut self, ms: i64) -> Self {
        self.clock_ahead_ms = ms;
        self
    }

    /// Sets a variable of `spin.toml`.
    #[must_use]
    pub fn variable(mut self, name: &str, value: impl ToString) -> Self {
        self.variables.insert(name.to_owned(), value.to_string());
        self
    }

    /// Sets a variable of the process's environment.
    #[must_use]
    pub fn environment(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.environment.insert(name.to_owned(), value.into());
        self
    }

    /// The services find their upstreams at one address, with keys that a sandbox takes.
    #[must_use]
    pub fn upstream(mut self, url: &str) -> Self {
        for (name, value) in tasker_sandbox::upstreams(url) {
            self = self.variable(name, value);
        }
        self.variable("google_access_token", tasker_sandbox::ACCESS_TOKEN)
    }

    /// The keystore's key that all nodes of one database have.
    #[must_use]
    pub fn shared_key(self) -> Self {
        self.variable("keystore_key", KEYSTORE_KEY)
    }
}

/// A database of its own for an app, if `TASKER_TESTS_DATABASE` says `postgres`: on one server for all
/// apps of this process.
fn postgres_database() -> Option<String> {
    static SERVER: LazyLock<Server> = LazyLock::new(|| Server::start(Durability::None));
    let wanted = std::env::var("TASKER_TESTS_DATABASE").ok()?;
    assert_eq!(wanted, "postgres", "TASKER_TESTS_DATABASE");
    Some(SERVER.database())
}

/// What `tasker up` leaves for clients in the state folder.
#[derive(Deserialize)]
struct ClientFile {
    url: String,
    /// There is none where `api_token` is off.
    token: Option<String>,
}

/// An app. Its process ends and its state goes with it.
pub struct App {
    settings: Settings,
    state: TempDir,
    process: Option<Child>,
    client: Client,
    output: Output,
    faults: Faults,
}

impl App {
    /// Tries to start an app that is set up wrongly; answers what it prints.
    ///
    /// # Panics
    /// If it starts.
    #[must_use]
    pub fn refused(settings: &Settings) -> String {
        let mut app = Self::prepare(settings);
        app.launch();
        let process = app.process.as_mut().expect("the app was launched");
        let ended = until("the app ends", 60, || {
            process.try_wait().expect("the process can be waited for")
        });
        // What it has printed is there once its streams have ended.
        let _: Option<()> = app.output.find(START, |_| None);
        assert!(!ended.success(), "{}", app.output.text());
        app.output.text()
    }

    /// Starts an app with an empty state folder.
    ///
    /// # Panics
    /// If it does not come to serve; with what it printed.
    #[must_use]
    pub fn start(settings: &Settings) -> Self {
        let mut app = Self::prepare(settings);
        app.restart();
        app
    }

    fn prepare(settings: &Settings) -> Self {
        let state = tempfile::Builder::new()
            .prefix("tasker-tests-")
            .tempdir()
            .expect("a temporary folder");
        let mut settings = settings.clone();
        // Scenarios say themselves when to sweep; and a keeper would be waited for at each stop.
        if settings.manifest == paths::manifest() {
            let variables = &mut settings.variables;
            variables
                .entry("timer".to_owned())
                .or_insert_with(|| "external".to_owned());
        }
        if settings.manifest == paths::manifest()
            && let Some(url) = postgres_database()
        {
            let variables = &mut settings.variables;
            variables.entry("database_url".to_owned()).or_insert(url);
        }
        let faults = Faults::of(state.path());
        Self {
            settings,
            state,
            process: None,
            client: Client::new("", ""),
            output: Output::default(),
            faults,
        }
    }

    fn has_postgres(&self) -> bool {
        self.settings.variables.contains_key("database_url")
    }

    /// The `spin` program that it runs on; `None`: it runs on `tasker up`.
    fn spin(&self) -> Option<PathBuf> {
        let settings = &self.settings;
        let is_plain = !settings.sandbox
            && !settings.faults
            && settings.limited.is_none()
            && settings.clock_ahead_ms == 0;
        is_plain.then(spin::program).flatten()
    }

    /// Whether its first request begins the app, as under Spin; `tasker up` begins it by itself.
    #[must_use]
    pub fn is_begun_by_requests(&self) -> bool {
        self.spin().is_some()
    }

    /// Starts the app again on the same state, on another port; kills it first if it runs.
    ///
    /// # Panics
    /// If it does not come to serve.
    pub fn restart(&mut self) {
        self.launch();
        let on_spin = self.spin().is_some();
        let served = self.output.find(START, |text| match on_spin {
            true => spin::address(text),
            false => text.contains("serving on http://").then(String::new),
        });
        let Some(address) = served else {
            panic!("the app does not serve:\n{}", self.output.text());
        };
        let file = self.state().join("client.json");
        if on_spin {
            spin::write_client(&file, &address, &self.settings.variables);
        }
        let file = fs::read(file).expect("client.json");
        let file: ClientFile =
            serde_json::from_slice(&file).expect("client.json has an address and a token");
        self.client = Client::new(&file.url, &file.token.unwrap_or_default());
        if on_spin {
            // Nothing of the app is there before it is asked for something; `tasker up` does that by itself.
            let answer = self.client.get("/runs?limit=1");
            assert!(matches!(answer.status, 200 | 401), "{}", answer.text());
        }
    }

    fn launch(&mut self) {
        self.kill();
        let output = Output::default();
        let settings = &self.settings;
        let mut command = match self.spin() {
            Some(spin) => {
                spin::command(&spin, &settings.manifest, self.state(), &settings.variables)
            }
            None => self.up(),
        };
        let mut process = command
            .envs(&settings.environment)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        output.follow(process.stdout.take().expect("stdout is a pipe"));
        output.follow(process.stderr.take().expect("stderr is a pipe"));
        self.process = Some(process);
        self.output = output;
    }

    /// `tasker up`.
    fn up(&self) -> Command {
        let mut command = Command::new(paths::program());
        // Only what the test says counts.
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("SPIN_VARIABLE_") {
                command.env_remove(name);
            }
        }
        command.env_remove(faults::VARIABLE);
        if self.settings.faults {
            command.env(faults::VARIABLE, Faults::file(self.state()));
        }
        command.env(CLOCK_AHEAD, self.settings.clock_ahead_ms.to_string());
        command
            .arg("up")
            .arg("-f")
            .arg(&self.settings.manifest)
            .arg("--state-dir")
            .arg(self.state())
            .args(["--listen", "127.0.0.1:0", "--quiet"])
            .args(self.settings.sandbox.then_some("--sandbox"))
            // The app must work on every Spin that people run.
            .args(self.has_postgres().then_some("--spin-4-0-postgres"))
            .args(self.settings.limited.into_iter().flat_map(|requests| {
                let requests = requests.to_string();
                [
                    "--no-service-chaining",
                    "--outbound-requests",
                    &requests,
                    "--memory-mib",
                    "128",
                ]
                .map(str::to_owned)
            }))
            .args(
                self.settings
                    .variables
                    .iter()
                    .flat_map(|(name, value)| ["--variable".to_owned(), format!("{name}={value}")]),
            );
        command
    }

    /// Changes a variable; it counts from the next start on.
    pub fn set(&mut self, name: &str, value: impl ToString) {
        self.settings
            .variables
            .insert(name.to_owned(), value.to_string());
    }

    /// Changes the manifest; it counts from the next start on.
    pub fn use_manifest(&mut self, manifest: &Path) {
        self.settings.manifest = manifest.to_owned();
    }

    /// Halts the process where it is, as a machine that hangs, until [`App::go_on`].
    ///
    /// # Panics
    /// If it does not run.
    pub fn halt(&self) {
        let process = self.process.as_ref().expect("the app runs");
        kill_process(Pid::from_child(process), Signal::STOP).expect("the signal is sent");
    }

    /// Lets a halted process go on.
    ///
    /// # Panics
    /// If it does not run.
    pub fn go_on(&self) {
        let process = self.process.as_ref().expect("the app runs");
        kill_process(Pid::from_child(process), Signal::CONT).expect("the signal is sent");
    }

    /// From now on no file of the process may grow beyond this many bytes, as on a full disk; `None`: no limit.
    ///
    /// # Panics
    /// If it does not run.
    pub fn limit_files(&self, bytes: Option<u64>) {
        let process = self.process.as_ref().expect("the app runs");
        let limit = Rlimit {
            current: bytes,
            maximum: None,
        };
        prlimit(Some(Pid::from_child(process)), Resource::Fsize, limit).expect("the limit is set");
    }

    /// Ends the process at once, in the middle of whatever it does.
    pub fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            // It may have ended by itself.
            let _ = process.kill();
            if self.spin().is_some() {
                let _ = kill_process_group(Pid::from_child(&process), Signal::KILL);
            }
            let _ = process.wait();
        }
    }

    /// Asks the process to stop, and waits for it.
    ///
    /// # Panics
    /// If it does not run, or does not stop.
    pub fn stop(&mut self) -> ExitStatus {
        let mut process = self.process.take().expect("the app runs");
        kill_process(Pid::from_child(&process), Signal::TERM).expect("the signal is sent");
        until("the app stops", 30, || {
            process.try_wait().expect("the process can be waited for")
        })
    }

    /// Whether the process has ended by itself.
    ///
    /// # Panics
    /// If that cannot be found out.
    pub fn has_ended(&mut self) -> bool {
        self.process.as_mut().is_none_or(|process| {
            process
                .try_wait()
                .expect("the process can be looked at")
                .is_some()
        })
    }

    /// Whether a real Spin runs it, and not `tasker up`.
    #[must_use]
    pub fn is_on_spin(&self) -> bool {
        self.spin().is_some()
    }

    /// The faults that are ordered, if [`Settings::faults`] said so.
    pub fn faults(&mut self) -> &mut Faults {
        &mut self.faults
    }

    /// A client that holds the token.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// The process's id.
    ///
    /// # Panics
    /// If it does not run.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.process.as_ref().expect("the app runs").id()
    }

    /// The state folder.
    #[must_use]
    pub fn state(&self) -> &Path {
        self.state.path()
    }

    /// The app's database, whether the app runs or not.
    #[must_use]
    pub fn database(&self) -> Database {
        match self.settings.variables.get("database_url") {
            Some(url) => Database::connect(url),
            None => Database::open(&self.state().join("sqlite_db.db")),
        }
    }

    /// What the process printed since its last start.
    #[must_use]
    pub fn output(&self) -> String {
        self.output.text()
    }

    /// What a component printed since the first start.
    #[must_use]
    pub fn log(&self, component: &str) -> String {
        ["stdout", "stderr"]
            .map(|stream| {
                let file = self
                    .state()
                    .join("logs")
                    .join(format!("{component}_{stream}.txt"));
                String::from_utf8_lossy(&fs::read(file).unwrap_or_default()).into_owned()
            })
            .concat()
    }

    /// How long the process takes from its start until it answers, on the state as it is.
    ///
    /// # Panics
    /// If it does not answer.
    pub fn start_time(&mut self) -> Duration {
        self.kill();
        let begin = Instant::now();
        self.restart();
        assert_eq!(self.client.get("/health").status, 200);
        begin.elapsed()
    }
}

impl Drop for App {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("--- the app printed\n{}", self.output.text());
            for component in ["tasks", "stack-processor", "quickjs", "wrappedkeystore"] {
                eprintln!("--- {component} printed\n{}", self.log(component));
            }
        }
        self.kill();
    }
}
