//! PostgreSQL servers that do not answer, and a host that does not pass on an answer.

use std::time::Duration;

use serde_json::{Value, json};
use tasker_postgres_server::{Durability, Server};

use crate::support::{Folder, Running, front, serve};

/// Far less than the slow statement takes.
const PATIENCE: Duration = Duration::from_secs(2);
const SLOW: &str = "SELECT count(*) FROM pg_sleep(600)";
const EMPTY: &str = "SELECT 1::bigint WHERE false";
const PID: &str = "SELECT pg_backend_pid()::bigint";

async fn start(server: &Server, hangs: bool) -> Running {
    let allowed = format!(
        "allowed_outbound_hosts = [\"postgres://127.0.0.1:{}\"]",
        server.port()
    );
    let folder = Folder::new(&front(&allowed)).await;
    let mut options = folder.options();
    options.database_timeout = PATIENCE;
    options.queries_without_rows_hang = hangs;
    serve(folder, options).await
}

async fn ask(app: &Running, url: &str, steps: &[(&str, &str)]) -> Value {
    let (status, results) = app.post("/pg", &json!([url, steps])).await;
    assert_eq!(status, 200);
    results
}

/// Whether an answer is the error of one that did not come.
fn is_late(answer: &Value) -> bool {
    answer["error"]
        .as_str()
        .is_some_and(|error| error.contains("ConnectionFailed(\"no answer within 2s\")"))
}

/// Whether nothing was asked any more.
fn is_closed(answer: &Value) -> bool {
    answer["error"]
        .as_str()
        .is_some_and(|error| error.contains("the connection was closed"))
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_does_not_come_costs_its_connection_and_no_more() {
    // Making a database waits for the server, which a thread of this runtime may not.
    let made = tokio::task::spawn_blocking(|| {
        let server = Server::start(Durability::None);
        let url = server.database();
        (server, url)
    });
    let (server, url) = made.await.unwrap();
    for hangs in [false, true] {
        let app = start(&server, hangs).await;
        // What has a row, or is executed, is the same on both hosts.
        let fine = [
            ("query", PID),
            ("execute", "CREATE TEMP TABLE kept (v int)"),
            ("execute", EMPTY),
            ("execute", "DO $$ BEGIN NULL; END $$"),
            ("query", "SELECT 1 / 0"),
            ("query", PID),
        ];
        let results = ask(&app, &url, &fine).await;
        assert!(results[0].is_number(), "{results}");
        assert_eq!(
            json!([results[1], results[2], results[3]]),
            json!([0, 0, 0])
        );
        assert!(results[4]["error"].as_str().unwrap().contains("22012"));
        assert_eq!(results[5], results[0]);

        let mut given_up = Vec::new();
        for step in [("query", SLOW), ("execute", SLOW), ("query", EMPTY)] {
            let answers = ask(&app, &url, &[("query", PID), step, ("query", PID)]).await;
            if step.1 == EMPTY && !hangs {
                assert_eq!(answers, json!([answers[0], null, answers[0]]));
                continue;
            }
            assert!(is_late(&answers[1]), "{answers}");
            assert!(is_closed(&answers[2]), "{answers}");
            given_up.push(answers[0].clone());
        }
        for _ in 0..5 {
            let answer = ask(&app, &url, &[("query", PID)]).await;
            assert!(answer[0].is_number(), "{answer}");
            assert!(!given_up.contains(&answer[0]), "it is used again");
        }
    }
}
