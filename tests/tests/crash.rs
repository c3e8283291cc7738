//! SIGKILL at random moments under a mixed load, also while runs are being submitted: every run ends with
//! the right result, each call is in the journal once, and nothing is left over. `tasker-history` judges.
//!
//! `TASKER_SOAK_SECONDS` makes it last that long; `TASKER_CRASH_SEED` repeats a seed; `TASKER_SOAK_FOLDER` keeps what
//! was judged.

use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use fastrand::Rng;
use serde_json::{Value, json};
use tasker_domain::RunId;
use tasker_sandbox::Sandbox;
use tasker_tests::{App, History, Planned, Settings, until};

/// The process is killed so many times, or until the time of a soak is up.
const KILLS: u32 = 8;

/// After so many kills all runs may end: what is lost five times in a row is given up, as it should be.
const BURST: u32 = 3;

/// Runs submitted between two kills.
const RUNS: usize = 3;

#[test]
fn kills_lose_nothing() {
    let number = |name| {
        std::env::var(name)
            .ok()
            .and_then(|value| value.parse::<u64>().ok())
    };
    let seed = number("TASKER_CRASH_SEED").unwrap_or_else(|| fastrand::u64(..));
    let soak = number("TASKER_SOAK_SECONDS").map(Duration::from_secs);
    println!("TASKER_CRASH_SEED={seed}");
    let mut rng = Rng::with_seed(seed);
    let temporary = tempfile::tempdir().expect("a temporary folder");
    let folder = std::env::var_os("TASKER_SOAK_FOLDER");
    let folder = folder.map_or(temporary.path().to_owned(), PathBuf::from);

    let sandbox = Sandbox::start(&tasker_sandbox::Settings::default()).expect("a sandbox starts");
    let mut app = App::start(
        &Settings::default()
            .upstream(sandbox.url())
            .variable("lease_seconds", 3)
            .variable("slice_seconds", 1),
    );
    Planned::publish(app.client());
    let mut history = History::begin(&folder);
    let begin = Instant::now();
    let (mut live, mut submitted, mut kills) = (Vec::<RunId>::new(), 0, 0);
    while soak.map_or(kills < KILLS, |soak| begin.elapsed() < soak) {
        // Half of the time every VM sleeps at every await.
        app.set("inline_window_ms", if kills % 2 == 0 { 10_000 } else { 0 });
        let batch: Vec<_> = (submitted..submitted + RUNS)
            .map(|number| Planned::random(&mut rng, number))
            .collect();
        submitted += RUNS;
        batch.iter().for_each(|planned| history.submit(planned));
        let submitter = {
            let (batch, client) = (batch.clone(), app.client().clone());
            thread::spawn(move || {
                let answers = batch.iter().map(|planned| planned.try_submit(&client));
                answers.collect::<Vec<_>>()
            })
        };
        // Not a wait for something to settle: the moment of the kill is what is random.
        let longest = if rng.bool() { 60 } else { 2_500 };
        thread::sleep(Duration::from_millis(rng.u64(0..longest)));
        history.fault("kill");
        app.kill();
        kills += 1;
        let answers = submitter.join().expect("submitting does not panic");
        app.restart();
        // Picks up what is free at once; leases of the dead expire meanwhile.
        app.client().post("/sweep", &json!({})).expect::<Value>(200);
        for (planned, answer) in batch.iter().zip(answers) {
            if let Some(run) = answer {
                history.accepted(planned, run);
            }
            // Under the same key it is the same run, whether it arrived before or not.
            let run = planned.try_submit(app.client()).expect("the app answers");
            history.accepted(planned, run);
            live.push(run);
        }
        live.retain(|run| {
            let run = app.client().show(*run);
            history.seen(&run);
            // Some that have ended are looked at again, whether they stay as they are.
            !run.status.is_terminal() || rng.u8(..4) == 0
        });
        if kills % BURST == 0 {
            for run in live.drain(..) {
                history.seen(&app.client().wait_for(run, 300));
            }
        }
        history.requests(&sandbox);
    }
    println!("{kills} kills, {submitted} runs");
    for run in live {
        history.seen(&app.client().wait_for(run, 300));
    }
    history.requests(&sandbox);
    let now_ms = || {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        i64::try_from(now.expect("a clock").as_millis()).expect("a moment of this age")
    };
    let database = app.database();
    until("the drainers end", 60, || {
        let held = "SELECT count(*) FROM drainers WHERE expires_at > ?1";
        (database.number(held, [now_ms()]) == 0).then_some(())
    });
    database.assert_idle();
    let rows = database.dump();
    history.judge(env!("CARGO_BIN_EXE_tasker-history"), rows, now_ms());
    println!("seed {seed}, after {:.0?}", begin.elapsed());
}
