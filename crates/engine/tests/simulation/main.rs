//! The engine in a made-up world: virtual time, nodes that die, stand still and cannot hear each other, and a database that
//! goes away, all by the number of a seed. docs/simulation.md says more.

mod check;
mod client;
mod database;
mod executor;
mod faults;
mod history;
mod keystore;
mod machine;
mod moment;
mod nodes;
mod program;
mod publisher;
mod schedule;
mod shared;
mod submission;
mod world;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::Range;
use std::process::{Command, Stdio};
use std::rc::Rc;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tasker_postgres_server::{Durability, Server};

use database::Database;
use executor::Executor;
use machine::Surroundings;
use moment::Looks;
use shared::{Node, Shared};

/// Until then everything must be over.
const LIMIT: Duration = Duration::from_secs(1_200);

/// Seeds in a test on SQLite, and on PostgreSQL; `TASKER_SIM_SEEDS` says otherwise.
const SEEDS: u64 = 2_000;
const SEEDS_ON_POSTGRES: u64 = 40;

/// The URL of a database of PostgreSQL, for a process of a share of the seeds.
const POSTGRES: &str = "TASKER_SIM_POSTGRES";

/// A process has one VM.
static ONE: Mutex<()> = Mutex::new(());

/// What a seed gave.
struct Outcome {
    faults: u32,
    steps: u64,
    wrong: Vec<String>,
    trace: Vec<String>,
}

fn settings(random: &mut fastrand::Rng) -> BTreeMap<&'static str, String> {
    let mut one_of =
        |name, values: &[&str]| (name, (*random.choice(values).expect("one")).to_owned());
    BTreeMap::from([
        one_of("inline_window_ms", &["0", "50", "1000", "10000"]),
        one_of("lease_seconds", &["2", "3", "10"]),
        one_of("slice_seconds", &["1", "5", "20"]),
        one_of("drainers", &["1", "2", "3"]),
        one_of("calls_out", &["4", "600"]),
        // Without a timer the app keeps itself awake.
        one_of("timer", &["own", "external"]),
        ("call_attempts", "20".to_owned()),
        ("retention_days", "0".to_owned()),
        ("event_key", String::new()),
        ("public_url", String::new()),
    ])
}

fn simulate(seed: u64, postgres: Option<&str>) -> Outcome {
    let _one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    let executor = Executor::new(seed);
    let (nodes, mut settings, faults) = executor.random(|random| {
        let many = random.usize(1..=3);
        let nodes: Vec<_> = (0..many)
            .map(|_| Node::new(random.i64(-150..=150)))
            .collect();
        // Every fourth seed is one without faults, in which nothing may need a sweep.
        let faults = random.u32(0..4);
        (nodes, settings(random), faults)
    });
    // Every other seed is one in which snapshots are sealed.
    if seed.is_multiple_of(2) {
        settings.insert(
            "snapshot_key",
            "snapshot-key-of-the-simulation-01".to_owned(),
        );
    }
    let is_calm = faults == 0;
    let calm_from = match is_calm {
        true => Duration::ZERO,
        false => Duration::from_secs(30),
    };
    let faults = (0..faults).map(|_| executor.time_up_to(20_000)).collect();
    let shared = Shared::new(
        executor.clone(),
        Database::fresh(postgres),
        nodes,
        settings,
        faults,
        calm_from,
    );
    let runs = executor.random(|random| submission::make_up(random, shared.nodes.len()));
    executor.say(format!(
        "{} nodes, {:?}",
        shared.nodes.len(),
        shared.settings
    ));
    for node in 0..shared.nodes.len() {
        shared.start(node);
    }
    client::begin(&shared, runs);
    schedule::begin(&shared);
    keystore::begin(&shared);
    machine::is_engine(0);
    for number in 0..executor.random(|random| random.u64(0..3)) {
        shared.upgrades_after(executor.time_up_to(30_000), number + 1);
    }
    let clients = &shared.clients;
    let seen = Rc::new(RefCell::new(None));
    let look = {
        let (shared, seen) = (Rc::clone(&shared), Rc::clone(&seen));
        let looks = RefCell::new(Looks::default());
        move || {
            let now = client::now(&shared);
            let mut looks = looks.borrow_mut();
            let problem = looks.problem(now, &shared.database, &shared.history, is_calm);
            let mut seen = seen.borrow_mut();
            *seen = seen.take().or(problem);
        }
    };
    let look: Rc<dyn Fn()> = Rc::new(look);
    machine::is_in(Some(Surroundings {
        executor: executor.clone(),
        look: Rc::clone(&look),
    }));
    let over = executor.run(LIMIT, || {
        look();
        check::is_over(&shared.database, clients) && shared.keys_are_changed.get() != Some(false)
    });
    machine::is_in(None);
    let mut wrong = check::check(&shared.database, &shared.history, clients, is_calm);
    wrong.extend(seen.take());
    if over {
        keystore::check(&shared, &mut wrong);
    } else {
        wrong.insert(0, format!("it is not over after {LIMIT:?}"));
    }
    shared.clear();
    Outcome {
        faults: shared.history.faults.get(),
        steps: executor.steps(),
        wrong,
        trace: executor.trace(),
    }
}

/// Asserts that nothing is wrong; else says what happened, and how to see it again.
fn judge(test: &str, seed: u64, outcome: &Outcome) {
    assert!(
        outcome.wrong.is_empty(),
        "{}\n\nseed {seed}: {:#?}\nagain: TASKER_SIM_SEED={seed} ./scripts/test engine {test}",
        outcome.trace.join("\n"),
        outcome.wrong
    );
}

fn setting(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().expect("a number"))
}

/// A test: seeds on a database of one kind.
struct Seeds<'a> {
    test: &'static str,
    many: u64,
    /// With PostgreSQL: the server; else SQLite in memory is used.
    server: Option<&'a Server>,
}

impl Seeds<'_> {
    /// Tries the seeds that are asked for. A process that was begun for a share of them has a step.
    fn are_tried(&self) {
        let _close = database::Close;
        if let Some(seed) = setting("TASKER_SIM_SEED") {
            let outcome = simulate(seed, self.database().as_deref());
            println!("{}", outcome.trace.join("\n"));
            return judge(self.test, seed, &outcome);
        }
        let first = setting("TASKER_SIM_FIRST").unwrap_or(0);
        let many = setting("TASKER_SIM_SEEDS").unwrap_or(self.many);
        match setting("TASKER_SIM_STEP") {
            Some(step) => self.one_after_the_other(first..first + many, step),
            None => self.side_by_side(first, many),
        }
    }

    fn one_after_the_other(&self, seeds: Range<u64>, step: u64) {
        let database = self.database();
        let (mut tried, mut faults, mut steps) = (0, 0, 0);
        for seed in seeds.step_by(usize::try_from(step).expect("a number")) {
            let outcome = simulate(seed, database.as_deref());
            tried += 1;
            faults += outcome.faults;
            steps = outcome.steps.max(steps);
            judge(self.test, seed, &outcome);
        }
        println!("{tried} seeds with {faults} faults, at most {steps} steps in one");
        assert!(tried < 100 || faults >= tried / 2, "too little went wrong");
    }

    /// A process has one VM, so as many processes as there are processors share the seeds.
    fn side_by_side(&self, first: u64, many: u64) {
        let step = std::thread::available_parallelism().map_or(1, usize::from) as u64;
        let begin = |worker: u64| {
            Command::new(std::env::current_exe().expect("this program"))
                .args([self.test, "--exact", "--nocapture"])
                .env("TASKER_SIM_FIRST", (first + worker).to_string())
                .env("TASKER_SIM_SEEDS", many.saturating_sub(worker).to_string())
                .env("TASKER_SIM_STEP", step.to_string())
                .envs(self.database().map(|url| (POSTGRES, url)))
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

    /// The URL of a database of PostgreSQL for a process: the one that it was begun with, or a fresh one.
    fn database(&self) -> Option<String> {
        let given = std::env::var(POSTGRES).ok();
        given.or_else(|| self.server.map(Server::database))
    }
}

#[test]
fn every_seed_ends_well() {
    let seeds = Seeds {
        test: "every_seed_ends_well",
        many: SEEDS,
        server: None,
    };
    seeds.are_tried();
}

#[test]
fn seeds_end_well_on_postgres() {
    let server = std::env::var_os(POSTGRES)
        .is_none()
        .then(|| Server::start(Durability::None));
    let seeds = Seeds {
        test: "seeds_end_well_on_postgres",
        many: SEEDS_ON_POSTGRES,
        server: server.as_ref(),
    };
    seeds.are_tried();
}

#[test]
fn a_seed_gives_the_same_again() {
    for seed in 0..20 {
        assert_eq!(
            simulate(seed, None).trace,
            simulate(seed, None).trace,
            "seed {seed}"
        );
    }
}
