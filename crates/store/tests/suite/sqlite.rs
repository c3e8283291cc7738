//! The SQLite backend, and what is true only of it.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;

use tasker_domain::RunStatus;
use tasker_store::prelude::*;
use tasker_store::sqlite::{Connection, Row, Sqlite, Value, native};
use tasker_store::{DRAINER, Error, Finish, Result, RunFilter, RunQuery, Suspend};
use tempfile::TempDir;

use crate::backend::{Backend, sorted};
use crate::fixtures::*;

const SCRIPT: &str = include_str!("../../../../migrations/sqlite/0001_schema.sql");

/// A database in a file.
pub(crate) struct Database(TempDir);

impl Database {
    fn connect(&self) -> rusqlite::Connection {
        let connection = native::open(&self.0.path().join("store.db")).unwrap();
        // No test cuts the power.
        connection
            .pragma_update(None, "synchronous", "off")
            .unwrap();
        connection
    }
}

impl Backend for Database {
    const SEQUENCES: u32 = 64;
    type Store = Sqlite<rusqlite::Connection>;

    fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    fn of_schema(version: i64) -> Self {
        let database = Self::new();
        let connection = database.connect();
        connection
            .execute_batch("PRAGMA journal_mode = WAL; PRAGMA foreign_keys = OFF")
            .unwrap();
        for (of, script) in [
            (60, include_str!("../schema_60/sqlite.sql")),
            (61, include_str!("../schema_61/sqlite.sql")),
            (62, include_str!("../schema_62/sqlite.sql")),
            (63, include_str!("../schema_63/sqlite.sql")),
            (64, include_str!("../schema_64/sqlite.sql")),
        ] {
            if of <= version {
                connection.execute_batch(script).unwrap();
            }
        }
        database
    }

    fn of_version(version: i64) -> Self {
        let database = Self::new();
        database
            .connect()
            .execute_batch(&format!(
                "CREATE TABLE migrations (version INTEGER PRIMARY KEY) STRICT;
                 INSERT INTO migrations (version) VALUES (0), (1), ({version})"
            ))
            .unwrap();
        database
    }

    fn open(&self) -> Result<Self::Store> {
        Sqlite::open(self.connect())
    }

    fn by_hand(store: &Self::Store, sql: &str) {
        let connection = store.connection();
        let keys = |on: bool| connection.pragma_update(None, "foreign_keys", on).unwrap();
        keys(false);
        assert!(connection.execute(sql, []).unwrap() > 0, "{sql}");
        keys(true);
    }

    fn rows(store: &Self::Store, sql: &str) -> Vec<String> {
        sorted(Connection::execute(store.connection(), sql, vec![]).unwrap())
    }

    fn check(store: &Self::Store) {
        let connection = store.connection();
        assert!(connection.is_autocommit(), "a transaction is open");
        let broken = Connection::execute(connection, "PRAGMA foreign_key_check", vec![]).unwrap();
        assert!(broken.is_empty(), "{broken:?}");
        let check: String = connection
            .query_row("PRAGMA integrity_check", [], |row| row.get(0))
            .unwrap();
        assert_eq!(check, "ok");
    }
}

#[test]
fn the_script_may_be_applied_from_outside_before_and_after() {
    let database = Database::new();
    let outside = database.connect();
    outside.execute_batch(SCRIPT).unwrap();
    let store = database.open().unwrap();
    begin(&store, 1);
    outside.execute_batch(SCRIPT).unwrap();
    assert!(database.open().unwrap().run(run_id(1)).unwrap().is_some());
    let mode: String = outside
        .query_row("PRAGMA journal_mode", [], |row| row.get(0))
        .unwrap();
    assert_eq!(mode, "wal");
    Database::check(&store);
}

/// The script alone cannot add columns to tables.
#[test]
fn the_script_from_outside_does_not_pass_an_older_database_off_as_complete() {
    let database = Database::of_schema(60);
    database.connect().execute_batch(SCRIPT).unwrap();
    let store = database.open().unwrap();
    assert_eq!(store.database(0, 100).unwrap().missing, 0);
    assert_eq!(store.schedule("tick").unwrap().unwrap().skipped, None);
    database.connect().execute_batch(SCRIPT).unwrap();
    Database::check(&store);
}

#[test]
fn a_newer_database_is_refused() {
    let database = Database::new();
    let store = database.open().unwrap();
    store
        .connection()
        .execute_batch("INSERT INTO migrations (version) VALUES (99)")
        .unwrap();
    let error = database.open().unwrap_err();
    assert!(
        matches!(&error, Error::Unexpected(message) if message.contains("99")),
        "{error}"
    );
    assert!(store.connection().is_autocommit());
}

#[test]
fn the_script_from_outside_changes_nothing_of_a_database_that_is_too_old() {
    let outside = Database::of_version(55).connect();
    let error = outside.execute_batch(SCRIPT).unwrap_err().to_string();
    assert!(error.contains("datatype mismatch"), "{error}");
    let tables = "SELECT group_concat(name) FROM sqlite_schema";
    let tables: String = outside.query_row(tables, [], |row| row.get(0)).unwrap();
    assert_eq!(tables, "migrations");
}

/// SQLite parses what it stores whenever a file is opened.
#[test]
fn no_comment_is_stored_with_the_schema() {
    let store = Database::new().open().unwrap();
    let texts = Database::rows(
        &store,
        "SELECT sql FROM sqlite_schema WHERE sql LIKE '%--%'",
    );
    assert_eq!(texts, [""; 0]);
}

#[test]
fn a_writer_that_never_ends_makes_the_store_unavailable() {
    let database = Database::new();
    let store = database.open().unwrap();
    let lease = begin(&store, 1);
    let other = database.connect();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    store
        .connection()
        .busy_timeout(std::time::Duration::ZERO)
        .unwrap();
    assert!(matches!(store.renew(lease, 99), Err(Error::Unavailable(_))));
    assert!(matches!(
        store.submit(&new_run(2), 11),
        Err(Error::Unavailable(_))
    ));
    // Readers go on.
    assert!(store.run(run_id(1)).unwrap().is_some());
    other.execute_batch("ROLLBACK").unwrap();
    store.renew(lease, 99).unwrap();
}

/// Remembers every statement and counts them.
struct Spy {
    connection: rusqlite::Connection,
    statements: RefCell<BTreeSet<String>>,
    count: Cell<usize>,
}

impl Connection for Spy {
    fn execute(&self, sql: &str, params: Vec<Value>) -> Result<Vec<Row>> {
        self.statements.borrow_mut().insert(sql.to_owned());
        self.count.set(self.count.get() + 1);
        Connection::execute(&self.connection, sql, params)
    }
}

impl Spy {
    /// A store on a database that is spied on.
    fn on(database: &Database) -> Sqlite<Self> {
        let spy = Self {
            connection: database.connect(),
            statements: RefCell::default(),
            count: Cell::default(),
        };
        Sqlite::open(spy).unwrap()
    }

    /// How many statements were executed since it was last asked.
    fn taken(&self) -> usize {
        self.count.take()
    }

    /// The steps of all statements' plans.
    fn plans(&self) -> BTreeSet<String> {
        let statements = self.statements.borrow();
        let explained = statements.iter().filter(|sql| {
            !["PRAGMA", "CREATE", "ALTER"]
                .iter()
                .any(|word| sql.starts_with(word))
        });
        let mut plans = BTreeSet::new();
        for sql in explained {
            let explain = format!("EXPLAIN QUERY PLAN {sql}");
            let mut statement = self.connection.prepare(&explain).unwrap();
            let steps = statement.raw_query().mapped(|row| row.get(3));
            plans.extend(steps.map(|step: rusqlite::Result<String>| step.unwrap()));
        }
        plans
    }

    fn indexes(&self) -> Vec<String> {
        let list = "SELECT name FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL";
        let mut statement = self.connection.prepare(list).unwrap();
        let names = statement.query_map([], |row| row.get(0)).unwrap();
        names.map(|name| name.unwrap()).collect()
    }
}

/// Uses every statement about events.
fn touch_events(store: &Sqlite<Spy>) {
    store.sweep(&sweeping(1, 100), 100).unwrap();
    let frame = only(store.claim(1, 0, &terms(999), 100).unwrap());
    let waits = vec![
        event_wait(60, 1, "a", "{}"),
        event_wait(61, 2, "b", "{\"until\":1}"),
    ];
    store
        .sleep(frame.lease, &sleep(waits, Suspend::UntilSettled), None, 100)
        .unwrap();
    for call in store.claim(0, 9, &terms(999), 100).unwrap() {
        if let tasker_domain::Work::Call(waits) = &call.work
            && let Some(wait) = waits.event_wait()
        {
            store.wait_for_event(call.lease, &wait, None, 100).unwrap();
        }
    }
    let mut event = new_event("1", "a", "1");
    event.run = Some(frame.run);
    event.expires_at = 101;
    store.send_event(&event, 100).unwrap();
    store.sweep(&sweeping(1, 100), 101).unwrap();
}

/// Each statement costs a crossing between component and host.
#[test]
fn operations_take_few_statements_and_each_finds_its_rows_by_an_index() {
    let database = Database::new();
    let store = Spy::on(&database);
    let spy = store.connection();
    spy.taken();
    // What migrations do, they do once.
    spy.statements.take();
    store.publish(&function("main", "v1")).unwrap();
    drop(Spy::on(&database));
    spy.taken();

    let root = begin(&store, 1);
    spy.taken();
    store.sweep(&sweeping(3, 100), 10).unwrap();
    assert_eq!(spy.taken(), 1, "sweep with nothing to do");
    store.submit(&new_run(2), 10).unwrap();
    assert_eq!(spy.taken(), 4, "submit");
    store.run(run_id(2)).unwrap();
    assert_eq!(spy.taken(), 1, "run");
    store.load(root, 11).unwrap();
    assert_eq!(spy.taken(), 5, "first load");
    store.append(root, &entry(1, 1, 12), &no_log(), 12).unwrap();
    assert_eq!(spy.taken(), 1, "append");
    store
        .append(root, &entry(2, 2, 12), &vec![line(0, "a")].into(), 12)
        .unwrap();
    assert_eq!(spy.taken(), 7, "append with logs");
    let children = vec![service_call(30, 3), nested(31, 4), in_flight(32, 5)];
    let slept = store
        .sleep(
            root,
            &sleep(children, Suspend::UntilSettled),
            Some(&terms(99)),
            13,
        )
        .unwrap();
    assert_eq!(spy.taken(), 7, "sleep with children, one of them nested");
    let done = store
        .finish(
            slept.next.unwrap().lease,
            &success("1"),
            Some(&terms(99)),
            14,
        )
        .unwrap();
    assert_eq!(spy.taken(), 5, "settle a call and wake its frame");
    let root = done.next.unwrap().lease;
    store.load(root, 15).unwrap();
    assert_eq!(spy.taken(), 4, "load with an unseen entry");
    store.absorb(root, 16).unwrap();
    assert_eq!(spy.taken(), 1, "absorb nothing");
    store
        .finish(slept.in_flight[0].lease, &success("1"), None, 16)
        .unwrap();
    spy.taken();
    store.absorb(root, 16).unwrap();
    assert_eq!(spy.taken(), 2, "absorb");
    store
        .sleep(root, &sleep(vec![], Suspend::UntilSettled), None, 17)
        .unwrap();
    assert_eq!(spy.taken(), 4, "sleep");
    let child = store.claim(9, 9, &terms(18), 17).unwrap();
    assert_eq!(spy.taken(), 1, "claim");
    store.claim_other(&terms(18), 17).unwrap();
    assert_eq!(spy.taken(), 1, "claim another task's");
    store.sweep(&sweeping(3, 100), 18).unwrap();
    assert_eq!(spy.taken(), 7, "sweep of expired leases");
    assert_eq!(child.len(), 2);

    store.sweep(&sweeping(1, 100), 99).unwrap();
    let third = begin(&store, 5);
    store.load(third, 99).unwrap();
    let mut crowded = sleep(vec![nested(50, 9)], Suspend::KeepRunning);
    crowded.frames = 1;
    store.sleep(third, &crowded, None, 99).unwrap();
    for _ in 0..2 {
        store.cancel(run_id(5), &stop(99, 120), false, 99).unwrap();
    }
    spy.taken();
    store.control(third).unwrap();
    assert_eq!(spy.taken(), 1, "control");
    store.stop_calls(third, &[call(1)], 99).unwrap();
    store.expire(9, 9, 99).unwrap();
    spy.taken();
    store.expire(9, 9, 99).unwrap();
    assert_eq!(spy.taken(), 1, "expire nothing");
    store.expire(9, 9, 120).unwrap();
    store.cancel(run_id(2), &stop(99, 120), true, 99).unwrap();
    store.renew(root, 99).unwrap_err();
    store
        .give_back(root, 99, Some(&failed(98)), 99)
        .unwrap_err();
    store.load(root, 99).unwrap_err();
    store
        .tail(run_id(1), &tasker_domain::Path::root(), 0, 9)
        .unwrap();
    store.journal(run_id(1), 0, 9).unwrap();
    store.stack(run_id(1)).unwrap();
    store.logs(run_id(1), 0, 9).unwrap();
    take_slot(&store, 2, "a", 99, 1).unwrap();
    assert_eq!(take_slot(&store, 1, "b", 99, 1), None);
    store.renew_lease(DRAINER, "a", 99).unwrap();
    store.give_back_if_idle(DRAINER, "a", 99).unwrap();
    store.give_back_lease(DRAINER, "a").unwrap();
    store.queue_depth(99).unwrap();
    store.next_due().unwrap();
    store.task("main").unwrap();
    store.tasks(None, 9).unwrap();
    for status in [
        None,
        Some("failed"),
        Some("processing"),
        Some("suspended"),
        Some("paused"),
    ] {
        for task in [None, Some("main".to_owned())] {
            let status = status.and_then(tasker_domain::RunStatus::parse);
            let query = RunQuery {
                filter: RunFilter {
                    status,
                    task,
                    live: false,
                    tag: None,
                },
                before: None,
                limit: 5,
            };
            store.runs(&query).unwrap();
            let live = RunFilter {
                live: true,
                ..query.filter
            };
            let query = RunQuery {
                filter: live,
                ..query
            };
            store.runs(&query).unwrap();
            let mut with_tag = query;
            with_tag.filter.tag = Some("a".to_owned());
            store.runs(&with_tag).unwrap();
        }
    }
    store.count_runs().unwrap();
    store.tag(run_id(1), &["a".to_owned()], 99).unwrap();
    store.run_progress(run_id(1)).unwrap();
    for number in [3, 4] {
        let mut run = new_run(number);
        run.idempotency_key = Some("key".to_owned());
        store.submit(&run, 99).unwrap();
    }

    crate::services::touch(&store);
    touch_events(&store);
    crate::schedules::touch(&store);
    let retention = tasker_store::Retention {
        ended_until: 99,
        runs_per_task: Some(1),
    };
    store.purge(&retention, 9, 99).unwrap();
    crate::webhooks::touch(&store);
    crate::api_keys::touch(&store);
    crate::audit::touch(&store);
    store.remove_run(run_id(1)).unwrap();
    for number in 110..113 {
        let mut limited = new_run(number);
        limited.terms.concurrency = Some(tasker_store::ConcurrencyLimit {
            scope: "a".to_owned(),
            at_once: 1,
        });
        limited.run_at = (number == 110).then_some(200);
        store.submit(&limited, 99).unwrap();
    }
    store.claim(9, 9, &terms(999), 200).unwrap();
    store
        .cancel(run_id(111), &stop(201, 251), false, 201)
        .unwrap();
    store.sweep(&sweeping(3, 9), 202).unwrap();

    let mut retried = new_run(121);
    retried.terms.retry = tasker_domain::retry::RunRetry {
        pauses: vec![0],
        any: true,
    };
    store.submit(&retried, 300).unwrap();
    let claimed = store.claim(9, 9, &terms(999), 300).unwrap();
    let root = claimed.iter().find(|claimed| claimed.run == retried.id);
    let root = root.unwrap().lease;
    let failed = Finish {
        outcome: Err(failure()),
        logs: no_log(),
    };
    store.finish(root, &failed, None, 301).unwrap();

    let plans = spy.plans();
    for index in spy.indexes() {
        let used = plans
            .iter()
            .any(|step| step.contains(&format!("INDEX {index}")));
        assert!(used, "{index} serves no statement");
    }
    let scans = plans.iter().filter(|step| {
        step.starts_with("SCAN ") && !step.starts_with("SCAN (") && !step.contains("VIRTUAL TABLE")
    });
    // Nothing else may walk over rows: the results of a statement's own parts, the few rows of
    // small tables, the keystore when its key changes, the leases that are held at this moment, the lanes that have rows, what
    // schedules have a run that waits, whether any frame sleeps or run waits and which ended first (the first one tells), the counts
    // that are kept of runs, and the runs that are paused.
    assert_eq!(
        scans.collect::<Vec<_>>(),
        [
            "SCAN CONSTANT ROW",
            "SCAN c",
            "SCAN due",
            "SCAN f",
            "SCAN keystore",
            "SCAN l",
            "SCAN lanes",
            "SCAN m",
            "SCAN moved",
            "SCAN n",
            "SCAN names",
            "SCAN o",
            "SCAN p USING INDEX stack_runs_processing",
            "SCAN parts",
            "SCAN run_counts",
            "SCAN s USING COVERING INDEX stack_runs_processing",
            "SCAN s USING COVERING INDEX stack_runs_suspended",
            "SCAN s USING INDEX schedules_queued",
            "SCAN stack_runs USING COVERING INDEX stack_runs_processing",
            "SCAN stack_runs USING INDEX stack_runs_processing",
            "SCAN task_runs USING INDEX task_runs_expired",
            "SCAN task_runs USING INDEX task_runs_paused",
            "SCAN unseen",
        ]
    );
}

/// A flood costs a claim nothing: neither what is due of one task nor what is not due yet.
#[test]
fn claiming_costs_the_same_whatever_is_queued() {
    let database = Database::new();
    let store = Spy::on(&database);
    let spy = store.connection();
    store.publish(&function("main", "v1")).unwrap();
    store.publish(&function("other", "v1")).unwrap();
    store.submit(&new_run(1), 10).unwrap();
    let mut other = new_run(2);
    other.task = task_ref("other", "v1");
    store.submit(&other, 10).unwrap();
    spy.statements.take();
    store.claim(0, 0, &terms(99), 10).unwrap();
    let claim = spy.statements.take().pop_first().unwrap();

    // The steps of SQLite's machine do not depend on the machine under it.
    let steps = || {
        spy.connection.execute_batch("BEGIN IMMEDIATE").unwrap();
        let mut statement = spy.connection.prepare(&claim).unwrap();
        let params = rusqlite::params![1_000, "worker", 9_999, 4, 32];
        let claimed = statement.query_map(params, |_| Ok(())).unwrap().count();
        let steps = statement.get_status(rusqlite::StatementStatus::VmStep);
        drop(statement);
        spy.connection.execute_batch("ROLLBACK").unwrap();
        (claimed, steps)
    };
    let flood = |rows: u32| {
        spy.connection
            .execute(
                "WITH RECURSIVE n (n) AS (SELECT ?1 UNION ALL SELECT n + 1 FROM n WHERE n < ?1 + ?2 - 1)
                 INSERT INTO stack_runs (id, run_id, path, parent_id, call_number, kind, status, run_after, created_at,
                     updated_at, service, method, args, lane)
                 SELECT 'flood' || n, ?3, '0.' || n, ?4, n, 'call', 'pending', CASE n % 2 WHEN 0 THEN 10 + n % 7 ELSE 5000 END,
                     10, 10, 's', '[]', '[]', '100main' FROM n",
                rusqlite::params![rows, rows, run_id(1).to_string(), stack_id(1).to_string()],
            )
            .unwrap();
    };
    flood(100);
    let few = steps();
    assert_eq!(few.0, 2 + 32);
    flood(200_000);
    let many = steps();
    assert_eq!(many.0, few.0);
    assert!(
        many.1 <= few.1 + few.1 / 10,
        "{few:?} steps became {many:?}"
    );
}

/// Makes ended runs of some tasks, past the store.
fn ended_runs(connection: &rusqlite::Connection, from: u32, runs: u32) {
    connection
        .execute(
            "WITH RECURSIVE n (n) AS (SELECT ?1 UNION ALL SELECT n + 1 FROM n WHERE n < ?1 + ?2 - 1)
             INSERT INTO task_runs (id, task_name, task_version, status, created_at, updated_at, finished_at, input, result)
             SELECT printf('00000000-0000-7000-8000-%012d', n), CASE n % 3 WHEN 0 THEN 'main' ELSE 'other' END, 'v1', 'completed',
                 1, 1, 1, '{\"filling\":\"' || hex(zeroblob(40)) || '\"}', '1' FROM n",
            rusqlite::params![from, runs],
        )
        .unwrap();
}

/// Metrics read as many rows with 200,000 kept runs as with 100.
#[test]
fn counting_runs_costs_the_same_however_many_are_kept() {
    let database = Database::new();
    let store = Spy::on(&database);
    let spy = store.connection();
    store.publish(&function("main", "v1")).unwrap();
    store.publish(&function("other", "v1")).unwrap();
    store.submit(&new_run(1), 10).unwrap();
    spy.statements.take();
    store.count_runs_by_task().unwrap();
    store.size().unwrap();
    store.figures().unwrap();
    let statements = spy.statements.take();
    assert_eq!(statements.len(), 3);
    // The steps of SQLite's machine do not depend on the machine under it.
    let steps = || -> i32 {
        let steps = statements.iter().map(|sql| {
            let mut statement = spy.connection.prepare(sql).unwrap();
            statement.raw_query().mapped(|_| Ok(())).for_each(drop);
            statement.get_status(rusqlite::StatementStatus::VmStep)
        });
        steps.sum()
    };
    ended_runs(&spy.connection, 0, 100);
    let few = steps();
    ended_runs(&spy.connection, 100, 199_900);
    let many = steps();
    assert!(many <= few + few / 10, "{few} steps became {many}");
    let counted: Vec<_> = store.count_runs().unwrap();
    let of = |status| counted.iter().find(|(of, _)| *of == status).unwrap().1;
    assert_eq!(
        (of(RunStatus::Completed), of(RunStatus::Queued)),
        (200_000, 1)
    );
}

/// The bytes of the file, once its write-ahead log is in it.
fn shrunk(store: &Sqlite<rusqlite::Connection>, database: &Database) -> u64 {
    store
        .connection()
        .execute_batch("PRAGMA wal_checkpoint(TRUNCATE)")
        .unwrap();
    database.0.path().join("store.db").metadata().unwrap().len()
}

#[test]
fn room_that_runs_have_left_goes_back_to_the_disk_in_steps() {
    let database = Database::new();
    let store = database.open().unwrap();
    assert!(store.can_shrink().unwrap());
    store.publish(&function("main", "v1")).unwrap();
    store.publish(&function("other", "v1")).unwrap();
    let empty = shrunk(&store, &database);
    ended_runs(store.connection(), 0, 20_000);
    let full = shrunk(&store, &database);
    assert_eq!(store.shrink(100).unwrap(), 0, "nothing is free");
    let retention = tasker_store::Retention {
        ended_until: 1,
        runs_per_task: None,
    };
    let mut purged = 0;
    loop {
        let batch = store.purge(&retention, 500, 10).unwrap();
        purged += batch.runs;
        if !batch.more {
            break;
        }
    }
    assert_eq!((purged, shrunk(&store, &database)), (20_000, full));
    let (mut steps, size) = (0, |store: &Sqlite<_>| store.size().unwrap());
    let before = size(&store);
    while store.shrink(256).unwrap() > 0 {
        steps += 1;
        assert!(size(&store).bytes <= before.bytes - steps * 256 * 4_096 + 256 * 4_096);
    }
    let left = shrunk(&store, &database);
    assert!(
        steps > 3 && left < empty + 300 * 4_096,
        "{empty} grew to {full} and fell to {left}"
    );
    Database::check(&store);

    // A file that was made without it keeps its room, and says so.
    let old = Database::new();
    let connection = old.connect();
    connection
        .execute_batch("PRAGMA auto_vacuum = NONE; CREATE TABLE a (b)")
        .unwrap();
    let store = Sqlite::open(connection).unwrap();
    assert!(!store.can_shrink().unwrap());
    assert_eq!(store.shrink(256).unwrap(), 0);
}

#[test]
fn a_full_database_and_a_damaged_one_are_told_from_one_that_is_away() {
    let database = Database::new();
    let store = database.open().unwrap();
    let lease = begin(&store, 1);
    let limit = |pages: i64| {
        let pragma = format!("PRAGMA max_page_count = {pages}");
        store
            .connection()
            .query_row(&pragma, [], |_| Ok(()))
            .unwrap();
    };
    limit(1);
    let mut large = new_run(2);
    large.input = format!("\"{}\"", "x".repeat(50_000));
    assert!(matches!(store.submit(&large, 11), Err(Error::Full(_))));
    // What is stored is there, and everything resumes once there is room.
    assert!(store.run(run_id(1)).unwrap().is_some() && store.connection().is_autocommit());
    limit(1_000_000);
    store.submit(&large, 11).unwrap();
    store.finish(lease, &success("1"), None, 12).unwrap();
    assert_eq!(store.integrity(1 << 30).unwrap(), None);
    Database::check(&store);

    // A write is a write, unless there was one a moment ago.
    let probed = || Database::rows(&store, "SELECT probed_at FROM sweeps");
    store.database(0, 1_000).unwrap();
    let first = probed();
    store.database(100, 1_099).unwrap();
    assert_eq!(probed(), first);
    store.database(100, 1_100).unwrap();
    let second = probed();
    store.database(0, 1_100).unwrap();
    assert!(first != second && second != probed());

    let size = shrunk(&store, &database);
    drop(store);
    let file = database.0.path().join("store.db");
    let mut bytes = std::fs::read(&file).unwrap();
    assert_eq!(bytes.len() as u64, size);
    bytes[100..].fill(0xaa);
    std::fs::write(&file, bytes).unwrap();
    let assert_damaged = || {
        let opened = native::open(&file).and_then(Sqlite::open).map(drop);
        let error = opened.unwrap_err();
        assert!(matches!(error, Error::Damaged(_)), "{error}");
    };
    assert_damaged();
    std::fs::write(&file, vec![0xaa; 50_000]).unwrap();
    assert_damaged();
}
