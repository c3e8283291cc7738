//! The history of a load, written down for `tasker-history`, which judges it.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

use rusqlite::types::ValueRef;
use serde_json::{Map, Value, json};
use tasker_api::{Run, Timestamp};
use tasker_domain::RunId;
use tasker_sandbox::Sandbox;

use crate::{Database, Planned};

/// The tables that are judged.
const TABLES: &[&str] = &[
    "task_runs",
    "call_journal",
    "stack_runs",
    "snapshots",
    "idempotency_keys",
    "keystore",
    "call_slots",
    "drainers",
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

    /// Writes down the rows of the database and has all of it judged.
    ///
    /// # Panics
    /// If the verdict is that something is wrong; with what it is.
    pub fn judge(mut self, program: &str, rows: impl IntoIterator<Item = Value>, at: i64) {
        self.file.flush().expect("the history can be written");
        let (history, dump) = (
            self.folder.join("history.jsonl"),
            self.folder.join("dump.jsonl"),
        );
        let mut file = BufWriter::new(File::create(&dump).expect("the dump can be written"));
        for row in rows
            .into_iter()
            .chain([json!({ "table": "end", "at": at })])
        {
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
    /// The rows of the tables that a history is judged by, without what is binary.
    pub fn dump(&self) -> Vec<Value> {
        let mut rows = Vec::new();
        for table in TABLES {
            rows.extend(self.rows(&format!("SELECT * FROM {table}"), [], |row| {
                let mut object = Map::new();
                for (index, name) in row.as_ref().column_names().enumerate() {
                    let value = match row.get_ref(index)? {
                        ValueRef::Integer(number) => json!(number),
                        ValueRef::Real(number) => json!(number),
                        ValueRef::Text(text) => json!(String::from_utf8_lossy(text)),
                        ValueRef::Null | ValueRef::Blob(_) => Value::Null,
                    };
                    object.insert(name.to_owned(), value);
                }
                object.insert("table".to_owned(), json!(table));
                Ok(Value::Object(object))
            }));
        }
        rows
    }
}
