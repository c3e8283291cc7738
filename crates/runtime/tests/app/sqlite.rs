//! The database as components see it.

use std::fs;

use serde_json::{Value, json};

use crate::support::{Folder, Running, component, front, serve, start};

const DATABASE: &str = r#"sqlite_databases = ["default"]"#;

async fn sql(app: &Running, script: Value) -> Value {
    app.post("/sql", &script).await.1
}

fn io(reason: &str) -> Value {
    json!({ "error": format!("Error::Io({reason:?})") })
}

#[tokio::test(flavor = "multi_thread")]
async fn statements_run_one_by_one_and_a_dropped_connection_leaves_nothing() {
    let app = start(&front(DATABASE)).await;
    let done = json!({ "columns": [], "rows": [] });
    let results = sql(
        &app,
        json!([
            ["a", "CREATE TABLE t (i INTEGER PRIMARY KEY, v)"],
            [
                "a",
                "INSERT INTO t (v) VALUES (?), (?), (?)",
                "text",
                1.5,
                [0, 255]
            ],
            ["a", "SELECT i, v, NULL AS n FROM t; DROP TABLE t"],
            ["a", "SELECT 1; a tail that is no SQL"],
            ["a", "BEGIN"],
            ["a", "DELETE FROM t"],
            ["a", "SELECT count(*) AS n FROM t"],
            ["a"],
            ["b", "SELECT count(*) AS n FROM t"],
            ["b", "SELECT * FROM missing"],
            ["b", "SELECT ?", 1, 2],
        ]),
    )
    .await;
    assert_eq!(results[0], done);
    assert_eq!(results[1], done);
    assert_eq!(
        results[2],
        json!({ "columns": ["i", "v", "n"], "rows": [[1, "text", null], [2, 1.5, null], [3, [0, 255], null]] })
    );
    assert_eq!(results[3]["rows"], json!([[1]]));
    assert_eq!(
        results[6]["rows"],
        json!([[0]]),
        "seen within the transaction"
    );
    assert_eq!(results[8]["rows"], json!([[3]]), "rolled back");
    assert!(
        results[9]["error"]
            .as_str()
            .unwrap()
            .contains("no such table: missing")
    );
    assert!(results[10]["error"].as_str().unwrap().contains("Error::Io"));

    // A request that fails inside a transaction leaves nothing either, and gives the right to write back.
    let (status, _) = app
        .post(
            "/sql-panic",
            &json!([["a", "BEGIN IMMEDIATE"], ["a", "DELETE FROM t"]]),
        )
        .await;
    assert_eq!(status, 500);
    let results = sql(
        &app,
        json!([["a", "SELECT count(*) FROM t"], ["a", "DELETE FROM t"]]),
    )
    .await;
    assert_eq!(results[0]["rows"], json!([[3]]));
    assert_eq!(results[1], done);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_is_like_new_whoever_had_it_before() {
    let app = start(&front(DATABASE)).await;
    let see = json!([
        ["a", "PRAGMA foreign_keys"],
        ["a", "PRAGMA synchronous"],
        ["a", "PRAGMA busy_timeout"],
        ["a", "PRAGMA cache_size"],
        ["a", "SELECT count(*) FROM temp.sqlite_master"],
    ]);
    let fresh = sql(&app, see.clone()).await;
    assert_eq!(fresh[0]["rows"], json!([[1]]));
    assert_eq!(fresh[2]["rows"], json!([[5000]]));
    sql(
        &app,
        json!([
            ["a", "PRAGMA foreign_keys = OFF"],
            ["a", "PRAGMA synchronous = OFF"],
            ["a", "PRAGMA busy_timeout = 1"],
            ["b", "PRAGMA cache_size = 7"],
            ["c", "CREATE TEMP TABLE t (v)"],
        ]),
    )
    .await;
    for _ in 0..3 {
        assert_eq!(sql(&app, see.clone()).await, fresh);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_database_is_closed_to_who_does_not_ask_for_it() {
    let app = start(&front("")).await;
    let denied = json!({ "error": "Error::AccessDenied" });
    assert_eq!(sql(&app, json!([["a", "SELECT 1"]])).await[0], denied);

    let app = start(&front(DATABASE)).await;
    let outside = app.folder.path().join("outside.db");
    let results = sql(
        &app,
        json!([
            ["other:a", "SELECT 1"],
            ["a", format!("ATTACH '{}' AS outside", outside.display())],
            ["a", "ATTACH ':memory:' AS scratch"],
        ]),
    )
    .await;
    assert_eq!(results[0], denied);
    assert_eq!(results[1], io("not authorized"));
    assert_eq!(results[2]["columns"], json!([]));
    assert!(!outside.exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn writers_take_turns_and_a_reader_does_not_wait_to_become_one() {
    let private = "[[trigger.http]]\nroute = { private = true }\ncomponent = \"other\"\n";
    let app = start(&format!(
        "{private}{}{}",
        front(DATABASE),
        component("other", DATABASE)
    ))
    .await;
    sql(
        &app,
        json!([
            ["a", "PRAGMA journal_mode = WAL"],
            ["a", "CREATE TABLE t (v INTEGER)"],
            ["a", "INSERT INTO t VALUES (0)"]
        ]),
    )
    .await;

    let increment = json!([
        ["a", "BEGIN IMMEDIATE"],
        ["a", "SELECT v FROM t"],
        ["a", "UPDATE t SET v = v + 1"],
        ["a", "COMMIT"],
    ]);
    let outcomes = futures::future::join_all((0..64).map(|_| sql(&app, increment.clone()))).await;
    assert!(!json!(outcomes).to_string().contains("error"));
    let results = sql(
        &app,
        json!([
            ["a", "SELECT v FROM t"],
            ["a", "BEGIN IMMEDIATE"],
            ["a", "UPDATE t SET v = -1"],
            // In a transaction that began as a reader.
            ["b", "BEGIN"],
            ["b", "SELECT v FROM t"],
            ["b", "UPDATE t SET v = -2"],
            // One that waits, for as long as it wants to.
            ["c", "PRAGMA busy_timeout = 1"],
            ["c", "UPDATE t SET v = -3"],
            ["a", "COMMIT"],
            ["c", "UPDATE t SET v = -4"],
        ]),
    )
    .await;
    assert_eq!(results[0]["rows"], json!([[64]]));
    assert_eq!(results[4]["rows"], json!([[64]]));
    assert_eq!(results[5], io("database is locked"));
    assert_eq!(results[7], io("database is locked"));
    assert_eq!(results[9]["columns"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn scripts_are_run_before_anything_is_served() {
    let folder = Folder::new(&front(DATABASE)).await;
    let script = folder.path().join("schema.sql");
    let mut options = folder.options();
    options.sqlite_scripts = vec![script.clone()];
    fs::write(
        &script,
        "CREATE TABLE IF NOT EXISTS t (v);\nINSERT INTO t VALUES (1);\n-- the end\n",
    )
    .unwrap();
    let app = serve(folder, options.clone()).await;
    assert_eq!(
        sql(&app, json!([["a", "SELECT v FROM t"]])).await[0]["rows"],
        json!([[1]])
    );

    fs::write(&script, "INSERT INTO missing VALUES (1);").unwrap();
    let error = tasker_runtime::App::load(options)
        .await
        .err()
        .unwrap()
        .to_string();
    assert!(
        error.contains("schema.sql: no such table: missing"),
        "{error}"
    );
}
