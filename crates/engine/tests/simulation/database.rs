//! The database of a simulation: SQLite in memory, reached by every node. A node may be lost, or stand still, before
//! and after each statement.

use std::cell::Cell;
use std::rc::Rc;

use tasker_store::sqlite::{Connection, Row, Sqlite, Value};
use tasker_store::{Error, Result};

use crate::world::{Place, SimWorld};

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
