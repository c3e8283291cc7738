//! Where samples are run: the app with its sandbox, and a reader's folder with the files that the documents speak of.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use tasker_domain::{RunId, RunStatus};
use tasker_sandbox::Sandbox;
use tasker_tests::{App, Client, Settings, paths, until};
use tempfile::TempDir;

/// Where the documents say that the app is.
const DOCUMENTED: &str = "http://127.0.0.1:3000";

/// Tells curl to fail when the app refuses, and what status came.
const CURL: &str = r#"#!/bin/sh
PATH=$SYSTEM_PATH; export PATH
exec curl --silent --show-error --fail-with-body --write-out '%{stderr}status %{http_code}\n' "$@"
"#;

/// The app with its outside world, and a folder to work in.
pub(crate) struct Stage {
    pub(crate) app: App,
    folder: TempDir,
    /// It ends with the stage.
    _sandbox: Sandbox,
}

/// How a command ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// What a run has to be like for a command that is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// It waits for an event.
    Live,
    Paused,
    Ended,
}

impl Stage {
    pub(crate) fn start() -> Self {
        let sandbox = match Sandbox::start(&tasker_sandbox::Settings::default()) {
            Ok(sandbox) => sandbox,
            Err(error) => panic!("{error}"),
        };
        // As `tasker up --sandbox` does.
        let variables = sandbox.variables().into_iter();
        let settings = variables.fold(Settings::default(), |settings, (name, value)| {
            settings.variable(name, value)
        });
        let app = App::start(&settings);
        let folder = TempDir::with_prefix("tasker-samples-").expect("a folder");
        let stage = Self {
            app,
            folder,
            _sandbox: sandbox,
        };
        copy(
            &Path::new(env!("CARGO_MANIFEST_DIR")).join("samples"),
            &stage.folder(),
        );
        copy(
            &paths::root().join("taskcode"),
            &stage.folder().join("taskcode"),
        );
        copy(
            &paths::root().join("taskcode/shared"),
            &stage.folder().join("samples/shared"),
        );
        fs::create_dir_all(stage.folder().join(".spin")).expect("a folder");
        let client = stage.app.state().join("client.json");
        fs::copy(client, stage.folder().join(".spin/client.json")).expect("client.json");
        stage.programs();
        stage.components();
        stage
    }

    /// The programs that are not on every path: `tasker`, and curl as it is used here.
    fn programs(&self) {
        let bin = self.folder().join("bin");
        fs::create_dir_all(&bin).expect("a folder");
        symlink(paths::program(), bin.join("tasker")).expect("a link");
        let curl = bin.join("curl");
        fs::write(&curl, CURL).expect("a program");
        fs::set_permissions(&curl, fs::Permissions::from_mode(0o755)).expect("a program");
    }

    /// The app's manifest, as in a checkout, and in the place of its components some that are compiled in no time.
    fn components(&self) {
        let manifest = fs::read_to_string(paths::manifest_with_timer()).expect("the manifest");
        fs::write(self.folder().join("spin-cron.toml"), &manifest).expect("the manifest");
        let manifest: toml::Table = manifest.parse().expect("the manifest is TOML");
        let components = manifest["component"].as_table().expect("components");
        for (name, component) in components {
            let file = self
                .folder()
                .join(component["source"].as_str().expect("a file"));
            fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
            fs::write(file, empty(name)).expect("a component");
        }
    }

    pub(crate) fn client(&self) -> &Client {
        self.app.client()
    }

    pub(crate) fn folder(&self) -> PathBuf {
        self.folder.path().to_owned()
    }

    /// Runs a command in the folder. What it exports is there for the commands after it, until [`Stage::forget`].
    pub(crate) fn shell(&self, command: &str, stdin: &str) -> Ended {
        let command = command.replace(DOCUMENTED, self.client().url());
        let script = format!(
            "set -a; if [ -f bin/env ]; then . bin/env; fi\n{command}\nstatus=$?; export -p >bin/env; exit $status"
        );
        let path = format!(
            "{}:{}",
            self.folder().join("bin").display(),
            std::env::var("PATH").unwrap_or_default()
        );
        let input = self.folder().join("bin/input");
        fs::write(&input, stdin).expect("an input");
        let output = Command::new("timeout")
            .args(["60", "bash", "-c", &script])
            .current_dir(self.folder())
            .env("PATH", path)
            .env("HOME", self.folder())
            .env("SYSTEM_PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("TASKER_URL", self.client().url())
            .env("TASKER_TOKEN", self.client().token())
            .env_remove("TASKER_CONFIG")
            .env_remove("CACHE_DIRECTORY")
            .env_remove("XDG_CACHE_HOME")
            .stdin(fs::File::open(&input).expect("an input"))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .output()
            .expect("a shell");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Ended {
            code: output.status.code().unwrap_or(-1),
            out: text(&output.stdout),
            err: text(&output.stderr),
        }
    }

    /// What commands have exported.
    pub(crate) fn exported(&self) -> BTreeMap<String, String> {
        let names = self.shell("env -0", "").out;
        names
            .split('\0')
            .filter_map(|variable| variable.split_once('='))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect()
    }

    /// Forgets what commands have exported.
    pub(crate) fn forget(&self) {
        // There may be none yet.
        let _ = fs::remove_file(self.folder().join("bin/env"));
    }

    /// The newest run is as it is wanted.
    pub(crate) fn prepare(&self, wanted: Wanted) -> RunId {
        let client = self.client();
        if wanted == Wanted::Ended {
            let greet = fs::read_to_string(self.folder().join("greet.js")).expect("a task");
            client.publish("greet", &greet);
            return client.run("greet", json!({ "name": "Ada" })).task_run_id;
        }
        client.post(
            "/runs/cancel",
            &json!({ "filter": { "task": "approval" }, "force": true }),
        );
        let run = client.submit("approval", json!({}));
        until("a run waits for its events", 60, || {
            let waiting = client
                .stack(run)
                .into_iter()
                .filter(|entry| entry.service == "event");
            (waiting.count() == 2 && client.show(run).status == RunStatus::Suspended).then_some(())
        });
        if wanted == Wanted::Paused {
            assert_eq!(
                client
                    .call("POST", &format!("/runs/{run}/pause"), None)
                    .status,
                200
            );
        }
        run
    }

    /// The tasks that the documents speak of are published, and no others.
    pub(crate) fn give(&self) {
        for task in self.client().pages::<Value>("/tasks") {
            self.withdraw(task["name"].as_str().unwrap_or_default());
        }
        let published = self.shell("tasker publish given", "");
        assert_eq!(published.code, 0, "{published:?}");
    }

    /// Takes a sample's task away, so that its schedules do not fire. If it stood for one that is given, that is back.
    pub(crate) fn take_back(&self, task: &str) {
        self.withdraw(task);
        let given = format!("given/{task}.js");
        if self.folder().join(&given).is_file() {
            let published = self.shell(&format!("tasker publish {given}"), "");
            assert_eq!(published.code, 0, "{published:?}");
        }
    }

    fn withdraw(&self, task: &str) {
        let path = format!("/tasks/{}", task.replace('/', "%2F"));
        assert_eq!(
            self.client().call("DELETE", &path, None).status,
            204,
            "{task}"
        );
    }

    /// There are runs of `report` that have not begun.
    pub(crate) fn queue_reports(&self) {
        for _ in 0..3 {
            let later = json!({ "taskName": "report", "input": { "month": "2026-01" }, "delayMs": 3_600_000 });
            assert_eq!(self.client().post("/tasks", &later).status, 202);
        }
    }

    /// The keystore as after a start.
    pub(crate) fn empty_keystore(&self) {
        self.app.database().change("DELETE FROM keystore", []);
    }

    /// The same, but for the secrets that the documents refer to.
    pub(crate) fn reset(&self) {
        self.empty_keystore();
        for key in ["token", "password"] {
            let secret =
                json!({ "value": "a secret of the shop", "secret": true, "hosts": ["127.0.0.1"] });
            let kept = self.client().put(&format!("/keys/shop/{key}"), &secret);
            assert_eq!(kept.status, 204, "{}", kept.text());
        }
    }
}

/// A component that has its name in a section of its own, and nothing else.
fn empty(name: &str) -> Vec<u8> {
    let length = u8::try_from(name.len()).expect("a short name");
    let head = b"\0asm\x0d\0\x01\0";
    [head, &[0, length + 1, length][..], name.as_bytes()].concat()
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry").path();
        let target = to.join(entry.file_name().expect("a name"));
        if entry.is_dir() {
            copy(&entry, &target);
        } else {
            fs::copy(&entry, &target).expect("a copy");
        }
    }
}
