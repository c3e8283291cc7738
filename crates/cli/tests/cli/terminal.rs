//! What people see in a terminal: colours, tables that fit, and what Ctrl-C does.

use std::sync::mpsc;

use serde_json::{Value, json};

use crate::support::{Request, Server, Tasker};

const RUNS: [&str; 2] = [
    "019c2a5e-7d10-7b3a-9f6e-2f4f4f0d9c11",
    "019c2a5e-8f02-7c55-a1d4-0c9b1f3e7a20",
];

fn runs() -> Value {
    let run = |id: &str, status: &str, error: Value| {
        json!({
            "taskRunId": id, "taskName": "a-report-with-a-name", "version": "0123456789abcdef", "status": status,
            "error": error, "createdAt": "2026-01-31T09:30:00.000Z", "updatedAt": "2026-01-31T09:30:01.500Z",
            "startedAt": null, "finishedAt": "2026-01-31T09:30:01.500Z",
        })
    };
    let error = json!({"name": "TypeError", "message": "steers \u{1b}[2J\u{9b}31m the terminal"});
    json!({"items": [run(RUNS[0], "failed", error), run(RUNS[1], "completed", Value::Null)]})
}

fn list() -> Server {
    Server::new(|_| (200, runs().to_string()))
}

/// The screen without what steers it; each line as it came.
fn plain(screen: &str) -> Vec<String> {
    let mut lines = String::new();
    let mut chars = screen.chars();
    while let Some(c) = chars.next() {
        match c {
            '\u{1b}' => {
                // A colour: ESC [ … m
                assert_eq!(chars.next(), Some('['), "{screen:?}");
                let style: String = chars.by_ref().take_while(|c| *c != 'm').collect();
                assert!(
                    style.chars().all(|c| c.is_ascii_digit() || c == ';'),
                    "{screen:?}"
                );
            }
            '\r' => {}
            c => lines.push(c),
        }
    }
    lines.lines().map(str::to_owned).collect()
}

#[test]
fn ids_stay_whole_however_narrow_the_terminal_is() {
    let server = list();
    let tasker = Tasker::with(&server);
    for columns in [40, 60, 80, 100, 132, 220] {
        let done = tasker.run_in_terminal(columns, &["runs"], |_| None);
        assert_eq!(done.code, 0, "{done:?}");
        let lines = plain(&done.stdout);
        for id in RUNS {
            let whole = lines.iter().filter(|line| line.starts_with(id)).count();
            assert_eq!(whole, 1, "{columns}: {lines:#?}");
        }
        if lines[0].starts_with("RUN") {
            let widest = lines.iter().map(|line| line.chars().count()).max();
            assert!(widest <= Some(columns as usize), "{columns}: {lines:#?}");
        } else {
            assert!(columns <= 80, "there is room for a table: {lines:#?}");
        }
        let text = lines.join(" ");
        assert!(
            text.contains("failed") && text.contains("completed"),
            "{text}"
        );
    }
    // In a pipe each row is a line, whatever its length.
    let piped = tasker.variable("COLUMNS", "40").run(&["runs"]);
    assert_eq!(piped.stdout.lines().count(), 3, "{piped:?}");
    assert!(
        piped
            .stdout
            .contains("TypeError: steers \\u{1b}[2J\\u{9b}31m the terminal")
    );
}

#[test]
fn colours_are_for_terminals_that_want_them() {
    let server = list();
    let tasker = Tasker::with(&server);
    let coloured = tasker.run_in_terminal(220, &["runs"], |_| None);
    assert!(coloured.stdout.contains("\u{1b}[") && coloured.stdout.contains("failed"));
    assert!(
        !coloured.stdout.contains("\u{1b}[2J") && !coloured.stdout.contains('\u{9b}'),
        "what a task says steers nothing: {coloured:?}"
    );
    let json = tasker.run_in_terminal(220, &["runs", "--json"], |_| None);
    assert!(json.stdout.contains("\\u001b[2J\\u009b31m"), "{json:?}");
    assert!(!json.stdout.contains('\u{1b}'), "{json:?}");

    let refused = ["show", "nothing"];
    assert!(
        tasker
            .run_in_terminal(220, &refused, |_| None)
            .stdout
            .contains("\u{1b}[")
    );
    assert!(!tasker.run(&refused).stderr.contains('\u{1b}'));
    assert!(!tasker.run(&["runs"]).stdout.contains('\u{1b}'));
    let plain = tasker.variable("NO_COLOR", "1");
    for args in [&["runs"][..], &refused] {
        let done = plain.run_in_terminal(220, args, |_| None);
        assert!(!done.stdout.contains('\u{1b}'), "{done:?}");
    }
}

#[test]
fn ctrl_c_leaves_the_run_and_says_so() {
    // The stream stays open until the test is over.
    let (open, closed) = mpsc::channel::<()>();
    let server = Server::new(move |request: &Request| {
        if request.line == "POST /tasks" {
            let submitted = json!({"taskRunId": RUNS[0], "status": "queued"});
            return (202, submitted.to_string());
        }
        assert!(request.line.contains("/events?"), "{}", request.line);
        _ = closed.recv();
        (200, String::new())
    });
    let tasker = Tasker::with(&server);
    let mut typed = false;
    let done = tasker.run_in_terminal(80, &["run", "report", "--wait"], |screen| {
        // Once the run is submitted, and once.
        let due = !typed && screen.contains(&format!("run {}", RUNS[0]));
        typed |= due;
        due.then_some("\u{3}")
    });
    drop(open);
    assert_eq!(done.code, 130, "{done:?}");
    for words in [
        format!("interrupted; run {} goes on", RUNS[0]),
        format!("tasker logs {} --follow", RUNS[0]),
        format!("tasker cancel {}", RUNS[0]),
    ] {
        assert!(done.stdout.contains(&words), "{done:?}");
    }
    let asked: Vec<_> = server.requests().into_iter().map(|one| one.line).collect();
    assert!(
        !asked.iter().any(|line| line.contains("cancel")),
        "nothing is cancelled: {asked:?}"
    );
}
