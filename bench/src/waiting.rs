//! Many runs that each wait for one slow call, and small runs that come behind them.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;
use tasker_tests::{App, Client, Settings, until};

use crate::figure::{Report, Unit, median, quantile};
use crate::{flood, memory, upstream};

/// How long each call takes.
const CALL: Duration = Duration::from_secs(3);
/// How many runs wait at once.
const ROUNDS: [u32; 2] = [100, 1_000];
/// The pause between two small runs.
const PAUSE: Duration = Duration::from_millis(50);

pub(crate) fn measure(report: &mut Report) {
    for runs in ROUNDS {
        let app = start();
        let template = flood::template(app.client(), "asks");
        let before = memory::resident(&app);
        let begin = Instant::now();
        flood::copies(&app.database(), template, 1, runs);
        let over = AtomicBool::new(false);
        let (seconds, most, mut small) = thread::scope(|scope| {
            let small = scope.spawn(|| small_runs(app.client(), &over));
            let mut most = before;
            until("the runs end", 600, || {
                most = most.max(memory::resident(&app));
                // One row is that of the template.
                let left = app.database().number(
                    "SELECT count(*) FROM stack_runs WHERE task_name = 'asks'",
                    [],
                );
                (left == 1).then_some(())
            });
            let seconds = begin.elapsed().as_secs_f64();
            over.store(true, Ordering::Relaxed);
            (seconds, most, small.join().expect("they end"))
        });
        let failed = app
            .database()
            .number("SELECT count(*) FROM task_runs WHERE status = 'failed'", []);
        assert_eq!(failed, 0, "{}", app.output());
        let of = format!("{runs} runs with one call of {} s each", CALL.as_secs());
        let floor = CALL.as_secs_f64();
        report.add_with_target(&of, seconds, Unit::Seconds, 2.0 * floor);
        report.add("over one call's time", seconds / floor, Unit::Ratio);
        let grown = (most - before) / f64::from(runs);
        report.add("memory for each of them, at most", grown, Unit::Kibibytes);
        report.add_with_target(
            "a small run behind them, median",
            median(&mut small),
            Unit::Milliseconds,
            50.0,
        );
        report.add(
            "95th percentile",
            quantile(&mut small, 0.95),
            Unit::Milliseconds,
        );
    }
}

/// An app that has done a run of each task.
fn start() -> App {
    let app = App::start(&Settings::default().upstream(&upstream::slow(CALL)));
    let client = app.client();
    for (task, code) in [
        ("asks", include_str!("../tasks/asks.js")),
        ("nothing", include_str!("../tasks/nothing.js")),
    ] {
        client.publish(task, code);
        client.run(task, json!({}));
    }
    app
}

/// Small runs, one after the other, until it is over; how long each took, from its submission to its result.
fn small_runs(client: &Client, over: &AtomicBool) -> Vec<f64> {
    let mut times = Vec::new();
    while !over.load(Ordering::Relaxed) {
        let begin = Instant::now();
        client.run("nothing", json!({}));
        times.push(begin.elapsed().as_secs_f64() * 1_000.0);
        thread::sleep(PAUSE);
    }
    times
}
