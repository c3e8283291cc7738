//! Samples in SQL, on a PostgreSQL server with the app's tables.

use std::fs;

use postgres::{Client, NoTls};
use tasker_postgres_server::{Durability, Server};
use tasker_tests::paths;

use crate::markdown::samples;

/// All that the app makes in a database for people to read.
fn tables(client: &mut Client) {
    client
        .batch_execute("CREATE SCHEMA IF NOT EXISTS tasker; SET search_path = tasker")
        .expect("a schema");
    let folder = paths::root().join("migrations/postgres");
    let mut scripts: Vec<_> = fs::read_dir(&folder)
        .expect("the migrations")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.is_file())
        .collect();
    scripts.sort();
    scripts.push(folder.join("optional/pokes.sql"));
    for script in scripts {
        let sql = fs::read_to_string(&script).expect("a migration");
        if let Err(error) = client.batch_execute(&sql) {
            panic!("{}: {error}", script.display());
        }
    }
}

#[test]
fn samples_in_sql_run() {
    let server = Server::start(Durability::None);
    let mut client = Client::connect(&server.url("postgres"), NoTls).expect("the server answers");
    tables(&mut client);
    client
        .batch_execute("RESET search_path")
        .expect("as at first");
    let mut run = 0;
    for sample in samples().iter().filter(|sample| sample.language == "sql") {
        // One by one: databases are not made in a transaction.
        for statement in sample
            .text
            .split(";\n")
            .filter(|statement| !statement.trim().is_empty())
        {
            if let Err(error) = client.simple_query(statement) {
                panic!("{sample}: {error:?}: {statement}");
            }
            run += 1;
        }
    }
    assert!(run > 4, "{run} statements");
}
