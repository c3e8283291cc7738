//! A private PostgreSQL server for tests and benches: started from the programs of this machine
//! in a temporary folder, on a free port of the loopback interface, and gone with its user, however
//! that ends.

mod tls;

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use postgres::{Client, NoTls};
use tempfile::TempDir;

/// Where Debian and its like keep a version's programs.
const PACKAGES: &str = "/usr/lib/postgresql";
/// Runs the server until its input ends, which it does however the process that started it ends; then
/// stops the server and removes its folder.
const SUPERVISOR: &str = r#"
    folder=$1 bin=$2; shift 2
    cd "$folder" || exit
    "$bin/postgres" -D data "$@" >log 2>&1 &
    server=$!
    until grep -q "ready to accept connections" log; do
        kill -0 $server 2>/dev/null || { tail -n 5 log; rm -rf "$folder"; exit 1; }
        sleep 0.02
    done
    echo ready
    read -r _
    kill -QUIT $server
    wait $server
    rm -rf "$folder"
"#;

/// The most connections that a server allows.
const CONNECTIONS: u32 = 400;

/// A server's way with data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// As PostgreSQL is by default.
    Full,
    /// Faster: nothing survives a loss of power.
    None,
}

/// What a server says of itself by TLS.
#[derive(Debug, Clone, Copy)]
pub struct Certificate<'a> {
    /// The name that its certificate is for.
    pub name: &'a str,
    /// Where the certificate of the authority that has signed it is left, in PEM. A fresh one each time.
    pub authority: &'a Path,
}

/// A running server. It stops when this is dropped, or when this process ends.
#[derive(Debug)]
pub struct Server {
    port: u16,
    databases: AtomicU32,
    supervisor: Child,
}

impl Server {
    /// Starts a server without TLS.
    ///
    /// # Panics
    /// If this machine has no PostgreSQL or it does not start.
    #[must_use]
    pub fn start(durability: Durability) -> Self {
        Self::start_as(durability, CONNECTIONS, None)
    }

    /// Starts a server with a limit on connections, three of which are only for administrators.
    ///
    /// # Panics
    /// As [`Server::start`].
    #[must_use]
    pub fn start_with_connections(durability: Durability, connections: u32) -> Self {
        Self::start_as(durability, connections, None)
    }

    /// Starts a server that also takes connections by TLS.
    ///
    /// # Panics
    /// As [`Server::start`], or if this machine has no `openssl`.
    #[must_use]
    pub fn start_with_tls(durability: Durability, certificate: Certificate<'_>) -> Self {
        Self::start_as(durability, CONNECTIONS, Some(certificate))
    }

    fn start_as(
        durability: Durability,
        connections: u32,
        certificate: Option<Certificate<'_>>,
    ) -> Self {
        let bin = programs();
        // The supervisor removes the folder.
        let folder = TempDir::with_prefix("postgres-").expect("a folder").keep();
        let user = User::find(&folder);
        let mut initdb = user.command(&bin.join("initdb"));
        // A collation that is not by bytes, to see that the store does not depend on it.
        initdb.args(["--username=postgres", "--auth=trust", "--encoding=UTF8"]);
        initdb.args([
            "--locale=C.UTF-8",
            "--locale-provider=icu",
            "--icu-locale=en-US",
        ]);
        initdb
            .args(["--no-sync", "--pgdata"])
            .arg(folder.join("data"));
        let made = initdb.current_dir(&folder).output().expect("initdb runs");
        assert!(
            made.status.success(),
            "initdb: {}",
            String::from_utf8_lossy(&made.stderr)
        );

        let port = free_port();
        let mut supervisor = user.command(Path::new("/bin/sh"));
        supervisor
            .args(["-c", SUPERVISOR, "sh"])
            .args([&folder, &bin]);
        let mut settings = settings(port, &folder, durability, connections);
        if let Some(certificate) = certificate {
            settings.extend(tls::settings(&user, &folder, certificate));
        }
        for setting in settings {
            supervisor.arg("-c").arg(setting);
        }
        supervisor.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut supervisor = supervisor.spawn().expect("the server starts");
        let mut said = String::new();
        let answer = supervisor.stdout.take().expect("its output");
        for line in BufReader::new(answer).lines().map_while(Result::ok) {
            said.push_str(&line);
            if line == "ready" {
                return Self {
                    port,
                    databases: AtomicU32::new(0),
                    supervisor,
                };
            }
        }
        supervisor.wait().expect("the supervisor has ended");
        panic!("the PostgreSQL server does not start: {said}");
    }

    /// The URL of a database.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        format!(
            "postgres://postgres@127.0.0.1:{}/{database}?sslmode=disable",
            self.port
        )
    }

    /// The port at which it listens, at 127.0.0.1.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// A fresh database; answers its URL.
    ///
    /// # Panics
    /// If it cannot be made.
    #[must_use]
    pub fn database(&self) -> String {
        let name = format!("db_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        let mut client = Client::connect(&self.url("postgres"), NoTls).expect("the server answers");
        client
            .batch_execute(&format!("CREATE DATABASE {name} STRATEGY file_copy"))
            .expect("a database is made");
        self.url(&name)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.supervisor.stdin.take());
        let _ = self.supervisor.wait();
    }
}

/// The programs of the newest PostgreSQL of this machine.
fn programs() -> PathBuf {
    let versions = fs::read_dir(PACKAGES).into_iter().flatten().flatten();
    let packaged = versions
        .filter_map(|version| {
            Some((
                version.file_name().to_str()?.parse::<u32>().ok()?,
                version.path(),
            ))
        })
        .max()
        .map(|(_, folder)| folder.join("bin"));
    let path = std::env::var_os("PATH").unwrap_or_default();
    packaged
        .into_iter()
        .chain(std::env::split_paths(&path))
        .find(|bin| bin.join("initdb").is_file() && bin.join("postgres").is_file())
        .expect("PostgreSQL is installed (Debian and Ubuntu: apt-get install postgresql)")
}

fn settings(port: u16, folder: &Path, durability: Durability, connections: u32) -> Vec<String> {
    let mut settings = vec![
        "listen_addresses=127.0.0.1".to_owned(),
        format!("port={port}"),
        format!("unix_socket_directories={}", folder.display()),
        format!("max_connections={connections}"),
        "shared_buffers=64MB".to_owned(),
    ];
    if durability == Durability::None {
        settings.extend(
            [
                "fsync=off",
                "full_page_writes=off",
                "synchronous_commit=off",
            ]
            .map(str::to_owned),
        );
    }
    settings
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("its address").port()
}

/// Who runs the server: it refuses to be run by root.
enum User {
    Me,
    Postgres,
}

impl User {
    /// Gives the folder to whom the server is run by.
    fn find(folder: &Path) -> Self {
        if number("-u", None) != Some(0) {
            return Self::Me;
        }
        let user = number("-u", Some("postgres")).expect("a user `postgres`, as the package makes");
        let group = number("-g", Some("postgres")).expect("a group `postgres`");
        chown(folder, Some(user), Some(group)).expect("the folder changes hands");
        Self::Postgres
    }

    fn command(&self, program: &Path) -> Command {
        match self {
            Self::Me => Command::new(program),
            Self::Postgres => {
                let mut command = Command::new("setpriv");
                command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]);
                command.arg(program);
                command
            }
        }
    }
}

/// A number that `id` prints: of a user, or of the one who runs this.
fn number(what: &str, user: Option<&str>) -> Option<u32> {
    let answer = Command::new("id").arg(what).args(user).output().ok()?;
    String::from_utf8(answer.stdout).ok()?.trim().parse().ok()
}
