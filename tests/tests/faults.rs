//! A fault at every commit and at every request between components: each time the run ends right, soon,
//! and with each call journaled once. A cancel at every one of these points as well.
//!
//! A part of the points is tried; with `TASKER_SOAK_SECONDS` all of them.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tasker_api::{Run, Submitted};
use tasker_domain::{RunId, RunStatus};
use tasker_tests::{Answer, App, Settings, result, until};

/// A task that does of everything a little.
const SCENARIO: &str = r#"
module.exports = async function scenario({ ns }) {
    const { keystore, tasks } = tools;
    await keystore.set(ns, "began", true);
    try {
        const [doubled, kept] = await Promise.all([
            tasks.execute("double", { n: 21 }),
            keystore.get(ns, "began"),
        ]);
        await tools.sleep(120);
        const { data } = await tools.waitForEvent(`go-${ns}`);
        const late = await tools.waitForEvent(`never-${ns}`, { timeout: 60 }).catch((error) => error.code);
        return { doubled, kept, data, late };
    } finally {
        await keystore.set(ns, "tidied", true);
    }
};
"#;

/// How many calls it makes.
const CALLS: usize = 7;

/// The lease of the apps under test.
const LEASE: Duration = Duration::from_secs(2);

/// Sweeps are this far apart, and follow a lease's end.
const TICK: Duration = Duration::from_secs(1);

/// Lost work continues once its lease has expired and somebody has swept. A busy machine takes this much longer,
/// and this many times the time of a run without a fault: for a new process, and for what is done again.
const ALLOWANCE: Duration = Duration::from_secs(3);
const SLOWDOWN: u32 = 3;

const REQUESTS: u32 = 40;

/// How many faults and cancels are tried for each app, and how many kills.
const TRIED: usize = 20;
const KILLS: usize = 4;

struct World {
    app: App,
    /// So far.
    runs: u32,
    /// How long a run takes without a fault.
    undisturbed: Duration,
    slowest: Duration,
}

impl World {
    fn start(settings: Settings, inline_window_ms: u64) -> Self {
        let settings = settings
            .faults()
            .variable("inline_window_ms", inline_window_ms)
            .variable("lease_seconds", LEASE.as_secs())
            .variable("slice_seconds", 2)
            .variable("call_retry_ms", 20)
            .variable("cancel_grace_seconds", 5);
        let app = App::start(&settings);
        app.client()
            .publish("double", include_str!("../tasks/double.js"));
        app.client().publish("scenario", SCENARIO);
        Self {
            app,
            runs: 0,
            undisturbed: Duration::ZERO,
            slowest: Duration::ZERO,
        }
    }

    /// A run that meets one fault or a cancel ends within this time.
    fn bound(&self) -> Duration {
        LEASE + TICK + ALLOWANCE + self.undisturbed * SLOWDOWN
    }

    /// Runs the scenario without a fault; answers how many points there were.
    fn undisturbed(&mut self) -> usize {
        // The first run finds caches cold, and may take what it takes.
        self.undisturbed = Duration::from_secs(20);
        self.with("count", 0);
        self.slowest = Duration::ZERO;
        let points = self.with("count", 0);
        self.undisturbed = std::mem::take(&mut self.slowest);
        assert!(points > 20, "{points} points");
        points
    }

    /// Asks until there is an answer that is no failure; starts the app again if it has died.
    fn ask(&mut self, method: &str, path: &str, body: Option<&Value>) -> Answer {
        until(&format!("{method} {path}"), 60, || {
            if self.app.has_ended() {
                self.app.faults().lift();
                self.app.restart();
            }
            let answer = self.app.client().try_call(method, path, body);
            answer.ok().filter(|answer| answer.status < 500)
        })
    }

    fn submit(&mut self, delay_ms: u32) -> (String, RunId) {
        self.runs += 1;
        let ns = format!("run-{}", self.runs);
        let body = json!({
            "taskName": "scenario", "input": { "ns": ns }, "idempotencyKey": ns, "delayMs": delay_ms,
        });
        let submitted: Submitted = self.ask("POST", "/tasks", Some(&body)).expect(202);
        let run = submitted.task_run_id;
        let event = json!({ "name": format!("go-{ns}"), "runId": run, "id": ns, "data": 7 });
        let sent = self.ask("POST", "/events", Some(&event));
        assert!(sent.status < 300, "{}", sent.text());
        (ns, run)
    }

    /// Waits for a run's end, sweeping meanwhile as the app's timer would.
    fn end(&mut self, run: RunId) -> Run {
        until("the run ends", 90, || {
            self.ask("POST", "/sweep", Some(&json!({})));
            let shown: Run = self
                .ask("GET", &format!("/runs/{run}?wait={}", TICK.as_secs()), None)
                .expect(200);
            shown.status.is_terminal().then_some(shown)
        })
    }

    /// Runs the scenario with a fault at the `n`-th point; answers how many points there were.
    fn with(&mut self, what: &str, n: usize) -> usize {
        self.app.faults().order(what, n);
        let begun = Instant::now();
        let (ns, id) = self.submit(0);
        let run = self.end(id);
        let (took, case) = (begun.elapsed(), format!("{what} at {n}: {ns}"));
        self.slowest = self.slowest.max(took);
        if took > LEASE + TICK + self.undisturbed {
            println!("{case} took {took:.1?}");
        }
        assert!(took < self.bound(), "{case} took {took:?}");
        assert_eq!(run.status, RunStatus::Completed, "{case}: {:?}", run.error);
        assert_eq!(
            result(&run),
            json!({ "doubled": 42, "kept": true, "data": 7, "late": "event_timeout" }),
            "{case}"
        );
        assert_eq!(self.app.database().assert_journal(id), CALLS, "{case}");
        assert!(self.app.client().stack(id).is_empty(), "{case}");
        let passed = self.app.faults().passed().len();
        self.app.faults().lift();
        passed
    }

    /// Runs the scenario and cancels it while it is held after the `n`-th point; answers whether it was.
    fn cancelled_at(&mut self, n: usize) -> bool {
        let (ns, id) = self.submit(100);
        self.app.faults().order("hold", n);
        let held = until("the point is reached", 60, || {
            if self.app.faults().passed().iter().any(|line| line == "held") {
                return Some(true);
            }
            let run = self.app.client().show(id);
            run.status.is_terminal().then_some(false)
        });
        if !held {
            // The cancel itself must not be what is held.
            self.app.faults().lift();
        }
        let answer = self
            .app
            .client()
            .post(&format!("/runs/{id}/cancel"), &json!({}));
        let begun = Instant::now();
        self.app.faults().lift();
        let run = self.end(id);
        let (took, case) = (begun.elapsed(), format!("cancel at {n}: {ns}"));
        self.slowest = self.slowest.max(took);
        assert!(took < self.bound(), "{case} took {took:?}");
        match run.status {
            RunStatus::Cancelled => assert!(answer.status < 300, "{case}: {}", answer.text()),
            RunStatus::Completed => assert_eq!(answer.status, 409, "{case}: {}", answer.text()),
            other => panic!("{case}: {other} {:?}", run.error),
        }
        let calls = self.app.database().assert_journal(id);
        assert!(calls <= CALLS, "{case}: {calls}");
        // Once it is inside of its `try`, it tidies up.
        let journal = self.app.client().journal(id);
        let makes = |word: &str, done: bool| {
            journal.iter().any(|entry| {
                let args = serde_json::to_string(&entry.args).unwrap_or_default();
                args.contains(&ns) && args.contains(word) && (entry.error.is_none() || !done)
            })
        };
        assert!(
            !makes("began", true) || makes("tidied", false),
            "{case}: {journal:#?}"
        );
        assert!(self.app.client().stack(id).is_empty(), "{case}");
        held
    }

    fn idle(&self, what: &str, tried: usize) {
        self.app.database().assert_idle();
        let (slowest, undisturbed) = (self.slowest, self.undisturbed);
        println!(
            "{tried} {what}, the slowest run took {slowest:.1?}, one without a fault {undisturbed:.1?}"
        );
    }
}

/// `count` of the points 1 to `last`, spread evenly from `from` on; all of them in a soak.
fn spread(last: usize, count: usize, from: usize) -> impl Iterator<Item = usize> {
    let is_soak = std::env::var_os("TASKER_SOAK_SECONDS").is_some();
    let step = if is_soak { 1 } else { last.div_ceil(count) };
    (1 + from % step..=last).step_by(step)
}

fn faults(settings: Settings, inline_window_ms: u64) {
    let mut world = World::start(settings, inline_window_ms);
    let points = world.undisturbed();
    let mut tried = 0;
    for (what, count, from) in [
        ("fail-before", TRIED / 2, 0),
        ("fail-after", TRIED / 2, 1),
        ("kill-before", KILLS / 2, 2),
        ("kill-after", KILLS / 2, 3),
    ] {
        for n in spread(points, count, from) {
            world.with(what, n);
            tried += 1;
        }
    }
    world.idle("faults", tried);
}

fn cancels(inline_window_ms: u64) {
    let mut world = World::start(Settings::default(), inline_window_ms);
    let points = world.undisturbed();
    let held = spread(points, TRIED, 0)
        .filter(|n| world.cancelled_at(*n))
        .count();
    assert!(held > TRIED / 4, "{held} of {points} points");
    world.idle("cancels", held);
}

#[test]
fn faults_in_a_live_vm_lose_nothing() {
    faults(Settings::default(), 10_000);
}

#[test]
fn faults_between_slices_lose_nothing() {
    faults(Settings::default(), 0);
}

#[test]
fn faults_without_service_chaining_lose_nothing() {
    faults(Settings::default().limited_host(REQUESTS), 0);
}

#[test]
fn cancels_race_a_live_vm() {
    cancels(10_000);
}

#[test]
fn cancels_race_slices() {
    cancels(0);
}
