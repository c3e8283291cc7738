//! Very many queued runs, written into the database at once: submitting them would take minutes.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::json;
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
    let template = template.to_string();
    for (table, id, key) in [
        ("task_runs", "01a00000", "id"),
        ("stack_runs", "01a00001", "run_id"),
    ] {
        let columns: Vec<String> =
            database.rows("SELECT name FROM pragma_table_info(?1)", [table], |row| {
                row.get(0)
            });
        let numbered =
            |prefix: &str| format!("printf('{prefix}-%04x-7000-8000-%012x', n >> 16, n)");
        let values: Vec<String> = columns
            .iter()
            .map(|column| match column.as_str() {
                "id" => numbered(id),
                "run_id" => numbered("01a00000"),
                "run_at" => "NULL".to_owned(),
                "run_after" | "created_at" | "updated_at" => "?2".to_owned(),
                column => format!("t.{column}"),
            })
            .collect();
        let sql = format!(
            "WITH RECURSIVE numbers(n) AS (SELECT ?3 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?4)
             INSERT INTO {table} ({}) SELECT {} FROM numbers, {table} t WHERE t.{key} = ?1",
            columns.join(", "),
            values.join(", "),
        );
        let copied = database.change(&sql, (&template, now_ms(), from, until));
        assert_eq!(copied, (until - from + 1) as usize);
    }
}

/// Milliseconds since the Unix epoch.
pub(crate) fn now_ms() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.map_or(0, |now| now.as_millis() as i64)
}
