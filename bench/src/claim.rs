//! What taking a row from the queue costs, by how many rows wait in it.

use std::time::Instant;

use tasker_postgres_server::{Durability, Server};
use tasker_store::postgres::{self, Postgres};
use tasker_store::sqlite::{Sqlite, native};
use tasker_store::{LeaseTerms, Store};
use tasker_tests::{App, Settings};

use crate::figure::{Report, Unit, median};
use crate::flood::{self, now_ms};

/// Rows that wait.
const QUEUES: [u32; 3] = [100, 10_000, 1_000_000];
/// Claims of each queue.
const CLAIMS: usize = 300;

pub(crate) fn measure(report: &mut Report) {
    measure_on("SQLite", &Settings::default(), report, |app| {
        let file = native::open(&app.state().join("sqlite_db.db")).expect("the database opens");
        Sqlite::open(file).expect("the store opens")
    });
    let server = Server::start(Durability::Full);
    let url = server.database();
    let settings = Settings::default().variable("database_url", &url);
    measure_on("PostgreSQL", &settings, report, |_| {
        Postgres::new(postgres::native::open(&url).expect("the database answers"))
    });
}

fn measure_on<S: Store>(
    name: &str,
    settings: &Settings,
    report: &mut Report,
    open: impl FnOnce(&App) -> S,
) {
    let mut app = App::start(settings);
    app.client()
        .publish("nothing", include_str!("../tasks/nothing.js"));
    let template = flood::template(app.client(), "nothing");
    app.kill();
    let database = app.database();
    let store = open(&app);
    let (mut rows, mut times) = (0, Vec::new());
    for queue in QUEUES {
        flood::copies(&database, template, rows + 1, queue);
        rows = queue;
        let time = claim(&store);
        report.add(
            &format!("{name}: claiming one of {queue} queued runs, and giving it back, median"),
            time,
            Unit::Milliseconds,
        );
        times.push(time);
    }
    report.add_with_target(
        &format!("{name}: of 1,000,000 over of 100"),
        times[2] / times[0],
        Unit::Ratio,
        1.5,
    );
}

fn claim(store: &impl Store) -> f64 {
    let mut times: Vec<f64> = (0..CLAIMS)
        .map(|_| {
            let (begin, now) = (Instant::now(), now_ms());
            let terms = LeaseTerms {
                owner: "bench".to_owned(),
                expires_at: now + 60_000,
            };
            let claimed = store.claim(1, 0, &terms, now).expect("a claim");
            let lease = claimed.first().expect("a row is due").lease;
            store.give_back(lease, now, None, now).expect("it is held");
            begin.elapsed().as_secs_f64() * 1_000.0
        })
        .collect();
    median(&mut times)
}
