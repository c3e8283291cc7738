//! Ten thousand runs asleep: what they hold in memory, and whether others wake on time.

use std::time::Instant;

use serde_json::{Value, json};
use tasker_api::ChangedRuns;
use tasker_domain::RunId;
use tasker_tests::{App, Client, Settings, paths, until};

use crate::figure::{Report, Unit, median, quantile};
use crate::flood::now_ms;
use crate::memory;

/// Runs that sleep all the time.
const SLEEPERS: usize = 10_000;
/// Runs that wake one after the other, `APART_MS` apart.
const WAKERS: i64 = 100;
const APART_MS: i64 = 100;
/// Runs that wake at the same moment.
const AT_ONCE: usize = 1_000;
const DAY_MS: i64 = 86_400_000;

pub(crate) fn measure(report: &mut Report) {
    let app = App::start(&Settings::default().manifest(paths::manifest_with_timer()));
    let client = app.client();
    client.publish("dozer", include_str!("../tasks/dozer.js"));
    // As many at once as later, so that what the runtime keeps is there before.
    put_to_sleep(client, 200, |_| now_ms() + 1_000);
    at_rest(client, 0);
    let before = memory::resident(&app);
    report.add("memory before", before, Unit::Kibibytes);

    let begin = Instant::now();
    put_to_sleep(client, SLEEPERS, |_| now_ms() + DAY_MS);
    at_rest(client, SLEEPERS);
    let each = begin.elapsed().as_secs_f64() / SLEEPERS as f64;
    // By when `runs` more are surely asleep: twice the time that as many have taken.
    let asleep_by = |runs: usize| {
        let needed = each * 2.0 * runs as f64;
        now_ms() + 2_000 + (needed * 1_000.0) as i64
    };
    let after = memory::resident(&app);
    report.add("memory with 10,000 runs asleep", after, Unit::Kibibytes);
    report.add(
        "for each of them",
        (after - before).max(0.0) / SLEEPERS as f64,
        Unit::Kibibytes,
    );

    let first = asleep_by(WAKERS as usize);
    let runs = put_to_sleep(client, WAKERS as usize, |n| first + n as i64 * APART_MS);
    let mut late = lateness(client, &runs, first);
    report.add(
        "waking late by, median",
        median(&mut late),
        Unit::Milliseconds,
    );
    report.add(
        "95th percentile",
        quantile(&mut late, 0.95),
        Unit::Milliseconds,
    );

    let moment = asleep_by(AT_ONCE);
    put_to_sleep(client, AT_ONCE, |_| moment);
    at_rest(client, SLEEPERS + AT_ONCE);
    assert!(now_ms() < moment, "they are asleep before they wake");
    at_rest(client, SLEEPERS);
    let took = (now_ms() - moment) as f64 / 1_000.0;
    report.add(
        "1,000 that wake at one moment, until all have ended",
        took,
        Unit::Seconds,
    );

    let begin = Instant::now();
    cancel_all(client);
    report.add(
        "cancelling 10,000 runs by a filter",
        begin.elapsed().as_secs_f64(),
        Unit::Seconds,
    );
}

fn put_to_sleep(client: &Client, count: usize, until: impl Fn(usize) -> i64) -> Vec<RunId> {
    (0..count)
        .map(|n| client.submit("dozer", json!({ "until": until(n) })))
        .collect()
}

/// Waits until `asleep` runs sleep and nothing else happens.
fn at_rest(client: &Client, asleep: usize) {
    until("the runs rest", 600, || {
        let text = client.get("/metrics").text();
        let of = |status: &str| {
            let line = format!("tasker_runs{{status=\"{status}\"}} ");
            let line = text.lines().find_map(|text| text.strip_prefix(&line));
            line.and_then(|number| number.parse::<usize>().ok())
                .unwrap_or(0)
        };
        (of("queued") + of("processing") == 0 && of("suspended") == asleep).then_some(())
    });
}

/// By how much later than they were to each run ended, in milliseconds.
fn lateness(client: &Client, runs: &[RunId], first: i64) -> Vec<f64> {
    let ends = runs.iter().zip(0..).map(|(run, n)| {
        let run = client.wait(*run);
        let ended = run.finished_at.expect("it has ended").millis();
        (ended - (first + n * APART_MS)) as f64
    });
    ends.collect()
}

fn cancel_all(client: &Client) {
    let mut body = json!({ "all": true, "force": true, "limit": 200 });
    loop {
        let done: ChangedRuns = client.post("/runs/cancel", &body).expect(200);
        match done.next_cursor {
            Some(cursor) => body["cursor"] = Value::from(cursor),
            None => break,
        }
    }
}
