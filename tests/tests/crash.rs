//! SIGKILL at random moments under a mixed load: every run ends with the right result, each call
//! is in the journal once, and nothing is left over.
//!
//! `TASKER_SOAK_SECONDS` makes it last that long; `TASKER_CRASH_SEED` repeats a seed.

use std::time::{Duration, Instant};

use fastrand::Rng;
use serde_json::{Value, json};
use tasker_domain::RunId;
use tasker_tests::{App, Settings, result};

/// The process is killed so many times, or until the time of a soak is up.
const KILLS: u32 = 8;

/// Runs submitted between two kills.
const RUNS: usize = 3;

/// The shape of a mixed run.
#[derive(Clone, Copy)]
struct Shape {
    steps: i64,
    width: i64,
    depth: u32,
}

impl Shape {
    fn random(rng: &mut Rng) -> Self {
        Self {
            steps: rng.i64(1..=3),
            width: rng.i64(1..=20),
            depth: rng.u32(0..=2),
        }
    }

    /// What the run gives.
    fn sum(self) -> i64 {
        let own: i64 = (1..=self.steps)
            .map(|i| i + self.width * (self.width + 1) / 2)
            .sum();
        own + 1 + self.below().map_or(0, |below| self.steps * 2 * below.sum())
    }

    /// How many journal entries it makes.
    fn entries(self) -> i64 {
        let step = 3 + 2 * self.width + self.below().map_or(0, |below| 3 + 2 * below.entries());
        self.steps * step + 1
    }

    /// How many keys it sets.
    fn keys(self) -> i64 {
        let step = 1 + self.width + self.below().map_or(0, |below| 1 + 2 * below.keys());
        self.steps * step
    }

    fn below(self) -> Option<Self> {
        (self.depth > 0).then(|| Self {
            depth: self.depth - 1,
            ..self
        })
    }
}

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

    let mut app = App::start(
        &Settings::default()
            .variable("lease_seconds", 2)
            .variable("slice_seconds", 1),
    );
    app.client()
        .publish("mixed", include_str!("../tasks/mixed.js"));
    app.client()
        .publish("double", include_str!("../tasks/double.js"));
    let begin = Instant::now();
    let mut runs: Vec<(RunId, String, Shape)> = Vec::new();
    let mut kills = 0;
    while soak.map_or(kills < KILLS, |soak| begin.elapsed() < soak) {
        // Half of the time every VM sleeps at every await.
        app.set("inline_window_ms", if kills % 2 == 0 { 10_000 } else { 0 });
        for _ in 0..RUNS {
            let (namespace, shape) = (format!("run-{}", runs.len()), Shape::random(&mut rng));
            let input = json!({ "ns": namespace, "steps": shape.steps, "width": shape.width, "depth": shape.depth });
            runs.push((app.client().submit("mixed", input), namespace, shape));
        }
        // Not a wait for something to settle: the moment of the kill is what is random.
        std::thread::sleep(Duration::from_millis(rng.u64(0..2_500)));
        app.kill();
        kills += 1;
        app.restart();
        // Picks up what is free at once; leases of the dead expire meanwhile.
        app.client().post("/sweep", &json!({})).expect::<Value>(200);
    }
    println!("{kills} kills, {} runs", runs.len());

    for (id, namespace, shape) in &runs {
        let run = app.client().wait_for(*id, 120);
        assert_eq!(result(&run), shape.sum(), "{id}");
        let database = app.database();
        assert_eq!(database.assert_journal(*id) as i64, shape.entries(), "{id}");
        let keys = database.number(
            "SELECT count(*) FROM keystore WHERE namespace LIKE ?1 || '/%'",
            [namespace],
        );
        assert_eq!(keys, shape.keys(), "{id}");
        assert!(app.client().stack(*id).is_empty());
    }
    app.database().assert_idle();
    let entries: i64 = runs.iter().map(|(_, _, shape)| shape.entries()).sum();
    println!(
        "{entries} journal entries, each once, after {:.0?}",
        begin.elapsed()
    );
}
