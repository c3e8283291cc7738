//! The PostgreSQL backend, and what is true only of it.

use std::sync::LazyLock;

use tasker_postgres_server::{Durability, Server};
use tasker_store::postgres::native::{self, Native};
use tasker_store::postgres::{Postgres, Value};
use tasker_store::prelude::*;
use tasker_store::{Error, Result, Suspend};

use crate::backend::{Backend, sorted};
use crate::fixtures::*;

/// One server for all tests of this process; it goes with the process.
static SERVER: LazyLock<Server> = LazyLock::new(|| Server::start(Durability::None));

/// A database of the server, by its URL.
pub(crate) struct Database(String);

impl Database {
    pub(crate) fn connect(&self) -> Native {
        native::open(&self.0).unwrap()
    }

    /// Runs all statements of a script.
    fn run_all(&self, script: &str) {
        let script = format!("DO $do$ BEGIN EXECUTE $script$\n{script}\n$script$; END $do$");
        self.connect().rows(&script).unwrap();
    }
}

impl Backend for Database {
    /// Each statement is a round trip.
    const SEQUENCES: u32 = 12;
    type Store = Postgres<Native>;

    fn new() -> Self {
        Self(SERVER.database())
    }

    fn of_schema(version: i64) -> Self {
        let database = Self::new();
        for (of, script) in [
            (60, include_str!("../schema_60/postgres.sql")),
            (61, include_str!("../schema_61/postgres.sql")),
            (62, include_str!("../schema_62/postgres.sql")),
            (63, include_str!("../schema_63/postgres.sql")),
            (64, include_str!("../schema_64/postgres.sql")),
        ] {
            if of <= version {
                database.run_all(script);
            }
        }
        database
    }

    fn of_version(version: i64) -> Self {
        let database = Self::new();
        database.run_all(&format!(
            "CREATE SCHEMA tasker;
             CREATE TABLE tasker.migrations (version BIGINT PRIMARY KEY);
             INSERT INTO tasker.migrations (version) VALUES (1), ({version})"
        ));
        database
    }

    fn open(&self) -> Result<Self::Store> {
        let store = Postgres::new(self.connect());
        store.clock()?;
        Ok(store)
    }

    fn by_hand(store: &Self::Store, sql: &str) {
        let run = |sql: &str| store.connection().rows(sql).unwrap();
        run("SET search_path = tasker");
        run("SET session_replication_role = replica");
        let changed = format!("WITH changed AS ({sql} RETURNING 1) SELECT count(*) FROM changed");
        assert!(number(store, &changed) > 0, "{sql}");
        run("RESET ALL");
    }

    fn rows(store: &Self::Store, sql: &str) -> Vec<String> {
        let run = |sql: &str| store.connection().rows(sql).unwrap();
        run("SET search_path = tasker");
        sorted(run(sql))
    }

    fn check(store: &Self::Store) {
        // Of all connections to this database, only this one has a transaction open.
        let open = "SELECT count(*) FROM pg_stat_activity
                    WHERE datname = current_database() AND xact_start IS NOT NULL
                      AND pid <> pg_backend_pid() AND backend_type = 'client backend'";
        assert_eq!(number(store, open), 0, "a transaction is open");
        assert_eq!(
            number(
                store,
                "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'
            AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            ),
            0
        );
    }
}

/// The one number that a statement answers.
fn number(store: &Postgres<Native>, sql: &str) -> i64 {
    let mut rows = store.connection().rows(sql).unwrap();
    match rows.remove(0).values()[0].clone() {
        Value::Integer(number) => number,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_newer_database_is_refused_and_an_older_builds_functions_stay() {
    let database = Database::new();
    let store = database.open().unwrap();
    let connection = store.connection();
    let run = |sql: &str| connection.rows(sql).unwrap();
    let schemas = "SELECT count(*) FROM pg_namespace WHERE nspname ~ '^tasker_[0-9a-f]{16}$'";

    // Functions of other builds for the same tables are left alone, up to three.
    for number in 0..5 {
        run(&format!("CREATE SCHEMA tasker_000000000000000{number}"));
    }
    let own = "SELECT nspname::text FROM pg_namespace n JOIN pg_proc p ON p.pronamespace = n.oid
               WHERE proname = 'clock'";
    let Value::Text(own) = run(own).remove(0).values()[0].clone() else {
        panic!("a name");
    };
    run(&format!("DROP SCHEMA {own} CASCADE"));
    drop(database.open().unwrap());
    assert_eq!(number(&store, schemas), 4);

    // Without its functions this build looks at the migrations again.
    run("INSERT INTO tasker.migrations (version) VALUES (99)");
    assert!(database.open().is_ok());
    run(&format!("DROP SCHEMA {own} CASCADE"));
    let error = database.open().err().unwrap();
    assert!(
        matches!(&error, Error::Unexpected(message) if message.contains("99")),
        "{error}"
    );
    Database::check(&store);
}

#[test]
fn a_writer_that_never_ends_holds_up_its_own_run_alone() {
    let database = Database::new();
    let store = database.open().unwrap();
    let lease = begin(&store, 1);
    let other = database.connect();
    let run = |sql: &str| other.rows(sql).unwrap();
    run("BEGIN");
    run("SELECT id FROM tasker.task_runs FOR UPDATE");
    run("SELECT id FROM tasker.stack_runs FOR UPDATE");
    // Claims and sweeps pass it by; readers and other runs go on.
    store.submit(&new_run(2), 11).unwrap();
    assert_eq!(store.claim(9, 9, &terms(12), 11).unwrap().len(), 1);
    assert_eq!(
        store.sweep(&sweeping(9, 9), 1_000_000).unwrap().reclaimed,
        1
    );
    assert!(store.run(run_id(1)).unwrap().is_some());
    run("ROLLBACK");
    store
        .append(lease, &entry(1, 1, 12), &no_log(), 12)
        .unwrap();
    assert_eq!(
        store.sweep(&sweeping(9, 9), 1_000_000).unwrap().reclaimed,
        1
    );
    Database::check(&store);
}

#[test]
fn views_show_what_jsonb_cannot_hold() {
    let database = Database::new();
    let store = database.open().unwrap();
    let lease = begin(&store, 1);
    let mut entry = entry(1, 1, 12);
    entry.outcome = Ok(r#"{"a":"\u0000\ud800"}"#.to_owned());
    store.append(lease, &entry, &no_log(), 12).unwrap();
    let journal = store.journal(run_id(1), 0, 9).unwrap();
    assert_eq!(journal.items[0].outcome, entry.outcome);
    let shown = |sql: &str| store.connection().rows(sql).unwrap().remove(0).values()[0].clone();
    assert_eq!(
        shown("SELECT value #>> '{}' FROM tasker.calls"),
        Value::Text(r#"{"a":"\u0000\ud800"}"#.to_owned())
    );
    assert_eq!(
        shown("SELECT status || ' ' || (input->>'n') FROM tasker.runs"),
        Value::Text("queued 1".to_owned())
    );
    let lines = "SELECT count(*) FROM tasker.queue q LEFT JOIN tasker.log_lines l USING (run_id)";
    assert_eq!(number(&store, lines), 1);
}

/// What pg_net and pg_cron look like to a statement. They record what they are asked: it is the trigger and
/// the job that are tested, not the extensions.
const EXTENSIONS: &str = "DO $do$ BEGIN
    CREATE SCHEMA net;
    CREATE TABLE net.asked (url text, body jsonb, params jsonb, headers jsonb, timeout_ms integer);
    CREATE FUNCTION net.http_post(
        url text, body jsonb DEFAULT '{}', params jsonb DEFAULT '{}',
        headers jsonb DEFAULT '{\"Content-Type\": \"application/json\"}',
        timeout_milliseconds integer DEFAULT 5000
    ) RETURNS bigint LANGUAGE sql AS
        'INSERT INTO net.asked VALUES (url, body, params, headers, timeout_milliseconds) RETURNING 1::bigint';
    CREATE SCHEMA cron;
    CREATE TABLE cron.job (
        jobid bigint GENERATED ALWAYS AS IDENTITY, jobname text UNIQUE, schedule text, command text);
    CREATE FUNCTION cron.schedule(job_name text, schedule text, command text) RETURNS bigint LANGUAGE sql AS
        'INSERT INTO cron.job (jobname, schedule, command) VALUES (job_name, schedule, command)
         ON CONFLICT (jobname) DO UPDATE SET schedule = excluded.schedule RETURNING jobid';
    CREATE FUNCTION cron.unschedule(job_id bigint) RETURNS boolean LANGUAGE sql AS
        'DELETE FROM cron.job WHERE jobid = job_id RETURNING true';
END $do$";

#[test]
fn the_database_asks_the_app_to_sweep() {
    let database = Database::new();
    let store = database.open().unwrap();
    let run = |sql: &str| store.connection().rows(sql).unwrap();
    let script = include_str!("../../../../migrations/postgres/optional/pokes.sql");
    let apply = || {
        run(&format!(
            "DO $do$ BEGIN EXECUTE $script${script}$script$; END $do$"
        ))
    };
    let poke_at = || {
        let said = run("SELECT tasker.poke_at('https://app.example.com/', 'secret')").remove(0);
        said.values()[0].clone()
    };
    let asked = || {
        let asked = number(&store, "SELECT count(*) FROM net.asked");
        run("DELETE FROM net.asked");
        asked
    };
    store.publish(&function("main", "v1")).unwrap();

    // Without the extensions nothing is done, and no harm.
    apply();
    assert_eq!(
        poke_at(),
        Value::Text("nothing: the server has no pg_net".to_owned())
    );
    store.submit(&new_run(1), 10).unwrap();
    assert_eq!(number(&store, "SELECT tasker.poke()"), 0);

    run(EXTENSIONS);
    apply();
    assert_eq!(
        [poke_at(), poke_at()],
        ["a trigger and pg_cron"; 2].map(|said| Value::Text(said.to_owned()))
    );
    store.submit(&new_run(2), 10).unwrap();
    let request = "SELECT count(*) FROM net.asked
        WHERE url = 'https://app.example.com/sweep' AND headers ->> 'Authorization' = 'Bearer secret'";
    assert_eq!((number(&store, request), asked()), (1, 1));

    // Not for what is due later, and not if a sweep was there within the second.
    let mut later = new_run(3);
    later.run_at = Some(store.clock().unwrap() + 3_600_000);
    store.submit(&later, 10).unwrap();
    assert_eq!(asked(), 0);
    store
        .sweep(&sweeping(3, 10), store.clock().unwrap() + 60_000)
        .unwrap();
    store.submit(&new_run(4), 10).unwrap();
    assert_eq!(asked(), 0);
    store.sweep(&sweeping(3, 10), 20).unwrap();
    let lease = store
        .claim(1, 0, &terms(1_000), 20)
        .unwrap()
        .remove(0)
        .lease;
    let children = vec![service_call(50, 1), service_call(51, 2)];
    store
        .sleep(lease, &sleep(children, Suspend::UntilSettled), None, 21)
        .unwrap();
    assert_eq!(asked(), 1, "once for all rows of a statement");

    // The job of pg_cron does the same.
    let job = "SELECT command FROM cron.job WHERE schedule = '5 seconds'";
    let Value::Text(command) = run(job).remove(0).values()[0].clone() else {
        panic!("a command");
    };
    run(&format!(
        "WITH poked AS MATERIALIZED ({command}) SELECT count(*) FROM poked WHERE poke"
    ));
    assert_eq!(asked(), 1);

    // An error of the extension is not an error of the operation.
    run("ALTER TABLE net.asked ADD CHECK (false)");
    store.submit(&new_run(5), 22).unwrap();
    assert!(store.run(run_id(5)).unwrap().is_some());

    run("SELECT count(*) FROM (SELECT tasker.poke_no_more()) AS stopped");
    assert_eq!(number(&store, "SELECT count(*) FROM cron.job"), 0);
    assert_eq!(
        number(&store, "SELECT count(*) FROM tasker.poke_settings"),
        0
    );
    store.submit(&new_run(6), 23).unwrap();
    Database::check(&store);
}

/// Blocks of tables and indexes that this database has looked at.
fn blocks(store: &Postgres<Native>) -> i64 {
    store
        .connection()
        .rows("SELECT pg_stat_force_next_flush() IS NULL")
        .unwrap();
    number(
        store,
        "SELECT sum(heap_blks_read + heap_blks_hit + coalesce(idx_blks_read + idx_blks_hit, 0))::bigint
         FROM pg_statio_user_tables",
    )
}

/// Queues rows of one task with the numbers from `from` to below `to`.
fn fill(store: &Postgres<Native>, from: u32, to: u32) {
    let id = "('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid";
    let rows = format!("FROM generate_series({from}, {to} - 1) AS n");
    for sql in [
        format!(
            "INSERT INTO task_runs (id, task_name, task_version, status, created_at, updated_at, input)
             SELECT {id}, 'main', 'v1', 'queued', 1, 1, '1' {rows}"
        ),
        format!(
            "INSERT INTO stack_runs (id, run_id, path, call_number, kind, status, run_after, created_at,
                 updated_at, task_name, task_version, service, method, lane)
             SELECT {id}, {id}, '0', 0, 'frame', 'pending', n, 1, 1, 'main', 'v1', 'tasks', '[]', '100main'
             {rows}"
        ),
    ] {
        Database::by_hand(store, &sql);
    }
}

#[test]
fn claiming_costs_the_same_whatever_is_queued() {
    const FEW: u32 = 100;
    const MANY: u32 = 50_000;
    let database = Database::new();
    let store = database.open().unwrap();
    store.publish(&function("main", "v1")).unwrap();
    // Only the claims count.
    for table in ["task_runs", "stack_runs"] {
        let sql = format!("ALTER TABLE tasker.{table} SET (autovacuum_enabled = off)");
        store.connection().rows(&sql).unwrap();
    }
    let costs = [(0, FEW), (FEW, MANY)].map(|(from, to)| {
        fill(&store, from, to);
        let claim = || {
            store
                .claim(4, 4, &terms(2_000_000), 1_000_000)
                .unwrap()
                .len()
        };
        // The first one plans.
        assert_eq!(claim(), 4);
        let before = blocks(&store);
        assert_eq!(claim(), 4);
        store.next_due().unwrap();
        blocks(&store) - before
    });
    // The trees are deeper by a level or two.
    assert!(costs[1] <= costs[0] + 60, "{costs:?} blocks");
    Database::check(&store);
}
