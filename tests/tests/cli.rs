//! The command line against the running app, with the example tasks of this repository.

use std::io::{BufRead, BufReader, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::{Value, json};
use tasker_tests::{App, Settings, paths, until};

/// The command line, connected to an app by its environment.
struct Cli<'a> {
    app: &'a App,
}

/// How a command ended.
struct Ended {
    code: i32,
    out: String,
    err: String,
}

impl Ended {
    /// What a command printed for programs.
    #[track_caller]
    fn json(&self, code: i32) -> Value {
        assert_eq!(self.code, code, "{} {}", self.out, self.err);
        match serde_json::from_str(&self.out) {
            Ok(value) => value,
            Err(error) => panic!("{error}: {}", self.out),
        }
    }

    /// What a command printed for people.
    #[track_caller]
    fn text(&self, code: i32) -> &str {
        assert_eq!(self.code, code, "{} {}", self.out, self.err);
        &self.out
    }
}

impl Cli<'_> {
    #[track_caller]
    fn run(&self, args: &[&str]) -> Ended {
        self.run_with(args, "", self.app.client().token(), &paths::root())
    }

    #[track_caller]
    fn run_with(&self, args: &[&str], stdin: &str, token: &str, folder: &Path) -> Ended {
        let mut process = Command::new(paths::program())
            .args(args)
            .current_dir(folder)
            .env("TASKER_URL", self.app.client().url())
            .env("TASKER_TOKEN", token)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        // A command that reads nothing may have ended already.
        let _ = process
            .stdin
            .take()
            .expect("stdin is a pipe")
            .write_all(stdin.as_bytes());
        let output = process.wait_with_output().expect("the command ends");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("output is UTF-8");
        Ended {
            code: output.status.code().unwrap_or(-1),
            out: text(output.stdout),
            err: text(output.stderr),
        }
    }
}

#[test]
fn the_examples_are_published_run_and_looked_at() {
    let app = App::start(&Settings::default());
    let cli = Cli { app: &app };

    let published = cli.run(&["publish", "--all", "--json"]).json(0);
    let names = |list: &Value, key: &str| -> Vec<String> {
        let mut names: Vec<_> = list["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|item| item[key].as_str().unwrap().to_owned())
            .collect();
        names.sort();
        names
    };
    let examples = [
        "comprehensive-gmail-search",
        "content-from-search",
        "gapi-list-domains-with-nested",
        "module-diagnostic",
        "nested-calls-test",
        "parallel-fan-out",
        "promise-handling-example",
    ];
    assert_eq!(names(&published, "name"), examples);
    assert!(
        published["items"]
            .as_array()
            .unwrap()
            .iter()
            .all(|item| item["change"] == "created")
    );
    let again = cli.run(&["publish", "--all", "--json"]).json(0);
    assert!(
        again["items"]
            .as_array()
            .unwrap()
            .iter()
            .all(|item| item["change"] == "unchanged")
    );
    assert_eq!(
        names(&cli.run(&["list", "--json"]).json(0), "name"),
        examples
    );
    assert!(
        cli.run(&["publish", "--list"])
            .text(0)
            .contains("parallel-fan-out")
    );

    let fanned = cli
        .run(&[
            "run",
            "parallel-fan-out",
            "--input",
            r#"{"count":30,"nested":4}"#,
            "--wait",
            "--json",
        ])
        .json(0);
    assert_eq!(fanned["status"], "completed");
    assert_eq!(
        fanned["result"],
        json!({
            "created": 30, "sum": 435, "sumOfSquares": 8555, "parity": { "even": 15, "odd": 15 },
            "nestedTasks": 4, "nestedLevels": 10,
        })
    );
    let nested = cli.run_with(
        &[
            "run",
            "nested-calls-test",
            "--input",
            "-",
            "--wait",
            "--json",
        ],
        r#"{"depth":6}"#,
        app.client().token(),
        &paths::root(),
    );
    let nested = nested.json(0);
    assert_eq!(nested["result"]["levels"], 7);
    assert_eq!(nested["result"]["nested"]["nested"]["depth"], 4);
    let promises = cli
        .run(&[
            "run",
            "promise-handling-example",
            "--input",
            r#"{"name":"Ada"}"#,
            "--wait",
            "--json",
        ])
        .json(0);
    let result = &promises["result"];
    assert_eq!(result["sequential"], "HELLO ADA");
    assert_eq!(
        result["parallel"],
        json!({ "first": "hello Ada", "created": true, "nestedLevels": 2 })
    );
    assert_eq!(
        result["any"],
        json!({ "found": "hello Ada", "whenAllFail": 2 })
    );
    assert_eq!(
        result["allSettled"][1],
        json!({ "status": "rejected", "error": "Error", "code": "task_not_found" })
    );
    assert_eq!(
        result["errors"]["caught"][1]["isRangeError"], true,
        "{result}"
    );
    let diagnostic = cli
        .run(&[
            "run",
            "module-diagnostic",
            "--input",
            r#"{"checkGlobalScope":true}"#,
            "--wait",
            "--json",
        ])
        .json(0);
    let report = &diagnostic["result"];
    assert_eq!(report["absent"].as_array().unwrap().len(), 6, "{report}");
    assert_eq!(report["tools"]["unknownMethod"]["code"], "unknown_method");
    assert_eq!(report["tools"]["unknownService"]["code"], "unknown_service");
    assert_eq!(report["modules"]["sameInstance"], true);
    assert_eq!(
        report["modules"]["./shared/collections"]["mapLimit"],
        "function"
    );

    let id = fanned["taskRunId"].as_str().unwrap();
    assert_eq!(
        cli.run(&["runs", "--json"]).json(0)["items"]
            .as_array()
            .unwrap()
            .len(),
        4
    );
    assert!(
        cli.run(&[
            "runs",
            "--status",
            "completed",
            "--task",
            "parallel-fan-out"
        ])
        .text(0)
        .contains(id)
    );
    assert_eq!(cli.run(&["show", id, "--json"]).json(0)["taskRunId"], id);
    assert!(
        cli.run(&["show", "last"])
            .text(0)
            .contains("module-diagnostic")
    );
    let journal = cli.run(&["journal", id, "--json"]).json(0);
    assert_eq!(journal["items"].as_array().unwrap().len(), 3 * 30 + 4 + 6);
    assert!(
        cli.run(&["journal", id])
            .text(0)
            .contains("keystore.delete")
    );
    assert!(
        cli.run(&["logs", id])
            .text(0)
            .contains("storing 30 values at once")
    );
    assert_eq!(
        cli.run(&["stack", id, "--json"]).json(0)["items"],
        json!([])
    );
    assert_eq!(cli.run(&["cancel", id]).code, 7);

    // Runs are taken by the beginning of their id.
    let (moment, none) = (&id[..24], "00000000-0000");
    assert_eq!(
        cli.run(&["show", moment, "--json"]).json(0)["taskRunId"],
        id
    );
    let ambiguous = cli.run(&["show", &id[..4]]);
    assert_eq!(ambiguous.code, 2);
    assert!(ambiguous.err.contains(id), "{}", ambiguous.err);
    assert_eq!(cli.run(&["show", none]).code, 6);
}

#[test]
fn exit_codes_tell_what_happened() {
    let app = App::start(&Settings::default());
    let cli = Cli { app: &app };
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("tasks")).unwrap();
    let write = |name: &str, code: &str| {
        std::fs::write(folder.path().join("tasks").join(name), code).unwrap()
    };
    write("gate.js", include_str!("../tasks/gate.js"));
    write(
        "fails.js",
        "module.exports = async () => { console.error('about to fail'); throw new TypeError('it failed'); };",
    );
    let run = |args: &[&str]| cli.run_with(args, "", app.client().token(), folder.path());

    assert_eq!(run(&["publish", "tasks"]).code, 0);
    write("broken.js", "module.exports = async ( => 1;");
    let published = run(&["publish", "tasks"]);
    assert_eq!(published.code, 1);
    assert!(published.err.contains("broken.js"), "{}", published.err);

    let asks = |says: &str| format!("/** @task asks\n{says} */\nmodule.exports = async () => 1;");
    write("asks.js", &asks(" * @keystore mail\n * @calls fails"));
    let asked = run(&["publish", "tasks/asks.js"]);
    assert_eq!(
        asked.err.lines().next(),
        Some("asks: uses of the keystore: mail; calls: fails")
    );
    write("asks.js", &asks(" * @keystore mail\n * @calls fails, gate"));
    let asked = run(&[
        "publish",
        "tasks/asks.js",
        "--keystore",
        "mail",
        "--keystore",
        "pay",
        "--hears",
        "",
    ]);
    let said = "asks: uses of the keystore: mail, pay; calls: fails, gate; hears: nothing; NEW in keystore: pay; NEW in calls: gate";
    assert_eq!((asked.code, asked.err.lines().next()), (0, Some(said)));

    let failed = run(&["run", "fails", "--wait"]);
    assert_eq!(failed.code, 1);
    assert!(
        failed.err.contains("error about to fail\n") && failed.err.contains("`tasker logs "),
        "{}",
        failed.err
    );
    assert!(
        failed.err.contains("TypeError: it failed"),
        "{}",
        failed.err
    );
    assert_eq!(
        run(&["run", "fails", "--wait", "--json"]).json(1)["error"]["message"],
        "it failed"
    );
    assert!(run(&["logs", "last"]).text(0).contains("about to fail"));
    assert_eq!(run(&["run", "no-such-task"]).code, 6);
    assert_eq!(run(&["run", "fails", "--input", "{"]).code, 2);
    assert_eq!(run(&["run"]).code, 2);
    let wrong = cli.run_with(&["runs"], "", "not-the-token", folder.path());
    assert_eq!(wrong.code, 5, "{}", wrong.err);
    assert!(
        wrong.err.contains("does not take the token"),
        "{}",
        wrong.err
    );

    // A live run: it is watched until the time is up, followed, and cancelled.
    let waited = run(&[
        "run",
        "gate",
        "--input",
        r#"{"ns":"never"}"#,
        "--wait",
        "--timeout",
        "300ms",
    ]);
    assert_eq!(waited.code, 4);
    let id = run(&["runs", "--task", "gate", "--json"]).json(0)["items"][0]["taskRunId"]
        .as_str()
        .unwrap()
        .to_owned();
    until("the run is alive", 10, || {
        run(&["stack", &id]).text(0).contains("gate").then_some(())
    });
    let cancelled = run(&["cancel", &id, "--reason", "enough", "--by", "ada"]);
    assert!(cancelled.text(0).contains("is being cancelled"));
    assert_eq!(run(&["logs", &id, "--follow"]).code, 0);
    assert_eq!(run(&["run", "gate", "--input", r#"{"ns":"open"}"#]).code, 0);
    assert_eq!(run(&["sweep", "--json"]).json(0)["reclaimed"], 0);

    assert_eq!(
        cli.run_with(
            &["keys", "set", "open", "gate", "--input", "-"],
            "seven\n",
            app.client().token(),
            folder.path()
        )
        .code,
        0
    );
    assert_eq!(run(&["keys", "get", "open", "gate"]).text(0), "seven\n");
    assert_eq!(run(&["keys", "list", "open"]).text(0), "gate\n");
    assert_eq!(
        run(&["keys", "list", "--json"]).json(0),
        json!({ "items": [{ "namespace": "open", "keys": 1 }] })
    );
    let secret = [
        "keys",
        "set",
        "--secret",
        "shop",
        "token",
        "hidden-from-all",
    ];
    assert_eq!(run(&secret).code, 0);
    assert_eq!(run(&["keys", "get", "shop", "token"]).code, 8);
    let last = run(&["logs", "last", "--follow"]);
    assert_eq!(last.code, 0, "{}", last.err);
    assert_eq!(run(&["show", "last", "--json"]).json(0)["result"], "seven");
    assert_eq!(run(&["keys", "rm", "open", "gate"]).code, 0);
    assert_eq!(run(&["keys", "get", "open", "gate"]).code, 6);
    assert_eq!(run(&["delete", "gate"]).code, 0);
    assert_eq!(run(&["run", "gate", "--input", r#"{"ns":"open"}"#]).code, 6);
}

/// An address that stays while the app behind it comes and goes: what stands before an app that is started
/// again.
struct Door {
    url: String,
    behind: Arc<Mutex<String>>,
}

impl Door {
    fn to(app: &App) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let behind = Arc::new(Mutex::new(String::new()));
        let target = Arc::clone(&behind);
        thread::spawn(move || {
            for inside in listener.incoming() {
                let address = target.lock().unwrap().clone();
                // Without an app the connection is closed.
                if let (Ok(inside), Ok(outside)) = (inside, TcpStream::connect(address)) {
                    let (from, to) = (inside.try_clone().unwrap(), outside.try_clone().unwrap());
                    thread::spawn(move || pass(from, to));
                    thread::spawn(move || pass(outside, inside));
                }
            }
        });
        let door = Self { url, behind };
        door.lead_to(app);
        door
    }

    fn lead_to(&self, app: &App) {
        let address = app.client().url().strip_prefix("http://").unwrap();
        *self.behind.lock().unwrap() = address.to_owned();
    }
}

/// Passes on what comes until it ends on either side.
fn pass(mut from: TcpStream, mut to: TcpStream) {
    let _ = std::io::copy(&mut from, &mut to);
    let _ = to.shutdown(Shutdown::Both);
    let _ = from.shutdown(Shutdown::Both);
}

#[test]
fn a_run_is_waited_for_while_the_app_is_killed_and_started_again() {
    let mut app = App::start(&Settings::default());
    let door = Door::to(&app);
    app.client()
        .publish("gate", include_str!("../tasks/gate.js"));
    let mut waiting = Command::new(paths::program())
        .args(["run", "gate", "--input", r#"{"ns":"outage"}"#, "--wait"])
        .args(["--patience", "10m"])
        .env("TASKER_URL", &door.url)
        .env("TASKER_TOKEN", app.client().token())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut told = BufReader::new(waiting.stderr.take().expect("stderr is a pipe")).lines();
    let mut tells = |words: &str| {
        let line = told.find(|line| line.as_ref().expect("a line").contains(words));
        line.unwrap_or_else(|| panic!("it never tells `{words}`"))
            .expect("a line")
    };
    let id = tells("run ")[4..].to_owned();

    app.kill();
    tells("trying again for 10m");
    app.restart();
    door.lead_to(&app);
    tells("the app answers again");
    let opened = app
        .client()
        .put("/keys/outage/gate", &json!({ "value": "open" }));
    assert_eq!(opened.status, 204);
    tells("completed in");
    let ended = waiting.wait_with_output().expect("the command ends");
    let result = String::from_utf8_lossy(&ended.stdout).into_owned();
    assert_eq!(
        (ended.status.code(), result.as_str()),
        (Some(0), "\"open\"\n")
    );
    let runs = app.client().get("/runs").expect::<Value>(200);
    let ids: Vec<_> = runs["items"].as_array().unwrap().iter().collect();
    assert_eq!(ids.len(), 1, "{runs}");
    assert_eq!(ids[0]["taskRunId"], json!(id));
}

#[cfg(unix)]
#[test]
fn a_state_folder_is_private_and_one_process_has_it() {
    use std::os::unix::fs::PermissionsExt;

    let mut app = App::start(&Settings::default());
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
    let client = app.state().join("client.json");
    let before = std::fs::read(&client).unwrap();

    let second = Command::new(paths::program())
        .args(["up", "--quiet", "--listen", "127.0.0.1:0", "--state-dir"])
        .arg(app.state())
        .arg("-f")
        .arg(paths::manifest())
        .output()
        .expect("the program starts");
    let told = String::from_utf8_lossy(&second.stderr).into_owned();
    assert_eq!(second.status.code(), Some(7), "{told}");
    for words in [
        &format!("process {} serves", app.pid()),
        app.client().url(),
        "--state-dir",
    ] {
        assert!(told.contains(words), "{told}");
    }
    assert_eq!(std::fs::read(&client).unwrap(), before);
    assert_eq!(app.client().get("/health").status, 200);

    // A killed one holds nothing, and a folder that others could enter is closed to them.
    std::fs::set_permissions(app.state(), std::fs::Permissions::from_mode(0o755)).unwrap();
    app.restart();
    assert_eq!((mode(app.state()), mode(&client)), (0o700, 0o600));
}

#[test]
fn a_sandbox_lives_as_long_as_the_app() {
    let mut app = App::start(&Settings::default().sandbox());
    let cli = Cli { app: &app };
    cli.run(&["publish", "--all", "--json"]).json(0);
    let bounds = ["--max-users-per-domain", "1", "--max-results-per-user", "1"];
    let found = cli.run(&[&["gmail-search", "--query", "subject:meeting"], &bounds[..]].concat());
    let text = found.text(0);
    assert!(text.contains("ada@example.com") && text.contains("Meeting on Monday"));
    assert!(text.ends_with("2 messages in 2 mailboxes of 2 domains; 0 could not be read\n"));

    let printed = app.output();
    let (_, line) = printed.split_once("SANDBOX on http://").expect(&printed);
    let (address, _) = line.split_once(": ").expect(&printed);
    TcpStream::connect(address).expect("the sandbox serves");
    app.kill();
    until("the sandbox ends", 30, || {
        TcpStream::connect(address).is_err().then_some(())
    });
}
