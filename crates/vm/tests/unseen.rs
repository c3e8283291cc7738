//! Made-up tasks that race in all ways: what is taken back is what nobody could have seen.
//!
//! Each runs with waits and sleeps, of which some are taken back; then with calls instead, which never are. Where the first run has
//! taken one back the second has it settle, and nothing may come of that.

mod common;

use common::{NOW, program, start};
use fastrand::Rng;
use tasker_domain::{ErrorCode, ErrorValue, Outcome};
use tasker_vm::{Limits, State, Turn, Vm};

const WAITS: &str = "const W = () => tools.waitForEvent('e'), WT = () => tools.waitForEvent('e', { timeout: 9 }), S = () => tools.sleep(1);";
const CALLS: &str = "const W = () => tools.tasks.execute('e'), WT = W, S = W;";

/// Deliveries to one task.
const DELIVERIES: usize = 30;
/// Variables that hold promises.
const VARIABLES: usize = 4;

/// Makes up tasks. What they log has numbers.
struct Maker {
    random: Rng,
    logged: u32,
}

impl Maker {
    fn task(&mut self) -> String {
        let many = self.random.usize(3..10);
        let steps: Vec<_> = (0..many).map(|_| self.step()).collect();
        format!(
            "{} log('end'); await S(); await S(); await S(); log('over');",
            steps.join(" ")
        )
    }

    fn step(&mut self) -> String {
        let variable = self.random.usize(..VARIABLES);
        match self.random.u32(..10) {
            0 | 1 => format!("v[{variable}] = {};", self.promise(3)),
            2 => format!("v[{variable}] = null;"),
            3 => "await S();".to_owned(),
            4 => format!("{}.catch(() => {{ {} }});", self.promise(3), self.log()),
            5 => format!("{}.then({}, () => 1);", self.promise(3), self.function()),
            _ => {
                let kind = self.one(&["race", "any"]);
                let (one, other) = (self.promise(3), self.promise(3));
                let (won, failed) = (self.log(), self.log());
                format!(
                    "try {{ await Promise.{kind}([{one}, {other}, S()]); {won} }} catch {{ {failed} }}"
                )
            }
        }
    }

    fn promise(&mut self, depth: u32) -> String {
        if depth == 0 || self.random.u32(..5) == 0 {
            let held = format!("(v[{}] || W())", self.random.usize(..VARIABLES));
            return self.one(&["W()", "W()", "WT()", "S()", "S()", &held]);
        }
        let kind = self.random.u32(..14);
        let mut inner = || self.promise(depth - 1);
        let (one, other) = (inner(), inner());
        match kind {
            0..=3 => {
                let kind = self.one(&["race", "race", "any", "all", "allSettled"]);
                match self.random.bool() {
                    true => format!("Promise.{kind}([{one}])"),
                    false => format!("Promise.{kind}([{one}, {other}])"),
                }
            }
            4 => format!("{one}.then({})", self.function()),
            5 => format!("{one}.then({}, {})", self.function(), self.function()),
            6 => format!("{one}.catch({})", self.function()),
            7 => format!("{one}.finally(() => {{ {} }})", self.perhaps_log()),
            8 => format!(
                "(async () => {{ const x = await {one}; {} return x; }})()",
                self.perhaps_log()
            ),
            9 => format!("new Promise((a, b) => {{ {one}.then(a, b); {other}.then(a, b); }})"),
            10 => format!("new Promise(a => {{ {one}.then(a); }})"),
            11 => format!("(async () => {one})()"),
            12 => {
                let keeps = match self.random.usize(..VARIABLES * 3) {
                    variable @ ..VARIABLES => format!("v[{variable}] = w.promise;"),
                    _ => String::new(),
                };
                format!(
                    "(() => {{ const w = Promise.withResolvers(); {one}.then(w.resolve, w.reject); {other}.then(w.resolve); {keeps} return w.promise; }})()"
                )
            }
            _ => format!("Promise.resolve({one})"),
        }
    }

    fn function(&mut self) -> String {
        let log = self.log();
        self.one(&[
            &format!("x => {{ {log} return x; }}"),
            "x => x",
            &format!("x => {{ {log} throw x; }}"),
        ])
    }

    fn log(&mut self) -> String {
        self.logged += 1;
        format!("log({});", self.logged)
    }

    fn perhaps_log(&mut self) -> String {
        match self.random.bool() {
            true => self.log(),
            false => String::new(),
        }
    }

    fn one(&mut self, of: &[&str]) -> String {
        of[self.random.usize(..of.len())].to_owned()
    }
}

fn task(seed: u64, calls: &str) -> String {
    let mut maker = Maker {
        random: Rng::with_seed(seed),
        logged: 0,
    };
    format!(
        "const v = [], log = number => console.log(number); {calls}
         module.exports = async () => {{ {} }};",
        maker.task()
    )
}

fn given() -> Outcome {
    Ok("{\"data\":1}".to_owned())
}

/// Runs a task with waits. Its turns, and to which call each but the last has led.
fn play(seed: u64, sleeps: bool) -> (Vec<Turn>, Vec<u32>) {
    let program = program(&task(seed, WAITS));
    let mut random = Rng::with_seed(seed + 1);
    let mut vm = Vm::boot(program.clone(), Limits::default()).expect("boots");
    vm.start(&start("null"));
    let (mut turns, mut delivered) = (vec![vm.run()], Vec::new());
    while delivered.len() < DELIVERIES
        && matches!(turns.last().unwrap().state, State::Waiting { .. })
    {
        if sleeps {
            let snapshot = vm.snapshot().expect("waits").bytes;
            drop(vm);
            vm = Vm::restore(program.clone(), Limits::default(), &snapshot).expect("restores");
        }
        let number = random.choice(vm.outstanding()).expect("it waits");
        vm.deliver(number, &given(), NOW).expect("out");
        delivered.push(number);
        turns.push(vm.run());
    }
    (turns, delivered)
}

/// What can be seen of a turn, but for its calls.
fn told(turn: &Turn) -> (Vec<&str>, Option<Result<&str, Option<&str>>>) {
    let logs = turn.logs.iter().map(|line| line.message.as_str());
    let outcome = match &turn.state {
        State::Waiting { .. } => None,
        State::Finished(Ok(json)) => Some(Ok(json.as_str())),
        State::Finished(Err(error)) => Some(Err(error.code.as_deref())),
    };
    (logs.collect(), outcome)
}

/// Runs it with calls that stay, and has those settle that were taken back. How many were.
fn compare(seed: u64, turns: &[Turn], delivered: &[u32]) -> usize {
    let (mut may_fail, mut taken_back) = (Vec::new(), 0);
    let mut vm = Vm::boot(program(&task(seed, CALLS)), Limits::default()).expect("boots");
    vm.start(&start("null"));
    for (index, turn) in turns.iter().enumerate() {
        let same = vm.run();
        assert_eq!(told(turn), told(&same), "task {seed}, turn {index}");
        let timed = turn.calls.iter().filter(|call| {
            let wait = call.event_wait();
            wait.is_some_and(|wait| wait.until.is_some())
        });
        may_fail.extend(timed.map(|call| call.number));
        let Some(next) = delivered.get(index) else {
            break;
        };
        // One that was made in this very turn was never put out.
        let is_gone = |number: &u32| turn.calls.iter().all(|call| call.number != *number);
        let made = same.calls.iter().map(|call| call.number);
        let gone: Vec<_> = turn
            .withdrawn
            .iter()
            .copied()
            .chain(made.filter(is_gone))
            .collect();
        for number in gone {
            let outcome = match may_fail.contains(&number) && seed.is_multiple_of(2) {
                true => Err(ErrorValue::new(ErrorCode::EventTimeout, "late")),
                false => given(),
            };
            vm.deliver(number, &outcome, NOW).expect("out");
            let after = vm.run();
            let place = format!("task {seed}, turn {index}, call {number}");
            assert_eq!(
                (told(&after), after.calls.len()),
                ((vec![], None), 0),
                "{place}"
            );
            taken_back += 1;
        }
        vm.deliver(*next, &given(), NOW).expect("out");
    }
    taken_back
}

#[test]
fn nothing_is_taken_back_that_a_task_could_have_seen() {
    let mut taken_back = 0;
    for seed in 0..400 {
        let (turns, delivered) = play(seed, false);
        taken_back += compare(seed, &turns, &delivered);
    }
    assert!(taken_back > 1_000, "{taken_back}");
}

#[test]
fn the_same_is_taken_back_awake_and_asleep() {
    for seed in 1_000..1_040 {
        assert_eq!(play(seed, false), play(seed, true), "task {seed}");
    }
}
