//! The app's database, looked at from outside.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, Params, Row};
use tasker_domain::RunId;

/// The app's database, looked at from outside.
pub struct Database(Connection);

impl Database {
    pub(crate) fn open(file: &Path) -> Self {
        let connection = Connection::open(file).expect("the database opens");
        connection
            .busy_timeout(Duration::from_secs(10))
            .expect("a timeout can be set");
        Self(connection)
    }

    /// A single number.
    ///
    /// # Panics
    /// If the query fails, as with every query here.
    #[track_caller]
    pub fn number(&self, sql: &str, params: impl Params) -> i64 {
        self.rows(sql, params, |row| row.get(0))
            .pop()
            .expect("the query gives a row")
    }

    /// Rows.
    #[track_caller]
    pub fn rows<T>(
        &self,
        sql: &str,
        params: impl Params,
        row: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Vec<T> {
        let rows = self.0.prepare(sql).and_then(|mut query| {
            query
                .query_map(params, row)?
                .collect::<rusqlite::Result<Vec<T>>>()
        });
        match rows {
            Ok(rows) => rows,
            Err(error) => panic!("{sql}: {error}"),
        }
    }

    /// Changes rows; answers how many.
    #[track_caller]
    pub fn change(&self, sql: &str, params: impl Params) -> usize {
        match self.0.execute(sql, params) {
            Ok(changed) => changed,
            Err(error) => panic!("{sql}: {error}"),
        }
    }

    /// Checks what holds in an idle system: nothing is alive, and the file is sound.
    ///
    /// # Panics
    /// If something is left over.
    #[track_caller]
    pub fn assert_idle(&self) {
        assert_eq!(
            self.number("SELECT count(*) FROM stack_runs", []),
            0,
            "the queue is not empty"
        );
        assert_eq!(
            self.number("SELECT count(*) FROM snapshots", []),
            0,
            "snapshots are left over"
        );
        let check: Vec<String> = self.rows("PRAGMA integrity_check", [], |row| row.get(0));
        assert_eq!(check, ["ok"]);
        assert_eq!(
            self.rows("PRAGMA foreign_key_check", [], |_| Ok(())).len(),
            0
        );
    }

    /// Checks what holds for the journal of an ended run: no call settled twice, and each frame
    /// has seen its calls in a dense order. Answers how many entries there are.
    ///
    /// # Panics
    /// If that is not so.
    #[track_caller]
    pub fn assert_journal(&self, run: RunId) -> usize {
        let run = run.to_string();
        let twice = "SELECT frame || '.' || call_number FROM call_journal WHERE run_id = ?1
            GROUP BY frame, call_number HAVING count(*) > 1";
        assert_eq!(
            self.rows::<String>(twice, [&run], |row| row.get(0)),
            Vec::<String>::new()
        );
        let gaps = "SELECT frame FROM call_journal WHERE run_id = ?1 AND position IS NOT NULL
            GROUP BY frame HAVING min(position) <> 1 OR max(position) <> count(DISTINCT position)
                OR count(*) <> count(DISTINCT position)";
        assert_eq!(
            self.rows::<String>(gaps, [&run], |row| row.get(0)),
            Vec::<String>::new()
        );
        let entries = self.number(
            "SELECT count(*) FROM call_journal WHERE run_id = ?1",
            [&run],
        );
        usize::try_from(entries).expect("a count is not negative")
    }
}
