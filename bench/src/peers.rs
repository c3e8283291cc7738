//! The app beside Restate, in the same minutes and by the same client: a run is one request, which is answered with its result.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Instant;

use serde_json::{Value, json};
use tasker_tests::{App, Client, Settings, paths, until};
use tempfile::TempDir;

use crate::figure::{Report, Unit, median};
use crate::memory::resident_with_files;

/// How often each is measured, in turns.
const ROUNDS: usize = 5;
/// Steps of a run.
const STEPS: u32 = 5;
/// Runs of a round, one after the other.
const ALONE: usize = 40;
/// Clients at once, and the runs of each.
const CLIENTS: usize = 32;
const RUNS_OF_EACH: usize = 15;
/// Steps of a long run.
const MANY_STEPS: u32 = 1_000;

pub(crate) fn measure(report: &mut Report) {
    let peers: [Box<dyn Peer>; 2] = [Box::new(Tasker::start()), Box::new(Restate::start())];
    let mut rounds = [const { Vec::new() }; 2];
    for peer in &peers {
        // What is only done once is not measured.
        (0..ALONE).for_each(|_| peer.run(STEPS));
    }
    for _ in 0..ROUNDS {
        for (peer, rounds) in peers.iter().zip(&mut rounds) {
            rounds.push(round(peer.as_ref()));
        }
    }
    let [ours, theirs] = rounds;
    let mut compare = |what: &str, unit: Unit, of: fn(&Round) -> f64| {
        let [ours, theirs] = [&ours, &theirs].map(|rounds| {
            let mut values: Vec<f64> = rounds.iter().map(of).collect();
            median(&mut values)
        });
        report.add(&format!("{what}: Tasker"), ours, unit);
        report.add("Restate", theirs, unit);
        report.add("Tasker over Restate", ours / theirs, Unit::Ratio);
    };
    let alone = format!("a run of {STEPS} steps alone, median");
    compare(&alone, Unit::Milliseconds, |round| round.alone_ms);
    let at_once = format!("runs of {STEPS} steps from {CLIENTS} clients at once");
    compare(&at_once, Unit::PerSecond, |round| round.throughput);
    let cpu = "computing time of such a run, all processes";
    compare(cpu, Unit::Milliseconds, |round| round.cpu_ms);
    let long = format!("a run of {MANY_STEPS} steps");
    compare(&long, Unit::Seconds, |round| round.long_seconds);
    compare("memory, all processes", Unit::Kibibytes, |round| {
        round.memory
    });
}

/// What was measured in a round.
struct Round {
    alone_ms: f64,
    throughput: f64,
    cpu_ms: f64,
    long_seconds: f64,
    memory: f64,
}

fn round(peer: &dyn Peer) -> Round {
    let timed = |steps: u32| {
        let begin = Instant::now();
        peer.run(steps);
        begin.elapsed().as_secs_f64()
    };
    let mut alone: Vec<f64> = (0..ALONE).map(|_| timed(STEPS) * 1_000.0).collect();
    let (before, begin) = (cpu(peer), Instant::now());
    thread::scope(|scope| {
        for _ in 0..CLIENTS {
            scope.spawn(|| (0..RUNS_OF_EACH).for_each(|_| peer.run(STEPS)));
        }
    });
    let seconds = begin.elapsed().as_secs_f64();
    let runs = (CLIENTS * RUNS_OF_EACH) as f64;
    Round {
        alone_ms: median(&mut alone),
        throughput: runs / seconds,
        cpu_ms: (cpu(peer) - before) / runs,
        long_seconds: timed(MANY_STEPS),
        memory: peer.processes().into_iter().map(resident_with_files).sum(),
    }
}

/// An engine that runs.
trait Peer: Sync {
    /// Has a run of so many durable steps done.
    fn run(&self, steps: u32);

    /// The processes that it consists of.
    fn processes(&self) -> Vec<u32>;
}

struct Tasker(App);

impl Tasker {
    fn start() -> Self {
        let app = App::start(&Settings::default());
        let task = include_str!("../tasks/sequential.js");
        app.client().publish("sequential", task);
        Self(app)
    }
}

impl Peer for Tasker {
    fn run(&self, steps: u32) {
        let run = json!({ "taskName": "sequential", "input": { "ns": "bench", "steps": steps } });
        let answer: Value = self.0.client().post("/tasks?wait=60", &run).expect(200);
        assert_eq!(answer["result"], steps, "{answer}");
    }

    fn processes(&self) -> Vec<u32> {
        vec![self.0.pid()]
    }
}

/// Restate's server, and a service for it that Node runs.
struct Restate {
    client: Client,
    server: Child,
    service: Child,
    _data: TempDir,
}

impl Restate {
    fn start() -> Self {
        let installed = Command::new(paths::root().join("scripts/peers"))
            .stderr(Stdio::inherit())
            .output()
            .expect("scripts/peers runs");
        assert!(installed.status.success(), "the peers are not installed");
        let folder = String::from_utf8(installed.stdout).expect("a path");
        let folder = Path::new(folder.trim());
        let data = TempDir::new().expect("a folder");
        let [port, ingress, admin, node] = [(); 4].map(|()| free_port());
        let service = Command::new("node")
            .arg(folder.join("steps.mjs"))
            .arg(port.to_string())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("node runs");
        let bind = |port: u16| format!("127.0.0.1:{port}");
        let server = Command::new(program(folder))
            .arg("--base-dir")
            .arg(data.path())
            .args(["--listen-mode", "tcp"])
            .env("DO_NOT_TRACK", "1")
            .env("RESTATE_INGRESS__BIND_ADDRESS", bind(ingress))
            .env("RESTATE_ADMIN__BIND_ADDRESS", bind(admin))
            .env("RESTATE_BIND_ADDRESS", bind(node))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("Restate runs");
        let at = |port: u16| Client::new(&format!("http://127.0.0.1:{port}"), "none");
        let deployment = json!({ "uri": format!("http://127.0.0.1:{port}") });
        let body = deployment.to_string();
        let headers = [("content-type", "application/json")];
        until("Restate knows the service", 60, || {
            let answer =
                at(admin).try_send("POST", "/deployments", &headers, Some(body.as_bytes()));
            answer.ok().filter(|answer| answer.status < 300).map(drop)
        });
        Self {
            client: at(ingress),
            server,
            service,
            _data: data,
        }
    }
}

impl Peer for Restate {
    fn run(&self, steps: u32) {
        let answer = self.client.post("/bench/steps", &json!(steps));
        let made: Value = answer.expect(200);
        assert_eq!(made, steps);
    }

    fn processes(&self) -> Vec<u32> {
        vec![self.server.id(), self.service.id()]
    }
}

impl Drop for Restate {
    fn drop(&mut self) {
        for process in [&mut self.server, &mut self.service] {
            _ = process.kill();
            _ = process.wait();
        }
    }
}

/// The server among the packages, of which there is one for each system.
fn program(folder: &Path) -> PathBuf {
    let packages = fs::read_dir(folder.join("node_modules/@restatedev")).expect("packages");
    let mut programs = packages
        .filter_map(|package| Some(package.ok()?.path().join("bin/restate-server")))
        .filter(|program| program.is_file());
    programs
        .next()
        .expect("Restate has a server for this system")
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").port()
}

/// What a peer's processes have computed (ms).
fn cpu(peer: &dyn Peer) -> f64 {
    let ticks = |process: u32| {
        let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
        // After the name, which ends with the last parenthesis: user and system time are the 12th and 13th.
        let rest = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
        let times = rest.split_whitespace().skip(11).take(2);
        times
            .filter_map(|ticks| ticks.parse::<f64>().ok())
            .sum::<f64>()
    };
    // A tick is a hundredth of a second on Linux.
    peer.processes().into_iter().map(ticks).sum::<f64>() * 10.0
}
