//! Starts of the app: what is compiled when, what is said of it, and in which form.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tasker_tests::{App, Settings, paths, until};
use tempfile::TempDir;

/// A program that begins to compile says so.
const COMPILES: &str = "compiling 1 component for this machine, once: ";

/// An app of one small component, so that compiling does not take long.
struct Small {
    folder: TempDir,
}

impl Small {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let wasm = paths::root().join("target/wasm32-wasip1/release/sweeper.wasm");
        fs::copy(wasm, folder.path().join("sweeper.wasm")).unwrap();
        let manifest = "spin_manifest_version = 2\n[application]\nname = \"small\"\n\
            [[trigger.http]]\nroute = \"/health\"\nstatic_response = { body = \"fine\" }\n\
            [[trigger.cron]]\ncron_expression = \"0 0 0 1 1 *\"\ncomponent = \"sweeper\"\n\
            [component.sweeper]\nsource = \"sweeper.wasm\"\n";
        fs::write(folder.path().join("spin.toml"), manifest).unwrap();
        Self { folder }
    }

    fn manifest(&self) -> PathBuf {
        self.folder.path().join("spin.toml")
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A start by a user with these caches, in a new state folder.
    fn start(&self) -> App {
        let settings = Settings::default().manifest(self.manifest());
        App::start(&settings.environment("XDG_CACHE_HOME", self.path("caches")))
    }

    /// The program with this command on this app.
    fn command(&self, arguments: &[&str]) -> Command {
        let (name, options) = arguments.split_first().expect("a command");
        let mut command = Command::new(paths::program());
        command
            .args([name, "-f"])
            .arg(self.manifest())
            .args(options)
            .env("XDG_CACHE_HOME", self.path("caches"))
            .env_remove("CACHE_DIRECTORY")
            .stdin(Stdio::null());
        command
    }
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let files = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    files
        .filter(|file| file.extension().is_some_and(|end| end == "cwasm"))
        .collect()
}

/// Waits until the app has said it: what it says and that it serves come on different streams.
#[track_caller]
fn says(app: &App, text: &str) {
    until(text, 60, || app.output().contains(text).then_some(()));
}

#[test]
fn only_the_first_start_compiles() {
    let small = Small::new();
    let first = small.start();
    says(&first, &format!("{COMPILES}0/1\n"));
    says(&first, &format!("{COMPILES}1/1 (sweeper)\n"));
    assert_eq!(first.client().get("/health").status, 200);
    let cache = small.path("caches/tasker");
    assert_eq!(
        fs::metadata(&cache).unwrap().permissions().mode() & 0o777,
        0o700
    );
    let [entry] = <[_; 1]>::try_from(entries(&cache)).unwrap();
    let inode = || fs::metadata(&entry).unwrap().ino();
    let compiled = inode();
    assert!(
        !first.state().join("cache").exists(),
        "the state folder has no copy"
    );

    let second = small.start();
    assert_eq!(inode(), compiled, "used as it is");
    assert!(!second.output().contains("compiling"));

    fs::write(&entry, "damaged").unwrap();
    let third = small.start();
    says(&third, "it is damaged");
    says(&third, COMPILES);
    let compiled = inode();
    small.start();
    assert_eq!(inode(), compiled, "mended");

    let wasm = small.path("sweeper.wasm");
    let mut changed = fs::read(&wasm).unwrap();
    // A custom section with an empty name.
    changed.extend([0, 1, 0]);
    fs::write(&wasm, changed).unwrap();
    says(&small.start(), COMPILES);
    assert_eq!(entries(&cache).len(), 2, "contents count, not names");
}

#[test]
fn compiling_beforehand_says_how_far_it_is_in_the_form_that_is_asked_for() {
    let small = Small::new();
    let compile = || {
        let ended = small
            .command(&["compile", "--log-format", "json", "--json"])
            .output()
            .unwrap();
        assert!(ended.status.success(), "{ended:?}");
        let done: Value = serde_json::from_slice(&ended.stdout).unwrap();
        (done, String::from_utf8(ended.stderr).unwrap())
    };
    let (done, said) = compile();
    assert_eq!(done["compiled"], 1);
    let lines: Vec<Value> = said
        .lines()
        .map(|line| serde_json::from_str(line).expect(line))
        .collect();
    let said: Vec<_> = lines
        .iter()
        .map(|line| {
            (
                line["level"].as_str().unwrap(),
                line["component"].as_str().unwrap(),
                line["msg"].as_str().unwrap(),
            )
        })
        .collect();
    let expected = ["0/1", "1/1 (sweeper)"].map(|done| format!("{COMPILES}{done}"));
    assert_eq!(
        said,
        expected
            .each_ref()
            .map(|msg| ("info", "runtime", msg.as_str()))
    );
    let (done, said) = compile();
    assert_eq!(
        (&done["components"], &done["compiled"], said.as_str()),
        (&1.into(), &0.into(), "")
    );

    // Where there is no home, the state folder has it.
    let state = small.path("state");
    let mut process = small
        .command(&["up", "--listen", "127.0.0.1:0", "--state-dir"])
        .arg(&state)
        .env_remove("XDG_CACHE_HOME")
        .env_remove("HOME")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    wait_until_it_serves(&mut process);
    stop(process);
    assert_eq!(entries(&state.join("cache")).len(), 1);
}

#[test]
fn the_service_manager_and_its_journal_are_told() {
    let small = Small::new();
    let socket = small.path("notify");
    let manager = UnixDatagram::bind(&socket).unwrap();
    manager
        .set_read_timeout(Some(Duration::from_secs(300)))
        .unwrap();
    let next = || {
        let mut buffer = [0; 512];
        let length = manager.recv(&mut buffer).expect("a message of the app");
        String::from_utf8_lossy(&buffer[..length]).into_owned()
    };
    let journal = small.path("journal");
    let stderr = File::create(&journal).unwrap();
    let stream = {
        let metadata = stderr.metadata().unwrap();
        format!("{}:{}", metadata.dev(), metadata.ino())
    };
    let mut process = small
        .command(&["up", "--listen", "127.0.0.1:0", "--state-dir"])
        .arg(small.path("state"))
        .env("NOTIFY_SOCKET", &socket)
        .env("WATCHDOG_USEC", "300000")
        .env("JOURNAL_STREAM", stream)
        .stdout(Stdio::piped())
        .stderr(stderr)
        .spawn()
        .unwrap();
    wait_until_it_serves(&mut process);
    assert_eq!(next(), "READY=1\n");
    for _ in 0..3 {
        assert_eq!(next(), "WATCHDOG=1\n");
    }
    kill_process(Pid::from_child(&process), Signal::TERM).unwrap();
    until("it says that it stops", 300, || {
        (next() == "STOPPING=1\n").then_some(())
    });
    assert!(process.wait().unwrap().success());
    let said = fs::read_to_string(&journal).unwrap();
    let of_variables =
        "<4>runtime: variable `api_token` was given, but the application has no such variable\n";
    let of_compiling =
        ["0/1", "1/1 (sweeper)"].map(|done| format!("<6>runtime: {COMPILES}{done}\n"));
    assert_eq!(said, format!("{of_variables}{}", of_compiling.concat()));
}

#[test]
fn a_console_that_cannot_be_written_to_keeps_nobody_from_serving() {
    let small = Small::new();
    let state = small.path("state");
    let full = || File::options().write(true).open("/dev/full").unwrap();
    let mut process = small
        .command(&["up", "--listen", "127.0.0.1:0", "--state-dir"])
        .arg(&state)
        .stdout(full())
        .stderr(full())
        .spawn()
        .unwrap();
    let client = until("it has left its address", 300, || {
        let file = fs::read(state.join("client.json")).ok()?;
        serde_json::from_slice::<Value>(&file).ok()
    });
    let url = client["url"].as_str().unwrap();
    assert_eq!(
        tasker_tests::Client::new(url, "").get("/health").status,
        200
    );
    assert_eq!(process.try_wait().unwrap(), None);
    stop(process);

    // The log of a file is where it is said to be, and nothing else is on the console.
    let file = small.path("log/here.txt");
    let ended = small
        .command(&["compile", "--cache-dir"])
        .arg(small.path("other"))
        .arg("--log-file")
        .arg(&file)
        .output()
        .unwrap();
    assert!(
        ended.status.success() && ended.stderr.is_empty(),
        "{ended:?}"
    );
    let said = fs::read_to_string(&file).unwrap();
    assert!(
        said.lines()
            .all(|line| line.contains("Z INFO  runtime: compiling 1 component"))
            && said.lines().count() == 2,
        "{said}"
    );
    assert!(!said.contains('\x1b'));
}

fn wait_until_it_serves(process: &mut Child) {
    let lines = BufReader::new(process.stdout.take().unwrap()).lines();
    let serves = lines
        .map_while(Result::ok)
        .any(|line| line.contains("serving on http://"));
    assert!(serves, "it ended instead");
}

fn stop(mut process: Child) {
    kill_process(Pid::from_child(&process), Signal::TERM).unwrap();
    assert!(process.wait().unwrap().success());
}
