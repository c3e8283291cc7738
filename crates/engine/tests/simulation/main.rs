//! The engine in a made-up world: virtual time, nodes that die, stand still and cannot hear each other, and a database that
//! goes away, all by the number of a seed. docs/simulation.md says more.

mod check;
mod client;
mod database;
mod executor;
mod history;
mod machine;
mod nodes;
mod program;
mod world;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::process::{Command, Stdio};
use std::rc::Rc;
use std::time::Duration;

use tasker_store::sqlite::Sqlite;

use database::Direct;
use executor::Executor;
use world::{Node, Shared};

/// Until then everything must be over.
const LIMIT: Duration = Duration::from_secs(300);

/// Seeds in a test; `TASKER_SIM_SEEDS` says otherwise.
const SEEDS: u64 = 2_000;

/// What a seed gave.
struct Outcome {
    faults: u32,
    wrong: Vec<String>,
    trace: Vec<String>,
}

fn settings(random: &mut fastrand::Rng, faults: u32) -> BTreeMap<&'static str, String> {
    // Without a timer the app keeps itself awake.
    let timers: &[&str] = match faults {
        0 => &["own"],
        _ => &["own", "external"],
    };
    let mut one_of =
        |name, values: &[&str]| (name, (*random.choice(values).expect("one")).to_owned());
    BTreeMap::from([
        one_of("inline_window_ms", &["0", "50", "1000", "10000"]),
        one_of("lease_seconds", &["2", "3", "10"]),
        one_of("slice_seconds", &["1", "5", "20"]),
        one_of("drainers", &["1", "2", "3"]),
        one_of("calls_out", &["4", "600"]),
        one_of("timer", timers),
        ("call_attempts", "20".to_owned()),
        ("retention_days", "0".to_owned()),
        ("event_key", String::new()),
        ("public_url", String::new()),
    ])
}

fn simulate(seed: u64) -> Outcome {
    let executor = Executor::new(seed);
    let (nodes, settings, faults) = executor.random(|random| {
        let many = random.usize(1..=3);
        let nodes: Vec<_> = (0..many)
            .map(|_| Node::new(random.i64(-150..=150)))
            .collect();
        // Every fourth seed is one without faults, in which nothing may need a sweep.
        let faults = random.u32(0..4);
        (nodes, settings(random, faults), faults)
    });
    let calm_from = match faults {
        0 => Duration::ZERO,
        _ => Duration::from_secs(30),
    };
    let shared = Shared::new(executor.clone(), nodes, settings, faults, calm_from);
    let direct = Direct(Rc::clone(&shared.database));
    let store = Rc::new(Sqlite::open(direct).expect("the schema"));
    client::publish(&store);
    let runs = executor.random(|random| client::make_up(random, shared.nodes.len()));
    executor.say(format!(
        "{} nodes, {:?}",
        shared.nodes.len(),
        shared.settings
    ));
    for node in 0..shared.nodes.len() {
        shared.start(node);
    }
    for run in &runs {
        client::begin(&shared, &store, run.clone());
    }
    let exceeded = RefCell::new(None);
    let over = executor.run(LIMIT, || {
        let mut exceeded = exceeded.borrow_mut();
        *exceeded = exceeded
            .take()
            .or_else(|| check::limit_is_exceeded(&shared.database));
        check::is_over(&shared.database, runs.len())
    });
    let mut wrong = check::check(&shared.database, &shared.history, &runs);
    wrong.extend(exceeded.into_inner());
    if !over {
        wrong.insert(0, format!("it is not over after {LIMIT:?}"));
    }
    shared.clear();
    Outcome {
        faults: shared.history.faults.get(),
        wrong,
        trace: executor.trace(),
    }
}

/// Asserts that nothing is wrong; else says what happened, and how to see it again.
fn judge(seed: u64, outcome: &Outcome) {
    assert!(
        outcome.wrong.is_empty(),
        "{}\n\nseed {seed}: {:#?}\nagain: TASKER_SIM_SEED={seed} cargo test --release -p tasker-engine --test simulation",
        outcome.trace.join("\n"),
        outcome.wrong
    );
}

fn number(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().expect("a number"))
}

#[test]
fn every_seed_ends_well() {
    if let Some(seed) = number("TASKER_SIM_SEED") {
        let outcome = simulate(seed);
        println!("{}", outcome.trace.join("\n"));
        return judge(seed, &outcome);
    }
    let first = number("TASKER_SIM_FIRST").unwrap_or(0);
    let seeds = number("TASKER_SIM_SEEDS").unwrap_or(SEEDS);
    let Some(step) = number("TASKER_SIM_STEP") else {
        return side_by_side(first, seeds);
    };
    let (mut tried, mut faults) = (0, 0);
    for seed in (first..first + seeds).step_by(usize::try_from(step).expect("a number")) {
        let outcome = simulate(seed);
        tried += 1;
        faults += outcome.faults;
        judge(seed, &outcome);
    }
    println!("{tried} seeds with {faults} faults");
    assert!(tried < 100 || faults >= tried / 2, "too little went wrong");
}

/// A process has one VM, so as many processes as there are processors share the seeds.
fn side_by_side(first: u64, seeds: u64) {
    let step = std::thread::available_parallelism().map_or(1, usize::from) as u64;
    let begin = |worker: u64| {
        Command::new(std::env::current_exe().expect("this program"))
            .args(["every_seed_ends_well", "--exact", "--nocapture"])
            .env("TASKER_SIM_FIRST", (first + worker).to_string())
            .env("TASKER_SIM_SEEDS", seeds.saturating_sub(worker).to_string())
            .env("TASKER_SIM_STEP", step.to_string())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it starts")
    };
    let workers: Vec<_> = (0..step).map(begin).collect();
    let mut failed = false;
    for worker in workers {
        let output = worker.wait_with_output().expect("it ends");
        print!("{}", String::from_utf8_lossy(&output.stdout));
        eprint!("{}", String::from_utf8_lossy(&output.stderr));
        failed |= !output.status.success();
    }
    assert!(!failed, "a seed failed; see above");
}

#[test]
fn a_seed_gives_the_same_again() {
    for seed in 0..20 {
        assert_eq!(simulate(seed).trace, simulate(seed).trace, "seed {seed}");
    }
}
