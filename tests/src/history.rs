//! The history of a load, written down for `tasker-history`, which judges it.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use tasker_api::{Run, Timestamp};
use tasker_domain::RunId;
use tasker_sandbox::Sandbox;

use crate::soak::now_ms;
use crate::{Database, Planned, until};

/// The tables that are judged, and their columns.
const TABLES: &[(&str, &str)] = &[
    ("task_runs", "*"),
    ("call_journal", "*"),
    ("stack_runs", "*"),
    ("snapshots", "stack_run_id"),
    ("idempotency_keys", "*"),
    ("keystore", "namespace, key, revision"),
    ("leases", "name, expires_at"),
];

/// What the driver of a load does and sees.
pub struct History {
    folder: PathBuf,
    file: BufWriter<File>,
}

impl History {
    /// Begins a history in a folder: its files are `history.jsonl` and `dump.jsonl`.
    ///
    /// # Panics
    /// If it cannot be written, as everything here does.
    #[must_use]
    pub fn begin(folder: &Path) -> Self {
        fs::create_dir_all(folder).expect("the folder of the history can be made");
        let file = File::create(folder.join("history.jsonl")).expect("the history can be written");
        Self {
            folder: folder.to_owned(),
            file: BufWriter::new(file),
        }
    }

    fn write(&mut self, event: &Value) {
        writeln!(self.file, "{event}").expect("the history can be written");
    }

    /// A run is about to be submitted.
    pub fn submit(&mut self, planned: &Planned) {
        self.write(&json!({ "event": "submit", "key": planned.key, "expect": planned.expect }));
    }

    /// The app has answered that it has the run.
    pub fn accepted(&mut self, planned: &Planned, run: RunId) {
        self.write(&json!({ "event": "accepted", "key": planned.key, "run": run }));
    }

    /// The app tells how a run is.
    pub fn seen(&mut self, run: &Run) {
        let finished_at = run.finished_at.map(Timestamp::millis);
        self.write(&json!({
            "event": "seen", "run": run.task_run_id, "status": run.status, "result": run.result, "finishedAt": finished_at,
        }));
    }

    /// Something is broken on purpose.
    pub fn fault(&mut self, kind: &str) {
        self.write(&json!({ "event": "fault", "kind": kind }));
    }

    /// What the outside world was asked since it was last looked at.
    pub fn requests(&mut self, sandbox: &Sandbox) {
        for request in sandbox.record().take() {
            let call = request.header("idempotency-key").unwrap_or_default();
            self.write(&json!({ "event": "request", "call": call }));
        }
    }

    /// Waits until nobody works on the database's queue any more, writes down its rows and has all of it judged
    /// by the program `tasker-history`.
    ///
    /// # Panics
    /// If the verdict is that something is wrong; with what it is.
    pub fn judge(mut self, program: &str, database: &Database) {
        until("the drainers end", 60, || {
            let held = format!(
                "SELECT place FROM leases WHERE name = 'drainer' AND expires_at > {}",
                now_ms()
            );
            database.texts(&held).is_empty().then_some(())
        });
        database.assert_idle();
        let (rows, end) = (database.dump(), json!({ "table": "end", "at": now_ms() }));
        self.file.flush().expect("the history can be written");
        let (history, dump) = (
            self.folder.join("history.jsonl"),
            self.folder.join("dump.jsonl"),
        );
        let mut file = BufWriter::new(File::create(&dump).expect("the dump can be written"));
        for row in rows.into_iter().chain([end]) {
            writeln!(file, "{row}").expect("the dump can be written");
        }
        file.flush().expect("the dump can be written");
        let output = Command::new(program).args([&history, &dump]).output();
        let output = output.expect("the checker starts");
        let verdict = String::from_utf8_lossy(&output.stdout).into_owned();
        println!("{verdict}");
        let problem = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{problem}{verdict}");
    }
}

impl Database {
    /// The rows of the tables that a history is judged by.
    fn dump(&self) -> Vec<Value> {
        let rows = TABLES.iter().flat_map(|(table, columns)| {
            let rows = self.objects(&format!("SELECT {columns} FROM {table}"));
            rows.into_iter().map(move |mut row| {
                row.insert("table".to_owned(), json!(table));
                Value::Object(row)
            })
        });
        rows.collect()
    }
}
