//! Schedules that change while they fire: PostgreSQL reads them in a statement of its own.

use std::cell::RefCell;

use tasker_domain::Overlap;
use tasker_store::postgres::native::Native;
use tasker_store::postgres::{Connection, Failure, Param, Postgres, Row, Statement};
use tasker_store::prelude::*;

use crate::backend::{Backend, fresh};
use crate::fixtures::*;
use crate::postgres::Database;
use crate::schedules::{firing, schedule};

/// A connection to a database in which something happens just before a schedule fires.
struct Meddled<F>(Native, RefCell<Option<F>>);

impl<F: FnOnce()> Connection for Meddled<F> {
    fn query(&self, statement: &Statement, params: &[Param]) -> Result<Vec<Row>, Failure> {
        if statement.function() == "fire"
            && let Some(meddle) = self.1.take()
        {
            meddle();
        }
        self.0.query(statement, params)
    }

    fn execute(&self, sql: &str) -> Result<(), Failure> {
        self.0.execute(sql)
    }
}

fn meddled<F: FnOnce()>(database: &Database, meddle: F) -> Postgres<Meddled<F>> {
    Postgres::new(Meddled(database.connect(), RefCell::new(Some(meddle))))
}

#[test]
fn a_schedule_that_changes_while_it_fires_is_looked_at_again() {
    let (database, store) = fresh::<Database>();
    store.publish(&function("main", "v1")).unwrap();
    store
        .set_schedule(&schedule("tick", Overlap::Skip), 50)
        .unwrap();
    let first = firing("tick", 100, &[(1, 100)]);
    store.fire(&first, 100).unwrap().unwrap();

    // The run that goes on ends after the schedule was read: the next one need not be skipped.
    let lease = only(store.claim(9, 9, &terms(999), 101).unwrap()).lease;
    let ends = meddled(&database, || {
        store
            .finish(lease, &success("1"), None, 199)
            .map(drop)
            .unwrap();
    });
    let second = firing("tick", 200, &[(2, 200)]);
    let fired = ends.fire(&second, 200).unwrap().unwrap();
    assert_eq!((fired.started, fired.skipped), (vec![run_id(2)], 0));

    // Another policy holds at once.
    let allows = meddled(&database, || {
        let allowing = schedule("tick", Overlap::Allow);
        store.set_schedule(&allowing, 299).map(drop).unwrap();
    });
    let third = firing("tick", 300, &[(3, 300)]);
    let fired = allows.fire(&third, 300).unwrap().unwrap();
    assert_eq!((fired.started, fired.skipped), (vec![run_id(3)], 0));

    // One that is paused does not fire any more, nor does one that is gone.
    let pauses = meddled(&database, || {
        assert!(store.pause_schedule("tick", 399).unwrap());
    });
    let fourth = firing("tick", 400, &[(4, 400)]);
    let before = store.schedule("tick").unwrap().unwrap();
    assert_eq!(pauses.fire(&fourth, 400).unwrap(), None);
    let after = store.schedule("tick").unwrap().unwrap();
    assert_eq!(
        (after.next_at, after.last_at, after.last_run),
        (before.next_at, before.last_at, before.last_run)
    );
    store.resume_schedule("tick", Some(400), 401).unwrap();
    let removes = meddled(&database, || {
        store.remove_schedule("tick").map(drop).unwrap();
    });
    assert_eq!(removes.fire(&fourth, 402).unwrap(), None);
    assert_eq!(store.run(run_id(4)).unwrap(), None);
    Database::check(&store);
}
