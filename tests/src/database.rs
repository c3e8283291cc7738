//! The app's database, looked at from outside.

use std::cell::RefCell;
use std::path::Path;
use std::time::Duration;

use postgres::{Client, NoTls, SimpleQueryMessage};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Params, Row};
use serde_json::{Map, Value, json};
use tasker_domain::RunId;

/// The app's database, looked at from outside.
pub struct Database(Kind);

enum Kind {
    Sqlite(Connection),
    Postgres(RefCell<Client>),
}

impl Database {
    pub(crate) fn open(file: &Path) -> Self {
        let connection = Connection::open(file).expect("the database opens");
        connection
            .busy_timeout(Duration::from_secs(10))
            .expect("a timeout can be set");
        Self(Kind::Sqlite(connection))
    }

    pub(crate) fn connect(url: &str) -> Self {
        let mut client = Client::connect(url, NoTls).expect("the database answers");
        client
            .batch_execute("SET search_path = tasker")
            .expect("the schema is named");
        Self(Kind::Postgres(RefCell::new(client)))
    }

    /// Whether it is PostgreSQL's.
    #[must_use]
    pub fn is_postgres(&self) -> bool {
        matches!(self.0, Kind::Postgres(_))
    }

    fn sqlite(&self) -> &Connection {
        match &self.0 {
            Kind::Sqlite(connection) => connection,
            Kind::Postgres(_) => panic!("this test looks into a SQLite file"),
        }
    }

    /// The rows of a query that either database understands, each as a text.
    ///
    /// # Panics
    /// If the query fails.
    #[track_caller]
    pub fn texts(&self, sql: &str) -> Vec<String> {
        let client = match &self.0 {
            Kind::Sqlite(_) => {
                return self.rows(sql, [], |row| {
                    let columns = row.as_ref().column_count();
                    let values = (0..columns).map(|column| row.get_ref(column));
                    Ok(format!(
                        "{:?}",
                        values.collect::<rusqlite::Result<Vec<_>>>()?
                    ))
                });
            }
            Kind::Postgres(client) => client,
        };
        let messages = match client.borrow_mut().simple_query(sql) {
            Ok(messages) => messages,
            Err(error) => panic!("{sql}: {error}"),
        };
        let rows = messages.iter().filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => Some(row),
            _ => None,
        });
        rows.map(|row| {
            let values = (0..row.len()).map(|column| row.get(column));
            format!("{:?}", values.collect::<Vec<_>>())
        })
        .collect()
    }

    /// The rows of a query that either database understands and that has nothing binary, as objects.
    ///
    /// # Panics
    /// If the query fails.
    #[track_caller]
    pub fn objects(&self, sql: &str) -> Vec<Map<String, Value>> {
        let client = match &self.0 {
            Kind::Sqlite(_) => return self.rows(sql, [], sqlite_object),
            Kind::Postgres(client) => client,
        };
        let sql = format!("SELECT to_jsonb(object)::text FROM ({sql}) AS object");
        let rows = match client.borrow_mut().query(&sql, &[]) {
            Ok(rows) => rows,
            Err(error) => panic!("{sql}: {error}"),
        };
        rows.iter()
            .map(|row| serde_json::from_str(row.get(0)).expect("the database makes objects"))
            .collect()
    }

    /// The names of all tables.
    ///
    /// # Panics
    /// If they cannot be read, as with every query here.
    #[must_use]
    pub fn tables(&self) -> Vec<String> {
        match &self.0 {
            Kind::Sqlite(_) => self.rows(
                "SELECT name FROM sqlite_schema WHERE type = 'table'",
                [],
                |row| row.get(0),
            ),
            Kind::Postgres(client) => {
                let query = "SELECT tablename::text FROM pg_tables WHERE schemaname = 'tasker'";
                let rows = client.borrow_mut().query(query, &[]);
                let rows = rows.expect("the tables are listed");
                rows.iter().map(|row| row.get(0)).collect()
            }
        }
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
        let rows = self.sqlite().prepare(sql).and_then(|mut query| {
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
        match self.sqlite().execute(sql, params) {
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
        let alive = self.texts("SELECT path FROM stack_runs");
        assert!(alive.is_empty(), "the queue is not empty: {alive:?}");
        let asleep = self.texts("SELECT stack_run_id FROM snapshots");
        assert!(asleep.is_empty(), "snapshots are left over: {asleep:?}");
        if let Kind::Sqlite(_) = self.0 {
            let check: Vec<String> = self.rows("PRAGMA integrity_check", [], |row| row.get(0));
            assert_eq!(check, ["ok"]);
            assert!(self.texts("PRAGMA foreign_key_check").is_empty());
        }
    }

    /// Checks what holds for the journal of an ended run: no call settled twice, and each frame
    /// has seen its calls in a dense order. Answers how many entries there are.
    ///
    /// # Panics
    /// If that is not so.
    #[track_caller]
    pub fn assert_journal(&self, run: RunId) -> usize {
        let twice = self.texts(&format!(
            "SELECT frame, call_number FROM call_journal WHERE run_id = '{run}'
             GROUP BY frame, call_number HAVING count(*) > 1"
        ));
        assert!(twice.is_empty(), "settled twice: {twice:?}");
        let gaps = self.texts(&format!(
            "SELECT frame FROM call_journal WHERE run_id = '{run}' AND position IS NOT NULL
             GROUP BY frame HAVING min(position) <> 1 OR max(position) <> count(DISTINCT position)
                 OR count(*) <> count(DISTINCT position)"
        ));
        assert!(gaps.is_empty(), "seen with gaps: {gaps:?}");
        self.texts(&format!(
            "SELECT seq FROM call_journal WHERE run_id = '{run}'"
        ))
        .len()
    }
}

/// A row as an object.
fn sqlite_object(row: &Row<'_>) -> rusqlite::Result<Map<String, Value>> {
    let mut object = Map::new();
    for (index, name) in row.as_ref().column_names().enumerate() {
        let value = match row.get_ref(index)? {
            ValueRef::Integer(number) => json!(number),
            ValueRef::Real(number) => json!(number),
            ValueRef::Text(text) => json!(String::from_utf8_lossy(text)),
            ValueRef::Null => Value::Null,
            ValueRef::Blob(_) => panic!("{name} is binary"),
        };
        object.insert(name.to_owned(), value);
    }
    Ok(object)
}
