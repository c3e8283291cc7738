//! The database of a simulation: SQLite in memory, reached by every node. A node may be lost, or stand still, before
//! and after each statement.

use std::cell::Cell;
use std::rc::Rc;

use rusqlite::OpenFlags;
use rusqlite::config::DbConfig;
use tasker_store::sqlite::{Connection, Row, Sqlite, Value};
use tasker_store::{Error, Result};

use crate::world::{Place, SimWorld};

thread_local! {
    /// Preparing the statements would take longer than a simulation does.
    static DATABASE: Rc<rusqlite::Connection> = {
        let flags = (OpenFlags::default() - OpenFlags::SQLITE_OPEN_FULL_MUTEX) | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let database = rusqlite::Connection::open_in_memory_with_flags(flags).expect("a database in memory");
        database.set_prepared_statement_cache_capacity(300);
        // Else a statement is prepared anew when the values that it is given might change its plan.
        let plans_stay = DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG;
        database.set_db_config(plans_stay, true).expect("a setting");
        Rc::new(database)
    };
}

/// The database of this thread, as if it were new.
pub(crate) fn fresh() -> Rc<rusqlite::Connection> {
    let database = DATABASE.with(Rc::clone);
    let tables: Vec<String> = {
        let sql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'migrations'";
        let mut statement = database.prepare_cached(sql).expect("a statement");
        let names = statement.query_map([], |row| row.get(0)).expect("tables");
        names.map(|name| name.expect("a name")).collect()
    };
    // Switching foreign keys off would have all statements prepared anew. So what others refer to goes after them.
    let mut left = tables;
    while !left.is_empty() {
        left.retain(|table| {
            let sql = format!("DELETE FROM {table}");
            let emptied = database
                .prepare_cached(&sql)
                .and_then(|mut all| all.execute([]));
            emptied.is_err()
        });
    }
    database
}

/// What a request of a node has of the database.
pub(crate) struct SimConnection {
    shared: Rc<rusqlite::Connection>,
    world: SimWorld,
    /// For a slice that has lost its lease: how much had been changed when its transaction began.
    fenced: Cell<Option<u64>>,
}

pub(crate) type SimStore = Sqlite<SimConnection>;

pub(crate) fn open(world: &SimWorld) -> Result<SimStore> {
    Sqlite::open(SimConnection {
        shared: world.database(),
        world: world.clone(),
        fenced: Cell::default(),
    })
}

impl SimConnection {
    /// The request is lost here, or the database is away: what it had begun is undone.
    fn interrupted(&self, place: Place) -> Result<()> {
        match self.world.statement(place) {
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

/// The database as clients have it, without trouble.
pub(crate) struct Direct(pub(crate) Rc<rusqlite::Connection>);

impl Connection for Direct {
    fn execute(&self, sql: &str, params: Vec<Value>) -> Result<Vec<Row>> {
        Connection::execute(self.0.as_ref(), sql, params)
    }
}

impl Connection for SimConnection {
    fn execute(&self, sql: &str, params: Vec<Value>) -> Result<Vec<Row>> {
        let begins = self.shared.is_autocommit();
        self.interrupted(match begins {
            true => Place::BetweenTransactions,
            false => Place::InTransaction,
        })?;
        self.world.sql(sql);
        if begins {
            let is_fenced = !self.world.holds_its_lease();
            self.fenced
                .set(is_fenced.then(|| self.shared.total_changes()));
        }
        let answer = Connection::execute(self.shared.as_ref(), sql, params);
        if self.shared.is_autocommit()
            && sql != "ROLLBACK"
            && let Some(before) = self.fenced.take()
            && self.shared.total_changes() > before
        {
            self.world
                .violation("writes under a lease that it has lost");
        }
        // Committed, but its worker never hears of it.
        if self.shared.is_autocommit() {
            self.interrupted(Place::Committed)?;
        }
        answer
    }
}
