//! A disk without room, and a damaged database: what the app says, and that it keeps running.

use std::fs;
use std::io::{Seek, SeekFrom, Write};
use std::process::Command;

use rusqlite::Connection;
use serde_json::{Value, json};
use tasker_api::{Check, Diagnosis, Readiness, Verdict};
use tasker_domain::ErrorCode;
use tasker_tests::{App, Settings, paths, result, until};

/// The database is a file, whatever the other tests use.
fn app() -> App {
    let app = App::start(&Settings::default().variable("database_url", ""));
    app.client()
        .publish("double", include_str!("../tasks/double.js"));
    app
}

fn submission() -> Value {
    json!({ "taskName": "double", "input": { "n": 4 } })
}

fn database_part(checks: &[Check]) -> &Check {
    checks
        .iter()
        .find(|check| check.name == "database")
        .expect("the database is looked at")
}

/// Readiness, once it fails or no longer does; that is looked at every few seconds.
fn ready(app: &App, status: u16) -> Readiness {
    until("readiness changes", 30, || {
        let answer = app.client().send("GET", "/health/ready", &[], None);
        (answer.status == status).then(|| answer.expect(status))
    })
}

#[test]
fn without_room_the_app_says_so_and_goes_on_by_itself_once_there_is_some() {
    let app = app();
    let client = app.client();
    let before = client.run("double", json!({ "n": 2 }));
    ready(&app, 200);
    // No file can be written: neither the database nor a log.
    app.limit_files(Some(0));
    for _ in 0..3 {
        let refused = client.post("/tasks", &submission());
        assert_eq!(refused.header("retry-after"), "1");
        refused.expect_problem(ErrorCode::StoreFull);
    }
    let failing = ready(&app, 503);
    let part = database_part(&failing.parts);
    assert_eq!(part.status, Verdict::Failing);
    assert!(part.message.contains("store_full"), "{part:?}");
    let found: Diagnosis = client.get("/doctor").expect(200);
    assert!(database_part(&found.checks).message.contains("store_full"));
    // What is stored can be read.
    assert_eq!(result(&client.show(before.task_run_id)), result(&before));

    app.limit_files(None);
    ready(&app, 200);
    assert_eq!(result(&client.run("double", json!({ "n": 3 }))), json!(6));
    for text in [app.output(), app.log("tasks"), app.log("stack-processor")] {
        assert!(
            !text.contains("panicked") && !text.contains("backtrace"),
            "{text}"
        );
    }
}

#[test]
fn a_damaged_database_is_named_as_such() {
    let mut app = app();
    app.client().run("double", json!({ "n": 2 }));
    app.stop();
    let file = app.state().join("sqlite_db.db");
    let sound = {
        let database = Connection::open(&file).unwrap();
        database
            .execute_batch("PRAGMA wal_checkpoint(TRUNCATE)")
            .unwrap();
        let mut pages = database
            .prepare(
                "SELECT rootpage FROM sqlite_schema WHERE tbl_name = 'stack_runs' AND rootpage > 0",
            )
            .unwrap();
        let pages: Vec<i64> = pages
            .query_map([], |row| row.get(0))
            .unwrap()
            .map(Result::unwrap)
            .collect();
        let sound = fs::read(&file).unwrap();
        let mut damaged = fs::File::options().write(true).open(&file).unwrap();
        for page in pages {
            damaged
                .seek(SeekFrom::Start(u64::try_from((page - 1) * 4_096).unwrap()))
                .unwrap();
            damaged.write_all(&[0xaa; 4_096]).unwrap();
        }
        sound
    };
    app.restart();
    let client = app.client();
    client
        .post("/tasks", &submission())
        .expect_problem(ErrorCode::StoreDamaged);
    let failing = ready(&app, 503);
    let part = database_part(&failing.parts);
    assert!(part.message.contains("store_damaged"), "{part:?}");
    assert!(
        part.advice
            .as_ref()
            .unwrap()
            .contains("/errors/store_damaged")
    );
    let found: Diagnosis = client.get("/doctor").expect(200);
    assert!(
        database_part(&found.checks)
            .message
            .contains("store_damaged")
    );
    assert!(app.log("tasks").contains("malformed"));

    // A file that is no database at all: the start fails and says it.
    app.kill();
    for ending in ["-wal", "-shm"] {
        fs::remove_file(app.state().join(format!("sqlite_db.db{ending}"))).ok();
    }
    fs::write(&file, vec![0xaa; sound.len()]).unwrap();
    let start = Command::new(paths::program())
        .args(["up", "--listen", "127.0.0.1:0", "-f"])
        .arg(paths::manifest())
        .arg("--state-dir")
        .arg(app.state())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&start.stderr).into_owned();
    assert!(!start.status.success());
    assert!(
        said.contains("sqlite_db.db is damaged") && said.contains("store_damaged"),
        "{said}"
    );

    fs::write(&file, sound).unwrap();
    app.restart();
    ready(&app, 200);
    assert_eq!(
        result(&app.client().run("double", json!({ "n": 3 }))),
        json!(6)
    );
}
