//! The database of a simulation, reached by every node: SQLite in memory, or PostgreSQL. A node may be lost, or stand
//! still, before and after each statement.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use rusqlite::OpenFlags;
use rusqlite::config::DbConfig;
use tasker_store::postgres::native::{self, Native};
use tasker_store::postgres::{self, Failure, Param, Postgres, Statement};
use tasker_store::sqlite::{self, Row, Sqlite, Value};
use tasker_store::{AnyStore, Error, Result};

use crate::faults::Place;
use crate::world::SimWorld;

/// What the judge asks first, so that it can name tables without a schema.
const NO_SCHEMA: &str = "SET search_path = tasker";

thread_local! {
    /// Preparing the statements would take longer than a simulation does.
    static DATABASE: RefCell<Option<Database>> = const { RefCell::new(None) };
}

/// Closes the thread's database when it goes: a connection cannot be closed any more when the thread ends.
pub(crate) struct Close;

impl Drop for Close {
    fn drop(&mut self) {
        drop(DATABASE.take());
    }
}

/// A database as it is, for whoever makes or judges a simulation.
#[derive(Clone)]
pub(crate) enum Database {
    Sqlite(Rc<rusqlite::Connection>),
    Postgres {
        /// For the stores of all.
        stores: Rc<Native>,
        /// For a look.
        look: Rc<Native>,
    },
}

impl Database {
    /// The database of this thread, as if it were new: of PostgreSQL, by its URL, or of SQLite.
    pub(crate) fn fresh(postgres: Option<&str>) -> Self {
        let database = DATABASE.with_borrow_mut(|database| match database {
            Some(database) => database.clone(),
            None => {
                let new = Self::open(postgres);
                *database = Some(new.clone());
                new
            }
        });
        database.empty();
        database
    }

    fn open(postgres: Option<&str>) -> Self {
        if let Some(url) = postgres {
            let connect = || Rc::new(native::open(url).expect("the server answers"));
            let (stores, look) = (connect(), connect());
            Postgres::new(Session(Rc::clone(&stores)))
                .clock()
                .expect("the schema is made");
            look.rows(NO_SCHEMA).expect("a setting");
            return Self::Postgres { stores, look };
        }
        let flags = (OpenFlags::default() - OpenFlags::SQLITE_OPEN_FULL_MUTEX)
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let database = rusqlite::Connection::open_in_memory_with_flags(flags);
        let database = database.expect("a database in memory");
        database.set_prepared_statement_cache_capacity(300);
        // Else a statement is prepared anew when the values that it is given might change its plan.
        let plans_stay = DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG;
        database.set_db_config(plans_stay, true).expect("a setting");
        let database = Rc::new(database);
        Sqlite::open(Direct(Rc::clone(&database))).expect("the schema is made");
        Self::Sqlite(database)
    }

    fn empty(&self) {
        let tables: Vec<String> = self
            .rows(match self {
                Self::Sqlite(_) => {
                    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'migrations'"
                }
                Self::Postgres { .. } => {
                    "SELECT tablename::text FROM pg_tables WHERE schemaname = 'tasker' AND tablename <> 'migrations'"
                }
            })
            .iter()
            .map(|row| text(row, 0))
            .collect();
        match self {
            Self::Sqlite(database) => empty(database, tables),
            Self::Postgres { look, .. } => {
                let sql = format!("TRUNCATE {} RESTART IDENTITY", tables.join(", "));
                look.rows(&sql).expect("they are emptied");
            }
        }
    }

    /// The rows of a statement that both databases understand.
    pub(crate) fn rows(&self, sql: &str) -> Vec<Row> {
        match self {
            Self::Sqlite(database) => {
                sqlite::Connection::execute(database.as_ref(), sql, Vec::new()).expect("rows")
            }
            Self::Postgres { look, .. } => look.rows(sql).expect("rows"),
        }
    }

    /// Opens it for a request of a node or a client.
    pub(crate) fn open_for(&self, world: &SimWorld) -> Result<SimStore> {
        let visit = Visit {
            world: world.clone(),
            fenced: Cell::default(),
        };
        Ok(match self {
            Self::Sqlite(database) => AnyStore::Sqlite(Sqlite::open(SimConnection {
                shared: Rc::clone(database),
                visit,
            })?),
            Self::Postgres { stores, .. } => AnyStore::Postgres(Postgres::new(SimSession {
                shared: Rc::clone(stores),
                visit,
            })),
        })
    }

    /// Stands for what a slice may change; it differs whenever that does.
    fn state(&self) -> String {
        let tables = ["stack_runs", "call_journal", "snapshots", "task_runs"];
        let all = tables.map(|table| {
            let rows = self.rows(&format!("SELECT * FROM {table}"));
            let mut rows: Vec<_> = rows
                .iter()
                .map(|row| format!("{:?}", row.values()))
                .collect();
            rows.sort_unstable();
            rows
        });
        format!("{all:?}")
    }
}

/// Empties tables of SQLite. Switching foreign keys off would have all statements prepared anew, so what others refer to goes
/// after them.
fn empty(database: &rusqlite::Connection, mut left: Vec<String>) {
    while !left.is_empty() {
        left.retain(|table| {
            let sql = format!("DELETE FROM {table}");
            let emptied = database
                .prepare_cached(&sql)
                .and_then(|mut all| all.execute([]));
            emptied.is_err()
        });
    }
}

/// A text of a row.
pub(crate) fn text(row: &Row, column: usize) -> String {
    match &row.values()[column] {
        Value::Text(text) => text.clone(),
        other => panic!("{other:?} is no text"),
    }
}

/// A number of a row, if it has one.
pub(crate) fn number(row: &Row, column: usize) -> Option<i64> {
    match &row.values()[column] {
        Value::Integer(number) => Some(*number),
        Value::Null => None,
        other => panic!("{other:?} is no number"),
    }
}

pub(crate) type SimStore = AnyStore<Sqlite<SimConnection>, Postgres<SimSession>>;

/// SQLite, for whoever makes the schema.
struct Direct(Rc<rusqlite::Connection>);

impl sqlite::Connection for Direct {
    fn execute(&self, sql: &str, params: Vec<Value>) -> Result<Vec<Row>> {
        sqlite::Connection::execute(self.0.as_ref(), sql, params)
    }
}

/// PostgreSQL, for whoever makes the schema.
struct Session(Rc<Native>);

impl postgres::Connection for Session {
    fn query(
        &self,
        statement: &Statement,
        params: &[Param],
    ) -> std::result::Result<Vec<Row>, Failure> {
        postgres::Connection::query(self.0.as_ref(), statement, params)
    }

    fn execute(&self, sql: &str) -> std::result::Result<(), Failure> {
        postgres::Connection::execute(self.0.as_ref(), sql)
    }
}

/// A request's use of the database.
struct Visit {
    world: SimWorld,
    /// For a slice that has lost its lease: how everything was when its transaction began.
    fenced: Cell<Option<String>>,
}

impl Visit {
    /// A transaction begins.
    fn begins(&self) {
        let is_fenced = !self.world.holds_its_lease();
        let state = is_fenced.then(|| self.world.shared().database.state());
        self.fenced.set(state);
    }

    /// It has been committed.
    fn is_committed(&self) {
        if let Some(before) = self.fenced.take()
            && self.world.shared().database.state() != before
        {
            self.world
                .violation("writes under a lease that it has lost");
        }
    }
}

/// SQLite as a request of a node has it.
pub(crate) struct SimConnection {
    shared: Rc<rusqlite::Connection>,
    visit: Visit,
}

impl SimConnection {
    /// The request is lost here, or the database is away: what it had begun is undone.
    fn interrupted(&self, place: Place, sql: &str) -> Result<()> {
        match self.visit.world.statement(place, sql) {
            Ok(()) => Ok(()),
            Err(reason) => {
                if !self.shared.is_autocommit() {
                    self.shared
                        .execute_batch("ROLLBACK")
                        .expect("it rolls back");
                }
                Err(Error::Unavailable(reason))
            }
        }
    }
}

impl sqlite::Connection for SimConnection {
    fn execute(&self, sql: &str, params: Vec<Value>) -> Result<Vec<Row>> {
        let begins = self.shared.is_autocommit();
        let place = match begins {
            true => Place::BetweenTransactions,
            false => Place::InTransaction,
        };
        self.interrupted(place, sql)?;
        self.visit.world.sql(sql);
        if begins {
            self.visit.begins();
        }
        let answer = sqlite::Connection::execute(self.shared.as_ref(), sql, params);
        if self.shared.is_autocommit() {
            self.visit.is_committed();
            // Committed, but its worker never hears of it.
            self.interrupted(Place::Committed, sql)?;
        }
        answer
    }
}

/// PostgreSQL as a request of a node has it: each statement is a transaction.
pub(crate) struct SimSession {
    shared: Rc<Native>,
    visit: Visit,
}

impl SimSession {
    fn interrupted(&self, place: Place, what: &str) -> std::result::Result<(), Failure> {
        let went = self.visit.world.statement(place, what);
        went.map_err(Failure::Broken)
    }
}

impl postgres::Connection for SimSession {
    fn query(
        &self,
        statement: &Statement,
        params: &[Param],
    ) -> std::result::Result<Vec<Row>, Failure> {
        self.interrupted(Place::BetweenTransactions, statement.function())?;
        self.visit.world.sql(statement.sql());
        self.visit.begins();
        let answer = postgres::Connection::query(self.shared.as_ref(), statement, params);
        self.visit.is_committed();
        self.interrupted(Place::Committed, statement.function())?;
        answer
    }

    fn execute(&self, sql: &str) -> std::result::Result<(), Failure> {
        self.interrupted(Place::BetweenTransactions, sql)?;
        postgres::Connection::execute(self.shared.as_ref(), sql)
    }
}
