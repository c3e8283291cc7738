//! What commands ask a server for, what they print, and how they exit.

use std::path::Path;

use crate::support::{Request, Server, TOKEN, Tasker};
use serde_json::{Value, json};

const RUN: &str = "019c2a5e-7d10-7b3a-9f6e-2f4f4f0d9c11";

fn problem(status: u16, code: &str, detail: &str) -> (u16, String) {
    let problem = json!({
        "type": format!("/errors/{code}"), "title": "No", "status": status, "detail": detail,
        "code": code, "errors": [{"path": "/depth", "message": "is not a number"}],
    });
    (status, problem.to_string())
}

fn run_record(status: &str) -> Value {
    let ended = matches!(status, "completed" | "failed" | "cancelled");
    json!({
        "taskRunId": RUN, "taskName": "report", "version": "0123456789abcdef", "status": status,
        "input": {}, "result": (status == "completed").then_some("@result"),
        "error": (status == "failed").then(|| json!({
            "name": "TypeError", "message": "no \u{1b}[2Jdata", "code": "upstream_gone", "stack": "    at report.js:3:9",
        })),
        "attempt": 1, "failures": [], "traceparent": "00-019c2a5e7d107b3a9f6e2f4f4f0d9c11-9f6e2f4f4f0d9c11-01",
        "idempotencyKey": null, "createdAt": "2026-01-31T09:30:00.000Z",
        "updatedAt": "2026-01-31T09:30:01.500Z", "startedAt": null,
        "finishedAt": ended.then_some("2026-01-31T09:30:01.500Z"), "aFieldOfTheFuture": true,
    })
}

/// The record as the server writes it: numbers and key order are the task's own.
fn run_text(status: &str) -> String {
    run_record(status)
        .to_string()
        .replace("\"@result\"", r#"{"z": 1, "a": [2.50]}"#)
}

fn event(id: u64, name: &str, data: &str) -> String {
    format!("id: {id}-{id}-\nevent: {name}\ndata: {data}\n\n")
}

fn moved() -> String {
    let moved = json!({"taskRunId": RUN, "status": "processing"}).to_string();
    format!(
        "retry: 200\n\n{}: still here\n\n",
        event(1, "status", &moved)
    )
}

fn ended(status: &str) -> String {
    event(9, "end", &run_text(status))
}

/// A server on which a submitted run takes one look to get to its end.
fn server_of_run(end: &'static str) -> Server {
    let mut looks = 0;
    Server::new(move |request| {
        if request.line == "POST /tasks" {
            return (
                202,
                json!({"taskRunId": RUN, "status": "queued"}).to_string(),
            );
        }
        if request.line == format!("GET /runs/{RUN}") {
            return (200, run_text(end));
        }
        assert_eq!(
            request.line,
            format!("GET /runs/{RUN}/events?calls=false&logs=true")
        );
        // The first answer ends before the run does.
        looks += 1;
        (200, if looks == 1 { moved() } else { ended(end) })
    })
}

#[test]
fn run_waits_and_exits_as_the_run_ended() {
    let server = server_of_run("completed");
    let tasker = Tasker::with(&server).file("in.json", " {\"depth\": 1e3} \n");
    let done = tasker.run(&["run", "report", "--input", "@in.json", "--wait"]);
    assert_eq!(done.code, 0, "{done:?}");
    assert_eq!(
        done.stdout,
        "{\n  \"z\": 1,\n  \"a\": [\n    2.50\n  ]\n}\n"
    );
    assert!(
        done.stderr.contains(RUN) && done.stderr.contains("completed in 1.5 s"),
        "{done:?}"
    );
    let submitted = &server.requests()[0];
    assert_eq!(submitted.token.as_deref(), Some(TOKEN));
    // A key is made, so that the run could be asked for again.
    let body = submitted
        .body
        .strip_prefix(r#"{"taskName":"report","input":{"depth": 1e3},"idempotencyKey":"cli-"#);
    assert!(body.is_some_and(|key| key.len() > 30), "{submitted:?}");

    let server = server_of_run("completed");
    let done = Tasker::with(&server).run_in(
        Path::new("."),
        &[
            "run",
            "report",
            "-i",
            "-",
            "--wait",
            "--json",
            "--idempotency-key",
            "k-1",
        ],
        "[1, 2]",
    );
    assert_eq!(done.code, 0);
    assert_eq!(
        done.json(),
        serde_json::from_str::<Value>(&run_text("completed")).unwrap(),
        "nothing that the server says is lost"
    );
    assert!(
        server.requests()[0]
            .body
            .contains(r#""input":[1, 2],"idempotencyKey":"k-1""#)
    );

    for (end, code) in [("failed", 1), ("cancelled", 1)] {
        let server = server_of_run(end);
        let tasker = Tasker::with(&server);
        let done = tasker.run(&["run", "report", "--wait"]);
        assert_eq!((done.code, done.stdout.as_str()), (code, ""), "{done:?}");
        assert!(
            done.stderr.contains(&format!("{end} after 1.5 s")),
            "{done:?}"
        );
        if end == "failed" {
            let logs = format!("tasker logs {RUN}");
            let words = [
                "TypeError: no \\u{1b}[2Jdata (upstream_gone)",
                "at report.js:3:9",
                &logs,
            ];
            assert!(
                words.iter().all(|word| done.stderr.contains(word)),
                "{done:?}"
            );
        }
        let server = server_of_run(end);
        let done = Tasker::with(&server).run(&["run", "report", "--wait", "--json"]);
        assert_eq!((done.code, &done.json()["status"]), (code, &json!(end)));
    }

    let server = server_of_run("suspended");
    let done = Tasker::with(&server).run(&["run", "report", "--wait", "--timeout", "0s"]);
    assert_eq!(done.code, 4, "{done:?}");
    assert!(
        done.stderr.contains(&format!("tasker show {RUN}")),
        "{done:?}"
    );

    let server = server_of_run("completed");
    let done = Tasker::with(&server).run(&["run", "report"]);
    assert_eq!((done.code, done.stdout.trim()), (0, RUN), "{done:?}");
    assert_eq!(
        server.requests()[0].body,
        r#"{"taskName":"report","input":{}}"#
    );
}

#[test]
fn what_a_run_logs_is_told_while_it_is_waited_for() {
    let logged = |level: &str, message: &str, not_kept: u64| {
        let line = json!({
            "seq": 1, "notKept": not_kept, "frame": "0", "at": "2026-01-31T09:30:00.000Z", "level": level, "message": message,
        });
        event(1, "log", &line.to_string())
    };
    let server = Server::new(move |request| match request.line.as_str() {
        "POST /tasks" => (
            202,
            json!({"taskRunId": RUN, "status": "queued"}).to_string(),
        ),
        line if line.ends_with("/events?calls=false&logs=true") => {
            let told = logged("warn", "two\nlines \u{1b}[2J", 0) + &logged("info", "one", 7);
            (200, told + &ended("completed"))
        }
        line if line.ends_with("/events?calls=false&logs=false") => (200, ended("completed")),
        line => panic!("{line}"),
    });
    let tasker = Tasker::with(&server);
    let told = tasker.run(&["run", "report", "--wait"]);
    let words = "warn  two\n      lines \\u{1b}[2J\n… 7 lines are not kept …\ninfo  one\ncompleted in 1.5 s\n";
    assert!(told.stderr.ends_with(words), "{told:?}");
    let quiet = tasker.run(&["run", "report", "--wait", "--quiet"]);
    assert_eq!(
        quiet.stderr,
        format!("run {RUN}\ncompleted in 1.5 s\n"),
        "{quiet:?}"
    );
    assert_eq!((told.code, quiet.code), (0, 0));
    assert_eq!(told.stdout, quiet.stdout, "the result alone");
}

#[test]
fn a_run_is_named_by_any_beginning_of_its_id() {
    const OTHER: &str = "019c2a5e-7d11-7000-8000-000000000000";
    let server = Server::new(|request: &Request| {
        let Some(("GET /runs", query)) = request.line.split_once('?') else {
            return (200, run_text("completed"));
        };
        let query = query.strip_prefix("id=").unwrap();
        let (beginning, rest) = query.split_once('&').unwrap();
        assert_eq!(rest, "limit=6");
        let fitting = [RUN, OTHER]
            .into_iter()
            .filter(|id| id.starts_with(&beginning.to_lowercase()))
            .map(|id| {
                let mut run = run_record("completed");
                run["taskRunId"] = json!(id);
                run
            });
        let page = json!({"items": fitting.collect::<Vec<_>>()});
        (200, page.to_string())
    });
    let tasker = Tasker::with(&server);
    for beginning in ["019c2a5e-7d10", "019C2A5E-7D10-7"] {
        let done = tasker.run(&["show", beginning]);
        assert_eq!(done.code, 0, "{done:?}");
        let asked = server.requests().last().unwrap().line.clone();
        assert_eq!(asked, format!("GET /runs/{RUN}"));
    }
    let done = tasker.run(&["cancel", "019c2a5e"]);
    assert_eq!((done.code, done.stdout.as_str()), (2, ""), "{done:?}");
    for id in [RUN, OTHER] {
        let line = format!("{id} report completed 2026-01-31 09:30:00Z");
        assert!(done.stderr.contains(&line), "{done:?}");
    }
    let done = tasker.run(&["logs", "01ff", "--json"]);
    assert_eq!(
        (done.code, &done.json()["error"]["code"]),
        (6, &json!("run_not_found"))
    );
    let asked = server.requests().len();
    for wrong in [
        "",
        "019c2a5e-7d10-7b3a-9f6e-2f4f4f0d9c11a",
        "019c2a5e7d107",
        "-",
    ] {
        assert_eq!(tasker.run(&["show", "--", wrong]).code, 2, "{wrong}");
    }
    assert_eq!(server.requests().len(), asked, "nothing was asked");
}

#[test]
fn a_run_for_later_says_when_it_begins() {
    let server = Server::new(|_| {
        let mut run = run_record("queued");
        run["runAt"] = json!("2126-01-31T09:30:00.000Z");
        run["error"] = json!({"name": "SyntaxError", "message": "Error: no \u{9b}2Jdata"});
        (200, run.to_string())
    });
    let done = Tasker::with(&server)
        .variable("TZ", "XYZ-5:30")
        .run(&["show", RUN]);
    assert!(
        done.stdout
            .contains("begins     2126-01-31 15:00:00+05:30 (in "),
        "{done:?}"
    );
    assert!(
        done.stdout
            .contains("submitted  2026-01-31 15:00:00+05:30\n")
    );
    // A name is not put before another one.
    assert!(
        done.stdout.ends_with("error\nError: no \\u{9b}2Jdata\n"),
        "{done:?}"
    );
}

#[test]
fn failures_say_why_and_exit_by_kind() {
    let server = Server::new(|request: &Request| match request.line.as_str() {
        "GET /tasks?limit=200" => problem(401, "unauthorized", "the token is wrong"),
        "POST /tasks" => problem(422, "input_invalid", "the input does not fit"),
        "DELETE /tasks/a%2Fb" => problem(404, "task_not_found", "no task `a/b`"),
        "GET /keys/a/b" => problem(403, "secret_hidden", "a secret is never shown"),
        line if line == format!("POST /runs/{RUN}/cancel") => {
            problem(409, "run_finished", "it has ended")
        }
        "POST /sweep" => (502, "<html>Bad gateway".to_owned()),
        line => panic!("{line}"),
    });
    let tasker = Tasker::with(&server);
    for (args, code, word, hint) in [
        (
            &["list"][..],
            5,
            "unauthorized",
            "does not take the token of TASKER_TOKEN",
        ),
        (&["keys", "get", "a", "b"], 8, "secret_hidden", "$secret"),
        (&["cancel", RUN], 7, "run_finished", "it has ended"),
        (
            &["run", "report", "--wait"],
            2,
            "input_invalid",
            "/depth is not a number",
        ),
        (&["delete", "a/b"], 6, "task_not_found", "tasker list"),
        (&["sweep"], 3, "strange_answer", "HTTP 502"),
        (
            &["run", "report", "--input", "{oops"],
            2,
            "usage",
            "not JSON",
        ),
        (
            &["event", "paid", "--data", "hello"],
            2,
            "usage",
            r#"--data '"hello"'"#,
        ),
        (&["show", "not-an-id"], 2, "usage", "tasker runs"),
        (
            &["run", "report", "--input", "@gone.json"],
            2,
            "io",
            "gone.json",
        ),
    ] {
        let done = tasker.run(args);
        assert_eq!(
            (done.code, done.stdout.as_str()),
            (code, ""),
            "{args:?}: {done:?}"
        );
        assert!(
            done.stderr.starts_with("error: ") && done.stderr.contains(hint),
            "{done:?}"
        );
        assert!(!done.stderr.contains(TOKEN), "{done:?}");

        let done = tasker.run(&[args, &["--json"]].concat());
        assert_eq!(
            (done.code, &done.json()["error"]["code"]),
            (code, &json!(word)),
            "{done:?}"
        );
    }

    let done = tasker.run(&["--url", "http://127.0.0.1:1", "--token", TOKEN, "list"]);
    assert_eq!(done.code, 3, "{done:?}");
    assert!(
        done.stderr.contains("cannot reach http://127.0.0.1:1")
            && done.stderr.contains("tasker up")
    );
    for wrong in [
        &["--url", "ftp://x", "list"][..],
        &["run"],
        &["runs", "--status", "eaten"],
        &["nonsense"],
    ] {
        assert_eq!(tasker.run(wrong).code, 2, "{wrong:?}");
    }
}

#[test]
fn the_audit_is_a_table_of_who_has_done_what() {
    let server = Server::new(|request: &Request| {
        let deed = |code: Option<&str>, times, detail| {
            json!({
                "at": "2026-01-31T09:30:00.000Z", "key": "ci", "keyId": "0a1b", "client": "192.0.2.7", "action": "publishTask",
                "target": "re\u{1b}port", "outcome": code.map_or("done", |_| "refused"), "code": code, "times": times,
                "detail": detail,
            })
        };
        let page = match request.line.as_str() {
            "GET /audit?limit=50" => {
                json!({"items": [deed(None, 1, json!({"version": "9b74"})), deed(Some("forbidden"), 3, Value::Null)]})
            }
            "GET /audit?key=ci&target=a%20b&limit=1" => json!({"items": []}),
            line => panic!("{line}"),
        };
        (200, page.to_string())
    });
    let tasker = Tasker::with(&server);
    let done = tasker.run(&["audit"]);
    let lines: Vec<_> = done.stdout.lines().collect();
    assert!(
        lines[1].contains("192.0.2.7") && lines[1].contains("done") && lines[1].contains("9b74")
    );
    assert!(lines[2].contains("forbidden (3 times)") && !done.stdout.contains('\u{1b}'));
    let parsed: Value = serde_json::from_str(&tasker.run(&["audit", "--json"]).stdout).unwrap();
    assert_eq!(parsed["items"][1]["times"], 3);
    let none = tasker.run(&["audit", "--key", "ci", "--target", "a b", "--limit", "1"]);
    assert!(none.stdout.is_empty() && none.stderr.contains("audit_days"));
}

#[test]
fn lists_are_tables_for_people_and_whole_pages_for_programs() {
    let server = Server::new(|request: &Request| {
        let page = match request.line.as_str() {
            "GET /runs?status=failed&task=report&limit=200" => {
                json!({"items": [run_record("failed")], "nextCursor": "a b"})
            }
            "GET /runs?status=failed&task=report&limit=200&cursor=a%20b" => {
                json!({"items": [run_record("failed")]})
            }
            "GET /runs?limit=1" => json!({"items": [run_record("completed")], "nextCursor": "x"}),
            line if line == format!("GET /runs/{RUN}/journal?limit=200") => json!({"items": [{
                "frame": "0.2", "call": 7, "position": 1, "service": "keystore", "method": ["get"],
                "args": ["ns", "k"], "result": null, "error": {"name": "Error", "message": "gone"},
                "attempts": 3, "startedAt": "2026-01-31T09:30:00.000Z", "finishedAt": "2026-01-31T09:30:00.040Z",
            }]}),
            line if line == format!("GET /runs/{RUN}/stack?limit=200") => json!({"items": [{
                "id": RUN, "path": "0", "kind": "frame", "service": "tasks", "method": ["execute"],
                "args": ["report", {}], "status": "suspended", "attempt": 0,
                "runAfter": "2026-01-31T09:30:00.000Z", "leaseExpiresAt": null,
                "createdAt": "2026-01-31T09:30:00.000Z", "updatedAt": "2026-01-31T09:30:00.000Z",
                "snapshotBytes": 7168, "snapshotRawBytes": 20480, "engine": "ab", "journalPosition": 4,
                "pendingCalls": [],
            }]}),
            line => panic!("{line}"),
        };
        (200, page.to_string())
    });
    let tasker = Tasker::with(&server);
    let filtered = ["runs", "--status", "failed", "--task", "report", "--all"];
    let done = tasker.run(&filtered);
    let lines: Vec<_> = done.stdout.lines().collect();
    assert_eq!((done.code, lines.len()), (0, 3), "{done:?}");
    assert!(
        lines[0].starts_with("RUN") && lines[1].starts_with(RUN) && lines[1].contains("failed")
    );
    let all = tasker.run(&[&filtered[..], &["--json"]].concat()).json();
    assert_eq!(all["items"].as_array().map(Vec::len), Some(2));
    assert_eq!(all["items"][1]["aFieldOfTheFuture"], true);

    let done = tasker.run(&["journal", "last"]);
    let words = [
        "0.2.7",
        "keystore.get",
        "failed",
        "40 ms",
        r#"["ns","k"]"#,
        "Error: gone",
    ];
    assert!(
        words.iter().all(|word| done.stdout.contains(word)),
        "{done:?}"
    );
    let done = tasker.run(&["stack", RUN]);
    let words = ["frame", "report", "suspended", "7.0 KB of 20.0 KB, at 4"];
    assert!(
        words.iter().all(|word| done.stdout.contains(word)),
        "{done:?}"
    );
    assert_eq!(
        tasker.run(&["runs", "-n", "1"]).stderr,
        "there are more: --limit COUNT or --all\n"
    );
}

#[test]
fn logs_are_followed_until_the_run_ends() {
    let line = |seq: u64| {
        json!({
            "seq": seq, "frame": "0", "at": "2026-01-31T09:30:00.000Z", "level": "warn", "message": format!("line {seq}"),
        })
    };
    let mut looks = 0;
    let server = Server::new(move |request: &Request| {
        assert_eq!(
            request.line,
            format!("GET /runs/{RUN}/events?calls=false&logs=true")
        );
        looks += 1;
        let told = |seqs: std::ops::RangeInclusive<u64>| -> String {
            seqs.map(|seq| event(seq, "log", &line(seq).to_string()))
                .collect()
        };
        let text = match (looks, request.last_event.as_deref()) {
            // The second answer breaks off in the middle of an event.
            (1, None) => told(1..=2),
            (2, Some("2-2-")) => told(3..=3) + "id: 4-4-\nevent: log\ndata: {",
            (3, Some("3-3-")) => told(4..=4) + &ended("completed"),
            (look, last) => panic!("look {look} after {last:?}"),
        };
        (200, text)
    });
    let done = Tasker::with(&server).run(&["logs", RUN, "--follow", "--json"]);
    let seqs: Vec<Value> = done
        .stdout
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["seq"].clone())
        .collect();
    assert_eq!(
        (done.code, seqs),
        (0, vec![json!(1), json!(2), json!(3), json!(4)]),
        "{}",
        done.stderr
    );
}

#[test]
fn a_folder_is_published_as_far_as_it_goes() {
    let server = Server::new(|request: &Request| {
        let Some(name) = request.line.strip_prefix("PUT /tasks/") else {
            panic!("{}", request.line)
        };
        if name == "refused" {
            return problem(422, "task_invalid", "SyntaxError: unexpected token");
        }
        let body: Value = serde_json::from_str(&request.body).unwrap();
        assert!(body["code"].as_str().unwrap().contains("module.exports"));
        let task = json!({
            "name": name, "version": "0123456789abcdef0123", "description": null,
            "inputSchema": null, "change": if name == "named" { "created" } else { "unchanged" },
        });
        (200, task.to_string())
    });
    let tasker = Tasker::with(&server)
        .file(
            "taskcode/a.js",
            "/** @task named */\nmodule.exports = async () => require('./shared/x')",
        )
        .file(
            "taskcode/b.js",
            "module.exports = async function execute() {}",
        )
        .file("taskcode/helper.js", "exports.help = () => 1")
        .file("taskcode/shared/x.js", "exports.x = 1");
    let done = tasker.run(&["publish", "--all"]);
    assert_eq!((done.code, done.stdout.lines().count()), (0, 3), "{done:?}");
    assert!(
        done.stdout.contains("created") && done.stdout.contains("0123456789ab  1"),
        "{done:?}"
    );
    assert!(
        done.stderr
            .contains("helper.js: passed over, it exports no task")
            && done
                .stderr
                .contains("taskcode/shared: passed over, it is a folder"),
        "{done:?}"
    );
    let body: Value = serde_json::from_str(&server.requests()[0].body).unwrap();
    assert_eq!(body["modules"], json!({"shared/x.js": "exports.x = 1"}));

    let tasker = tasker
        .file(
            "taskcode/broken.js",
            "module.exports = async () => require('./gone')",
        )
        .file("taskcode/refused.js", "module.exports = async () => {}")
        .file(
            "taskcode/z-again.js",
            "/** @task named */\nmodule.exports = async () => {}",
        );
    let done = tasker.run(&["publish", "taskcode", "--json"]);
    let items = done.json()["items"].clone();
    let codes: Vec<_> = items
        .as_array()
        .unwrap()
        .iter()
        .map(|item| &item["error"]["code"])
        .collect();
    assert_eq!(done.code, 1);
    assert_eq!(
        codes,
        [
            &Value::Null,
            &Value::Null,
            &json!("task_invalid"),
            &json!("task_invalid"),
            &json!("io")
        ]
    );
    assert!(
        done.stderr.contains("broken.js:1:38: cannot find module"),
        "{done:?}"
    );
    assert!(
        done.stderr
            .contains("refused.js: SyntaxError: unexpected token (task_invalid)"),
        "{done:?}"
    );
    assert!(
        done.stderr
            .contains("error: taskcode/z-again.js: taskcode/a.js was published as `named`"),
        "{done:?}"
    );
    assert_eq!(items[0]["modules"], json!(["shared/x.js"]));
}

#[test]
fn secret_values_are_sent_as_given_and_printed_by_get_alone() {
    let server = Server::new(|request: &Request| match request.line.as_str() {
        "PUT /keys/my%20mail/pass%2Fword" => (204, String::new()),
        "GET /keys/mail/limits" => (
            200,
            json!({"namespace": "mail", "key": "limits", "value": {"n": 1}}).to_string(),
        ),
        "GET /keys/mail/text" => (
            200,
            json!({"namespace": "mail", "key": "text", "value": "s3cret"}).to_string(),
        ),
        "GET /keys/mail" => (200, json!({"items": ["limits", "text"]}).to_string()),
        "GET /keys?limit=200" => {
            let page = json!({"items": [{"namespace": "mail", "keys": 2}]});
            (200, page.to_string())
        }
        "DELETE /keys/mail/text" => (204, String::new()),
        line => panic!("{line}"),
    });
    let tasker = Tasker::with(&server);
    let set = ["keys", "set", "my mail", "pass/word", "--input", "-"];
    let done = tasker.run_in(Path::new("."), &set, "s3cret\n");
    assert_eq!(
        (done.code, done.stdout.as_str()),
        (0, "my mail/pass/word is set\n"),
        "{done:?}"
    );
    assert_eq!(server.requests()[0].body, r#"{"value":"s3cret"}"#);
    let done = tasker.run_in(
        Path::new("."),
        &[&set[..], &["--parse"]].concat(),
        "s3cret\n",
    );
    assert_eq!(done.code, 2);
    assert!(!done.stderr.contains("s3cret"), "{done:?}");

    assert_eq!(
        tasker.run(&["keys", "get", "mail", "text"]).stdout,
        "s3cret\n"
    );
    assert_eq!(
        tasker.run(&["keys", "get", "mail", "limits"]).stdout,
        "{\n  \"n\": 1\n}\n"
    );
    assert_eq!(
        tasker.run(&["keys", "list", "mail"]).stdout,
        "limits\ntext\n"
    );
    assert_eq!(
        tasker.run(&["keys", "list"]).stdout,
        "NAMESPACE  KEYS\nmail       2\n"
    );
    assert_eq!(
        tasker.run(&["keys", "list", "--json"]).json()["items"][0]["keys"],
        2
    );
    assert_eq!(tasker.run(&["keys", "rm", "mail", "text"]).code, 0);
}

#[test]
fn an_event_is_sent() {
    let server = Server::new(|request| match request.line.as_str() {
        "POST /events" => {
            let sent = json!({"id": "e-1", "name": "paid", "delivered": 2});
            (202, sent.to_string())
        }
        other => panic!("{other}"),
    });
    let tasker = Tasker::with(&server).file("data.json", " {\"order\": 7} \n");
    let args = [
        "event",
        "paid",
        "--data",
        "@data.json",
        "--run",
        RUN,
        "--id",
        "e-1",
        "--ttl",
        "2h",
    ];
    let done = tasker.run(&args);
    assert_eq!((done.code, done.stdout.as_str()), (0, "e-1\n"), "{done:?}");
    assert!(done.stderr.contains("2 calls waited for it"), "{done:?}");
    let done = tasker.run(&["event", "paid", "--json"]);
    assert_eq!(done.json()["delivered"], 2);
    let bodies: Vec<Value> = server
        .requests()
        .iter()
        .map(|request| serde_json::from_str(&request.body).unwrap())
        .collect();
    assert_eq!(
        bodies,
        [
            json!({"name": "paid", "data": {"order": 7}, "runId": RUN, "id": "e-1", "ttlSeconds": 7200}),
            json!({"name": "paid", "data": null}),
        ]
    );
    assert_eq!(tasker.run(&["event", "paid", "--data", "{x"]).code, 2);
}

#[test]
fn many_runs_are_changed_by_a_filter() {
    const SECOND: &str = "019c2a5e-7d10-7b3a-9f6e-2f4f4f0d9c12";
    let server = Server::new(|request| match request.line.as_str() {
        "POST /runs/retry" | "POST /runs/cancel" => {
            let body: Value = serde_json::from_str(&request.body).unwrap();
            let is_first = body["cursor"].is_null();
            let changed = u32::from(body["dryRun"] == false && is_first);
            let done = json!({
                "matched": 1, "changed": changed, "skipped": u32::from(!is_first),
                "taskRunIds": if is_first { [RUN] } else { [SECOND] },
                "more": is_first, "nextCursor": is_first.then_some("next"),
            });
            (200, done.to_string())
        }
        line if line.starts_with("POST /runs/") && line.contains(SECOND) => {
            problem(409, "run_paused", "it is paused")
        }
        line if line == format!("POST /runs/{RUN}/pause") => {
            let moved = json!({"taskRunId": RUN, "status": "paused"});
            (200, moved.to_string())
        }
        other => panic!("{other}"),
    });
    let tasker = Tasker::with(&server);

    // Nobody can be asked: nothing is changed.
    let filter = [
        "retry",
        "--task",
        "report",
        "--before",
        "2026-01-31T09:30:00Z",
    ];
    let done = tasker.run(&filter);
    assert_eq!((done.code, done.stdout.as_str()), (2, ""), "{done:?}");
    assert!(
        done.stderr.contains("2 runs fit: --yes to retry them"),
        "{done:?}"
    );
    let done = tasker.run(&[&filter[..], &["--dry-run"]].concat());
    assert_eq!((done.code, done.stdout), (0, format!("{RUN}\n{SECOND}\n")));
    assert!(
        server
            .requests()
            .iter()
            .all(|request| request.body.contains("\"dryRun\":true"))
    );
    let done = tasker.run(&[&filter[..], &["--yes", "--json"]].concat());
    assert_eq!(
        done.json(),
        json!({"matched": 2, "changed": 1, "skipped": 1, "taskRunIds": [RUN, SECOND]})
    );
    assert!(
        done.stderr
            .contains("1 run submitted again; 1 left as they were"),
        "{done:?}"
    );
    let last: Value = serde_json::from_str(&server.requests().last().unwrap().body).unwrap();
    assert_eq!(
        last,
        json!({
            "filter": {"task": "report", "createdBefore": "2026-01-31T09:30:00.000Z"},
            "dryRun": false, "limit": 200, "cursor": "next",
        })
    );
    tasker.run(&["cancel", "--all", "--yes", "--reason", "over", "--force"]);
    let last: Value = serde_json::from_str(&server.requests().last().unwrap().body).unwrap();
    assert_eq!(
        (
            &last["all"],
            &last["filter"],
            &last["reason"],
            &last["force"]
        ),
        (&json!(true), &json!({}), &json!("over"), &json!(true))
    );

    // One that cannot be changed does not keep the others from it.
    let done = tasker.run(&["pause", SECOND, RUN]);
    assert_eq!((done.code, done.stdout), (1, format!("{RUN} is paused\n")));
    let done = tasker.run(&["pause", SECOND, RUN, "--json"]);
    let items = &done.json()["items"];
    assert_eq!(items[0]["error"]["code"], "run_paused");
    assert_eq!(items[1]["status"], "paused");
    for wrong in [
        &["cancel"][..],
        &["cancel", RUN, "--all"],
        &["cancel", "--all", "--task", "x"],
        &["cancel", RUN, "--yes"],
        &["cancel", "--before", "soon"],
    ] {
        assert_eq!(tasker.run(wrong).code, 2, "{wrong:?}");
    }
}

#[test]
fn keys_are_made_listed_and_revoked() {
    let about = json!({
        "name": "shop", "roles": ["submit", "observe"], "tasks": ["shop-*"], "namespaces": [],
        "createdAt": "2026-01-31T09:30:00.000Z", "expiresAt": "2026-05-01T09:30:00.000Z",
    });
    let mut made = about.clone();
    made["key"] = json!("tsk_the-very-key");
    let server = Server::new(move |request: &Request| match request.line.as_str() {
        "POST /api-keys" => {
            let body: Value = serde_json::from_str(&request.body).unwrap();
            let expected = json!({
                "name": "shop", "roles": ["submit", "observe"], "tasks": ["shop-*"], "expiresInSeconds": 7_776_000,
            });
            assert_eq!(body, expected);
            (201, made.to_string())
        }
        "GET /api-keys?limit=200" => (200, json!({ "items": [about] }).to_string()),
        "GET /api-keys/self" => (200, about.to_string()),
        "DELETE /api-keys/shop" => (204, String::new()),
        "DELETE /api-keys/other" => {
            problem(404, "api_key_not_found", "there is no API key `other`")
        }
        "POST /sweep" => problem(403, "forbidden", "the key `shop` has `submit`"),
        line => panic!("{line}"),
    });
    let tasker = Tasker::with(&server);
    let create = [
        "auth",
        "create",
        "shop",
        "--role",
        "submit",
        "--role",
        "observe",
        "--tasks",
        "shop-*",
        "--expires",
        "90d",
    ];
    let done = tasker.run(&create);
    assert_eq!(
        (done.code, &*done.stdout),
        (0, "tsk_the-very-key\n"),
        "{done:?}"
    );
    assert!(
        done.stderr.contains("only time that its key is shown"),
        "{done:?}"
    );
    for args in [&["auth", "list"][..], &["auth", "whoami"]] {
        let done = tasker.run(args);
        assert_eq!(done.code, 0, "{done:?}");
        for part in ["shop", "submit observe", "shop-*", "none", "2026-05-01"] {
            assert!(done.stdout.contains(part), "{part}: {done:?}");
        }
    }
    assert_eq!(
        tasker.run(&["auth", "revoke", "shop"]).stdout,
        "shop is revoked\n"
    );
    let done = tasker.run(&["auth", "revoke", "other"]);
    assert_eq!(done.code, 6, "{done:?}");
    let done = tasker.run(&["sweep"]);
    assert!(
        done.code == 8 && done.stderr.contains("tasker auth whoami"),
        "{done:?}"
    );
    let done = tasker.run(&["auth", "create", "x", "--role", "root"]);
    assert!(
        done.code == 2 && done.stderr.contains("admin, deploy, operate"),
        "{done:?}"
    );
    let [one, two] = [(); 2].map(|()| tasker.run(&["auth", "generate"]).stdout);
    assert!(one.trim().len() == 64 && one != two, "{one}");
}

#[test]
fn public_tokens_are_made_for_one_thing() {
    let server = Server::new(move |request: &Request| match request.line.as_str() {
        "POST /tokens" if request.body.contains("forbidden") => problem(
            403,
            "forbidden",
            "the key `shop` is for the tasks `shop-*` alone",
        ),
        "POST /tokens" => {
            let made = json!({
                "token": "tpub_the-very-token", "id": "t1", "expiresAt": "2026-01-31T09:45:00.000Z",
            });
            (201, made.to_string())
        }
        line => panic!("{line}"),
    });
    let tasker = Tasker::with(&server);
    let submit = json!({
        "taskName": "order", "input": { "customer": 7 }, "open": ["text", "amount"], "repeat": true, "read": true,
    });
    for (args, body) in [
        (
            &["read", RUN][..],
            json!({ "allow": { "read": { "runId": RUN } } }),
        ),
        (
            &[
                "submit",
                "order",
                "-i",
                "{\"customer\": 7}",
                "--open",
                "text",
                "--open",
                "amount",
                "--repeat",
                "--read",
                "--expires",
                "1h",
            ],
            json!({ "allow": { "submit": submit }, "expiresInSeconds": 3_600 }),
        ),
        (
            &["submit", "order"],
            json!({ "allow": { "submit": { "taskName": "order" } } }),
        ),
        (
            &["send", RUN, "approved"],
            json!({ "allow": { "send": { "runId": RUN, "name": "approved" } } }),
        ),
    ] {
        let done = tasker.run(&[&["auth", "token"], args].concat());
        assert_eq!(
            (done.code, &*done.stdout),
            (0, "tpub_the-very-token\n"),
            "{done:?}"
        );
        assert!(
            done.stderr.contains("2026-01-31") && done.stderr.contains("cannot be revoked"),
            "{done:?}"
        );
        let asked = server.requests().pop().unwrap();
        let asked: Value = serde_json::from_str(&asked.body).unwrap();
        assert_eq!(asked, body);
    }
    let done = tasker.run(&["auth", "token", "read", RUN, "--json"]);
    assert_eq!(done.json()["id"], "t1");
    let done = tasker.run(&["auth", "token", "submit", "forbidden"]);
    assert_eq!(done.code, 8, "{done:?}");
    for wrong in [
        &["auth", "token", "submit", "order", "--input", "{"][..],
        &["auth", "token", "send", RUN],
        &["auth", "token", "list", RUN],
    ] {
        assert_eq!(tasker.run(wrong).code, 2, "{wrong:?}");
    }
}
