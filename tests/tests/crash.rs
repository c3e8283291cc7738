//! SIGKILL at random moments under a mixed load, also while runs are being submitted, and the loss of what was not on the disk then: every
//! run ends with the right result, each call is in the journal once, and nothing is left over. `tasker-history` judges.
//! See `soak.rs` for what the environment may say.

use std::thread;
use std::time::Duration;

use serde_json::{Value, json};
use tasker_domain::RunId;
use tasker_sandbox::Sandbox;
use tasker_tests::{App, History, Planned, Settings, Soak};

/// How often the process is killed, unless a soak gives a time.
const KILLS: usize = 8;

/// After this many kills all runs may end: what is lost five times in a row is given up, as it should be.
const BURST: usize = 3;

/// Runs submitted between two kills.
const RUNS: usize = 3;

/// What ends the app.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    /// The process alone; the system still has what it had written.
    Kill,
    /// The machine: what was not synced is gone, or only some of it is there.
    LossOfPower,
}

#[test]
fn kills_lose_nothing() {
    lose_nothing(End::Kill);
}

#[test]
fn losses_of_power_lose_nothing() {
    lose_nothing(End::LossOfPower);
}

fn lose_nothing(end: End) {
    let mut soak = Soak::begin();
    let sandbox = Sandbox::start(&tasker_sandbox::Settings::default()).expect("a sandbox starts");
    let settings = Settings::default()
        .upstream(sandbox.url())
        .variable("lease_seconds", 3)
        .variable("slice_seconds", 1);
    let mut app = App::start(&match end {
        End::Kill => settings,
        End::LossOfPower => settings.faults(),
    });
    if app.database().is_postgres() && end == End::LossOfPower {
        println!("not on PostgreSQL, whose server has the disk");
        return;
    }
    if end == End::LossOfPower {
        app.faults().expect_loss_of_power();
    }
    Planned::publish(app.client());
    let mut history = History::begin(soak.folder());
    let (mut live, mut submitted, mut kills, mut losses) = (Vec::<RunId>::new(), 0, 0, 0);
    while soak.goes_on(kills, KILLS) {
        // Half of the time every VM sleeps at every await.
        app.set("inline_window_ms", if kills % 2 == 0 { 10_000 } else { 0 });
        let batch: Vec<_> = (submitted..submitted + RUNS)
            .map(|number| Planned::random(&mut soak.rng, number))
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
        let longest = if soak.rng.bool() { 60 } else { 2_500 };
        thread::sleep(Duration::from_millis(soak.rng.u64(0..longest)));
        history.fault("kill");
        app.kill();
        kills += 1;
        let answers = submitter.join().expect("submitting does not panic");
        if end == End::LossOfPower {
            losses += usize::from(app.faults().lose_power(&mut soak.rng));
        }
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
            !run.status.is_terminal() || soak.rng.u8(..4) == 0
        });
        if kills % BURST == 0 {
            for run in live.drain(..) {
                history.seen(&app.client().wait_for(run, 300));
            }
        }
        history.requests(&sandbox);
    }
    println!("{kills} kills, {losses} losses of power, {submitted} runs");
    assert!(end == End::Kill || losses > 0, "no power was lost");
    for run in live {
        history.seen(&app.client().wait_for(run, 300));
    }
    history.requests(&sandbox);
    history.judge(env!("CARGO_BIN_EXE_tasker-history"), &app.database());
    soak.end();
}
