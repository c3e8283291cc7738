//! No built-in function computes on when a frame is to end.
//!
//! The clock of these tests is the looks themselves: a frame is to end once so many were taken, which is the same on every machine. How long
//! it was from one to the next is held against a bound too: a function that never looks would be ended by none.

mod common;

#[cfg(not(target_family = "wasm"))]
use std::process::Command;
use std::{
    cell::Cell,
    env,
    io::Write,
    rc::Rc,
    time::{Duration, Instant},
};

use common::{NOW, program, start};
use tasker_vm::{Call, Limits, Program, State, Turn, Vm};

/// Looks after which a case is to end, of which there are thousands.
const LOOKS: u32 = 60;

/// Looks that are enough to make the inputs of any case.
const LOOKS_FOR_INPUTS: u32 = 3_000;

/// The longest time between two looks, hundreds of times the usual one.
const UNSEEN: Duration = Duration::from_millis(500);

/// How often a case is tried whose looks are further apart. The shortest counts: others may have had the core.
const TRIES: usize = 8;

/// Computing time that no frame comes to within its looks.
const CPU: Duration = Duration::from_secs(20);

#[test]
fn every_built_in_ends_with_its_time() {
    let begun = Begun::new();
    assert!(begun.functions > 1_000, "{}", begun.functions);
    let mut unseen = Vec::new();
    for index in 0..begun.functions {
        let mut from = Some(0);
        while let Some(at) = from {
            let tried = begun.walk(index, at);
            if tried.apart > UNSEEN {
                let again = (1..TRIES).map(|_| begun.walk(index, at).apart);
                let least = again.fold(tried.apart, Duration::min);
                if least > UNSEEN {
                    unseen.push(format!("{least:?}: {}", tried.last));
                }
            }
            from = tried.goes_on;
        }
    }
    assert!(unseen.is_empty(), "no look for\n{}", unseen.join("\n"));
}

/// How cases of a function went.
struct Tried {
    /// The case with which another frame goes on, because this one was ended.
    goes_on: Option<usize>,
    /// The case that was begun last.
    last: String,
    /// The longest time without a look.
    apart: Duration,
}

/// When there was a look.
struct Looks {
    left: Cell<u32>,
    last: Cell<Instant>,
    apart: Cell<Duration>,
}

impl Looks {
    /// Something else is begun.
    fn begin(&self, looks: u32) {
        self.left.set(looks);
        self.last.set(Instant::now());
    }

    fn note(&self) {
        let now = Instant::now();
        let apart = now - self.last.replace(now);
        self.apart.set(self.apart.get().max(apart));
    }
}

/// A frame that has found the functions and waits to be told which to try.
struct Begun {
    functions: usize,
    snapshot: Vec<u8>,
    /// The call that it waits for.
    call: u32,
}

impl Begun {
    /// `STALLS=1` in the environment has all cases tried that there are.
    fn new() -> Self {
        let all = env::var_os("STALLS").is_some();
        let mut vm = Vm::boot(stalls(), limits()).expect("boots");
        vm.start(&start(&format!(r#"{{"all":{all}}}"#)));
        let turn = vm.run();
        let functions = turn.logs.last().and_then(|line| line.message.parse().ok());
        Begun {
            functions: functions.expect("how many there are"),
            call: asked(&turn).expect("asks which").number,
            snapshot: vm.snapshot().expect("waits").bytes,
        }
    }

    /// Tries the cases of a function from one on.
    fn walk(&self, index: usize, from: usize) -> Tried {
        let mut vm = Vm::restore(stalls(), limits(), &self.snapshot).expect("restores");
        vm.when_stuck(|outcome, logs| {
            let last = logs.last().map(|line| line.message.clone());
            // The test's own output is lost when the process is aborted.
            let _ = writeln!(std::io::stderr(), "stuck: {last:?}: {outcome:?}");
        });
        let looks = Rc::new(Looks {
            left: Cell::default(),
            last: Cell::new(Instant::now()),
            apart: Cell::default(),
        });
        let seen = looks.clone();
        vm.watch(Duration::ZERO, move || {
            seen.note();
            seen.left.set(seen.left.get().saturating_sub(1));
            seen.left.get() == 0
        });
        let (mut call, mut last) = (self.call, String::new());
        let mut told = format!(r#"{{"index":{index},"from":{from}}}"#);
        let mut is_case = false;
        loop {
            looks.begin(if is_case { LOOKS } else { LOOKS_FOR_INPUTS });
            vm.deliver(call, &Ok(told), NOW).expect("waits for it");
            told = "null".into();
            let turn = vm.run();
            looks.note();
            // Others are what a function said that was tried.
            let said = turn
                .logs
                .iter()
                .rev()
                .find_map(|line| line.message.strip_prefix("stalls "));
            if let Some(said) = said {
                said.clone_into(&mut last);
            }
            let goes_on = match &turn.state {
                State::Finished(Ok(_)) => None,
                State::Finished(Err(error)) => {
                    let at: Option<usize> = last.split(' ').next().and_then(|at| at.parse().ok());
                    let at = at.unwrap_or_else(|| panic!("{index}: {error:?}"));
                    let code = error.code.as_deref().unwrap_or_default();
                    let is_full = code == "memory_limit" || error.message == "out of memory";
                    match is_case {
                        true => {
                            assert!(is_full || code == "cancelled", "{index}, {last}: {error:?}")
                        }
                        // Of the inputs of the cases before it.
                        false => assert!(is_full && at > from, "{index}, {last}: {error:?}"),
                    }
                    Some(at + usize::from(is_case))
                }
                State::Waiting { .. } => {
                    let next = asked(&turn).unwrap_or_else(|| panic!("{index}, {last}: waits"));
                    is_case = next.args.contains("case");
                    call = next.number;
                    continue;
                }
            };
            let apart = looks.apart.get();
            return Tried {
                goes_on,
                last,
                apart,
            };
        }
    }
}

fn stalls() -> Program {
    program(include_str!("stalls.in"))
}

fn limits() -> Limits {
    Limits {
        cpu: CPU,
        ..Limits::default()
    }
}

/// The call by which the frame asks what to do next; others are those of the cases.
fn asked(turn: &Turn) -> Option<&Call> {
    let of_frame =
        |call: &&Call| call.service == "keystore" && call.args.starts_with("[\"stalls\"");
    turn.calls.iter().rfind(of_frame)
}

/// The list is freed once the frame has ended, and each of its items once.
#[test]
fn what_ends_among_the_items_of_a_list_leaves_them_whole() {
    for function in [
        "find",
        "findIndex",
        "findLast",
        "findLastIndex",
        "filter",
        "forEach",
        "map",
        "reduce",
        "some",
    ] {
        // A look comes after so many calls and turns of loops: between two of them as well.
        for calls_before in 0..4 {
            let code = format!(
                "module.exports = async function () {{
                    const list = Array.from({{ length: 1e5 }}, () => ({{}}));
                    await tools.sleep(1);
                    {}
                    for (;;) list.{function}(Array.isArray);
                }}",
                "Math.abs();".repeat(calls_before)
            );
            let mut vm = Vm::boot(program(&code), limits()).expect("boots");
            vm.start(&start("null"));
            vm.run();
            // The first ones are before it.
            let mut looks = 0;
            vm.watch(Duration::ZERO, move || {
                looks += 1;
                looks == 5
            });
            vm.deliver(1, &Ok("null".into()), NOW).expect("sleeps");
            let State::Finished(Err(error)) = vm.run().state else {
                panic!("{function} goes on");
            };
            assert_eq!(error.code.as_deref(), Some("cancelled"));
        }
    }
}

/// Long comparisons one after the other, with no loop and no call between them: nothing asks whether the time is used up.
#[cfg(not(target_family = "wasm"))]
const STUCK: &str = "stuck_on_purpose";

#[cfg(not(target_family = "wasm"))]
#[test]
fn code_that_never_looks_is_left_by_force_and_what_it_ends_with_is_told_before() {
    let run = Command::new(env::current_exe().expect("has a path"))
        .args(["--exact", "--ignored", "--nocapture", STUCK])
        .output()
        .expect("runs");
    let told = String::from_utf8_lossy(&run.stdout);
    assert!(
        told.contains("told: Some(\"cpu_limit\") after [\"begins\"]"),
        "{told}"
    );
    assert!(!run.status.success() && !told.contains("ran on"), "{told}");
}

#[cfg(not(target_family = "wasm"))]
#[test]
#[ignore = "aborts the process; run by the test above"]
fn stuck_on_purpose() {
    let comparisons = "one == other;".repeat(100_000);
    let code = format!(
        "module.exports = function () {{
            const one = 1n << 1000000n, other = one + 1n;
            console.log('begins');
            {comparisons}
        }}"
    );
    let limits = Limits {
        // Enough to parse all that.
        cpu: Duration::from_millis(400),
        ..Limits::default()
    };
    let mut vm = Vm::boot(program(&code), limits).expect("boots");
    vm.when_stuck(|outcome, logs| {
        let code = outcome.err().and_then(|error| error.code);
        let logs: Vec<_> = logs.into_iter().map(|line| line.message).collect();
        println!("told: {code:?} after {logs:?}");
    });
    vm.start(&start("null"));
    println!("ran on: {:?}", vm.run().state);
}
