//! The rows of the database in the end: a JSON object a line, with the name of its table in `table` and
//! its columns as SQL gives them. The last line has `{"table": "end", "at": <milliseconds>}`.

use std::collections::BTreeMap;
use std::fs;

use serde::Deserialize;

/// A row of a table that is judged. Other tables are passed over.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "table", rename_all = "snake_case")]
pub(crate) enum Row {
    TaskRuns(Run),
    CallJournal(Entry),
    StackRuns {
        id: String,
        run_id: String,
    },
    Snapshots {
        stack_run_id: String,
    },
    IdempotencyKeys {
        idempotency_key: String,
        run_id: String,
    },
    Keystore {
        namespace: String,
    },
    Leases {
        name: String,
        expires_at: i64,
    },
    End {
        at: i64,
    },
    #[serde(other)]
    Other,
}

/// A run's record.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Run {
    pub(crate) id: String,
    pub(crate) status: String,
    pub(crate) result: Option<String>,
    pub(crate) finished_at: Option<i64>,
    /// How often it has been begun.
    #[serde(default = "once")]
    pub(crate) attempt: usize,
}

const fn once() -> usize {
    1
}

impl Run {
    /// The path of its root frame: the number of attempts before the last one.
    pub(crate) fn root(&self) -> usize {
        self.attempt - 1
    }

    /// Whether a path is of an attempt before the last one. What those have left undone does not count.
    fn is_past(&self, path: &str) -> bool {
        let root = path.split_once('.').map_or(path, |(root, _)| root);
        root.parse::<usize>().is_ok_and(|root| root < self.root())
    }
}

/// A settled call.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Entry {
    pub(crate) run_id: String,
    pub(crate) seq: i64,
    pub(crate) frame: String,
    pub(crate) call_number: i64,
    pub(crate) position: Option<i64>,
    pub(crate) service: String,
}

impl Entry {
    /// The path of the call, which is that of the frame if it started one.
    pub(crate) fn path(&self) -> String {
        format!("{}.{}", self.frame, self.call_number)
    }
}

/// The database in the end.
#[derive(Debug, Default)]
pub(crate) struct Dump {
    pub(crate) runs: BTreeMap<String, Run>,
    pub(crate) journal: Vec<Entry>,
    /// Rows that are left of what was alive, in words, and the run that each is of.
    pub(crate) alive: Vec<(String, Option<String>)>,
    pub(crate) keys: Vec<(String, String)>,
    pub(crate) namespaces: Vec<String>,
    /// The leases of drainers and calls, with the moment until which they are held.
    pub(crate) leases: Vec<(String, i64)>,
    /// When it was made; `None`: it is not whole.
    pub(crate) at: Option<i64>,
}

impl Dump {
    /// Whether a path of a run is not of an attempt that was given up.
    pub(crate) fn counts(&self, run: &str, path: &str) -> bool {
        self.runs.get(run).is_none_or(|run| !run.is_past(path))
    }

    /// Whether a frame is the root of its run.
    pub(crate) fn is_root(&self, run: &str, frame: &str) -> bool {
        self.runs
            .get(run)
            .is_some_and(|run| frame == run.root().to_string())
    }

    /// How many runs were begun more than once.
    pub(crate) fn begun_again(&self) -> usize {
        self.runs.values().filter(|run| run.attempt > 1).count()
    }

    pub(crate) fn read(path: &str) -> Result<Self, String> {
        let text = fs::read_to_string(path).map_err(|error| format!("{path}: {error}"))?;
        let rows = text.lines().enumerate().map(|(index, line)| {
            serde_json::from_str(line).map_err(|error| format!("{path}:{}: {error}", index + 1))
        });
        let dump: Self = rows.collect::<Result<Vec<_>, _>>()?.into_iter().collect();
        match dump.at {
            Some(_) => Ok(dump),
            None => Err(format!("{path}: it has no end")),
        }
    }
}

impl FromIterator<Row> for Dump {
    fn from_iter<I: IntoIterator<Item = Row>>(rows: I) -> Self {
        let mut dump = Self::default();
        for row in rows {
            match row {
                Row::TaskRuns(run) => {
                    dump.runs.insert(run.id.clone(), run);
                }
                Row::CallJournal(entry) => dump.journal.push(entry),
                Row::StackRuns { id, run_id } => {
                    dump.alive.push((format!("stack run {id}"), Some(run_id)));
                }
                Row::Snapshots { stack_run_id } => {
                    dump.alive
                        .push((format!("a snapshot of {stack_run_id}"), None));
                }
                Row::IdempotencyKeys {
                    idempotency_key,
                    run_id,
                } => dump.keys.push((idempotency_key, run_id)),
                Row::Keystore { namespace } => dump.namespaces.push(namespace),
                Row::Leases { name, expires_at } => {
                    if name == "drainer" || name.starts_with("calls ") {
                        dump.leases.push((name, expires_at));
                    }
                }
                Row::End { at } => dump.at = Some(at),
                Row::Other => {}
            }
        }
        dump
    }
}
