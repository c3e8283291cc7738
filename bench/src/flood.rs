//! Very many queued runs, written into the database at once: submitting them would take minutes.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Map, json};
use tasker_api::Submitted;
use tasker_domain::RunId;
use tasker_tests::{Client, Database};

/// A queued run that begins in a year, for copies to be made of.
pub(crate) fn template(client: &Client, task: &str) -> RunId {
    let year = 31_536_000_000_i64;
    let submitted: Submitted = client
        .post("/tasks", &json!({ "taskName": task, "delayMs": year }))
        .expect(202);
    submitted.task_run_id
}

/// Copies a queued run, so that copies `from` to `until` are there and due now.
pub(crate) fn copies(database: &Database, template: RunId, from: u32, until: u32) {
    // Digits are hexadecimal too, and in their order.
    let id = |prefix: &str| {
        let id = format!(
            "'{prefix}-0000-7000-8000-' || substr('000000000000' || n, length('000000000000' || n) - 11)"
        );
        if database.is_postgres() {
            format!("({id})::uuid")
        } else {
            id
        }
    };
    for (table, prefix, key) in [
        ("task_runs", "01a00000", "id"),
        ("stack_runs", "01a00001", "run_id"),
    ] {
        let row = database.objects(&format!("SELECT * FROM {table} WHERE {key} = '{template}'"));
        let columns: Vec<_> = row.iter().flat_map(Map::keys).map(String::as_str).collect();
        let values: Vec<_> = columns
            .iter()
            .map(|column| match *column {
                "id" => id(prefix),
                "run_id" => id("01a00000"),
                "run_at" => "NULL".to_owned(),
                "run_after" | "created_at" | "updated_at" => now_ms().to_string(),
                column => format!("t.{column}"),
            })
            .collect();
        let (columns, values) = (columns.join(", "), values.join(", "));
        database.texts(&format!(
            "WITH RECURSIVE numbers(n) AS (SELECT {from} UNION ALL SELECT n + 1 FROM numbers WHERE n < {until})
             INSERT INTO {table} ({columns})
             SELECT {values} FROM numbers, {table} t WHERE t.{key} = '{template}'"
        ));
        let rows = database.objects(&format!(
            "SELECT count(*) AS rows FROM {table} WHERE CAST(id AS TEXT) LIKE '{prefix}-%'"
        ));
        assert_eq!(rows[0]["rows"], until);
    }
}

/// Milliseconds since the Unix epoch.
pub(crate) fn now_ms() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.map_or(0, |now| now.as_millis() as i64)
}
