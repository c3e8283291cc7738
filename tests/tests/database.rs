//! A PostgreSQL database that is set up wrongly or does not answer: the app says at once what is wrong, and nothing secret.

use postgres::{Client as Sql, NoTls};
use serde_json::{Value, json};
use tasker_api::{Check, Problem, Readiness, Verdict};
use tasker_postgres_server::{Durability, Server};
use tasker_tests::{App, Settings, result, until};

/// A password with what has a meaning in URLs, and how it is written there.
const PASSWORD: [&str; 2] = ["s3cret@w/or?d%", "s3cret%40w%2For%3Fd%25"];

/// A server that asks for passwords, and a role with one and a database.
fn server() -> (Server, Sql) {
    let server = Server::start(Durability::None);
    let mut sql = Sql::connect(&server.url("postgres"), NoTls).expect("the server answers");
    let [password, _] = PASSWORD;
    for statement in [
        "DO $$ BEGIN EXECUTE format('COPY (VALUES (%L), (%L)) TO %L', 'host all postgres 127.0.0.1/32 trust',
            'host all all 127.0.0.1/32 scram-sha-256', current_setting('hba_file')); END $$",
        "SELECT pg_reload_conf()",
        &format!("CREATE ROLE tasker LOGIN PASSWORD '{password}'"),
        "CREATE DATABASE app OWNER tasker",
        &format!("CREATE ROLE guest LOGIN PASSWORD '{password}'"),
        "CREATE DATABASE foreign_app",
        "REVOKE CREATE ON DATABASE foreign_app FROM PUBLIC",
    ] {
        sql.batch_execute(statement).expect(statement);
    }
    // The server reads its file when it comes to it.
    until("passwords are asked for", 60, || {
        let url = format!("postgres://tasker@127.0.0.1:{}/app", server.port());
        Sql::connect(&url, NoTls).err()
    });
    (server, sql)
}

fn url(server: &Server, user: &str, password: &str, rest: &str) -> String {
    format!(
        "postgres://{user}:{password}@127.0.0.1:{}/{rest}",
        server.port()
    )
}

fn settings(url: &str) -> Settings {
    Settings::default()
        .variable("database_url", url)
        .variable("api_token", "a-token-that-is-long-enough-for-the-app")
}

/// What is said of the database, by readiness and by the doctor: the same.
fn said(app: &App) -> Check {
    let readiness: Readiness = app.client().get("/health/ready").expect(503);
    let of = |checks: &Value| {
        let checks: Vec<Check> = serde_json::from_value(checks.clone()).expect("checks");
        let mut found = checks.into_iter().filter(|check| check.name == "database");
        found.next().expect("the database is among them")
    };
    let doctor: Value = app.client().get("/doctor").expect(200);
    let check = of(&json!(readiness.parts));
    assert_eq!(check, of(&doctor["checks"]));
    assert_eq!(check.status, Verdict::Failing);
    assert!(check.advice.is_some(), "{check:?}");
    check
}

fn is_ready(app: &App) -> bool {
    app.client().get("/health/ready").status == 200
}

#[test]
fn a_wrong_url_is_refused_at_the_start() {
    let (server, _sql) = server();
    let [_, password] = PASSWORD;
    let right = |rest: &str| url(&server, "tasker", password, rest);
    let other = Server::start(Durability::None);
    for (url, problem) in [
        (
            url(&server, "tasker", "s3cret", "app?sslmode=disable"),
            "does not take the user or the password",
        ),
        (
            url(&server, "nobody", password, "app?sslmode=disable"),
            "does not take the user or the password",
        ),
        (
            url(&server, "tasker", "s3cret@w0rd", "app?sslmode=disable"),
            "more than one @",
        ),
        (
            right("s3cret_app?sslmode=disable"),
            "no database of the name",
        ),
        (right("app?sslmode=require"), "the server has no TLS"),
        (
            right("app?sslrootcert=s3cret"),
            "an option that the driver does not take",
        ),
        (
            right("app?sslmode=s3cret"),
            "an option that the driver does not take",
        ),
        (
            right("app").replace(&format!(":{}/", server.port()), ":s3cret/"),
            "the port in `database_url`",
        ),
        (
            other.url("app").replace("postgres://", "s3cret://"),
            "no URL that begins with postgres://",
        ),
    ] {
        let text = App::refused(&settings(&url));
        assert!(text.contains(problem), "{url}: {text}");
        assert!(text.contains("hint: "), "{url}: {text}");
        // The server names the database that it does not have.
        let text = text.replace("database \"s3cret_app\"", "");
        assert!(
            !text.contains("s3cret") && !text.contains("w0rd"),
            "{url}: {text}"
        );
    }
    let bound =
        settings(&right("app?sslmode=disable")).variable("database_timeout_seconds", "soon");
    let text = App::refused(&bound);
    assert!(text.contains("database_timeout_seconds"), "{text}");
}

#[test]
fn what_is_wrong_with_the_database_is_said_while_the_app_runs() {
    let (server, mut sql) = server();
    let [plain, password] = PASSWORD;
    let app = App::start(&settings(&url(
        &server,
        "tasker",
        password,
        "app?sslmode=disable",
    )));
    assert!(is_ready(&app));
    let mut change = |statement: &str| {
        sql.batch_execute(statement).expect(statement);
        let others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity 
            WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'";
        sql.batch_execute(others).expect(others);
    };
    for (broken, mended, problem) in [
        (
            "ALTER ROLE tasker PASSWORD 'another'".to_owned(),
            format!("ALTER ROLE tasker PASSWORD '{plain}'"),
            "does not take the user or the password",
        ),
        (
            "DROP DATABASE app WITH (FORCE)".to_owned(),
            "CREATE DATABASE app OWNER tasker".to_owned(),
            "no database of the name",
        ),
    ] {
        change(&broken);
        // Connections that were cut are noticed as they are used.
        until("it is said what is wrong", 60, || {
            let text = app.client().get("/health/ready").text();
            text.contains(problem).then_some(())
        });
        let check = said(&app);
        assert!(check.message.contains(problem), "{check:?}");
        let refused: Problem = app.client().get("/tasks").expect(503);
        assert_eq!(refused.code, "store_unavailable");
        change(&mended);
        until("the database can be used", 60, || {
            is_ready(&app).then_some(())
        });
    }

    // A role that may not make the app's schemas is found when it is to make them.
    let guest = url(&server, "guest", password, "foreign_app?sslmode=disable");
    let check = said(&App::start(&settings(&guest)));
    assert!(
        check.message.contains("may not do what the app has to"),
        "{check:?}"
    );

    // A server that is not there may come: the app starts, and says so.
    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = free.local_addr().expect("its address").port();
    drop(free);
    let nowhere = url(&server, "tasker", password, "app")
        .replace(&format!(":{}/", server.port()), &format!(":{port}/"));
    let app = App::start(&settings(&nowhere));
    assert!(
        app.output().contains("warning: nothing listens"),
        "{}",
        app.output()
    );
    let check = said(&app);
    assert!(check.message.contains("nothing listens"), "{check:?}");
    let told = format!("{}{}{check:?}", app.output(), app.log("tasks"));
    assert!(
        !told.contains("s3cret") && !told.contains(password),
        "{told}"
    );
}

#[test]
fn a_statement_that_does_not_come_back_is_given_up() {
    let server = Server::start(Durability::None);
    for (options, in_log, in_output) in [
        // The server ends it.
        (
            "",
            "runs: canceling statement due to statement timeout",
            None,
        ),
        // The server does not: the one who waits for it gives up.
        ("&options=", "runs: no answer within 5s", Some("runs($1")),
    ] {
        let url = server.database();
        // Making the tables takes longer than what is bounded here, on a busy machine.
        App::start(&settings(&url))
            .client()
            .publish("double", include_str!("../tasks/double.js"));
        let settings = settings(&format!("{url}{options}"));
        let app = App::start(&settings.variable("database_timeout_seconds", 3));
        let mut sql = Sql::connect(&url, NoTls).expect("the server answers");
        let busy = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'
            AND datname = current_database()";
        sql.batch_execute("BEGIN; LOCK TABLE tasker.task_runs IN ACCESS EXCLUSIVE MODE")
            .expect("a lock");
        let problem: Problem = app.client().get("/runs").expect(503);
        assert_eq!(problem.code, "store_unavailable");
        assert!(app.log("tasks").contains(in_log), "{}", app.log("tasks"));
        if let Some(told) = in_output {
            until("the log says which statement", 60, || {
                let output = app.output();
                (output.contains(told) && output.contains("its connection is closed")).then_some(())
            });
        }
        sql.batch_execute("ROLLBACK").expect("the lock is given up");
        assert_eq!(result(&app.client().run("double", json!({ "n": 21 }))), 42);
        until("no statement is left", 60, || {
            let left: i64 = sql.query_one(busy, &[]).expect("it tells").get(0);
            (left == 0).then_some(())
        });
    }
}
