//! No built-in function computes on when a frame's time is used up.

mod common;

#[cfg(not(target_family = "wasm"))]
use std::process::Command;
use std::{env, io::Write, time::Duration};

use common::{program, start};
use tasker_vm::{Limits, State, Vm};

/// Time enough to make the inputs, and little enough to try all.
const CPU: Duration = Duration::from_millis(50);

/// Of the cases of a function one in this many is tried; which, differs from function to function, and is not the same natively
/// and in wasm. `STALLS=1` in the environment has all tried.
const SAMPLE: usize = 404;

/// The first case that is tried of the first function.
const FIRST: usize = if cfg!(target_family = "wasm") { 202 } else { 0 };

#[test]
fn every_built_in_ends_with_its_time() {
    let count = walk("null", 0, 1).ok().and_then(|count| count.parse().ok());
    let count: usize = count.expect("the number of functions");
    assert!(count > 500, "{count}");
    let sample = env::var("STALLS").map_or(SAMPLE, |step| step.parse().expect("a number"));
    for index in 0..count {
        let mut from = Some((FIRST + index) % sample);
        while let Some(at) = from {
            from = walk(&index.to_string(), at, sample)
                .err()
                .map(|at| at + sample);
        }
    }
}

/// Tries cases of a function: the result, or at which case the frame was ended.
fn walk(index: &str, from: usize, step: usize) -> Result<String, usize> {
    let limits = Limits {
        cpu: CPU,
        ..Limits::default()
    };
    let mut vm = Vm::boot(program(include_str!("stalls.in")), limits).expect("boots");
    vm.when_stuck(|outcome, logs| {
        let last = logs.last().map(|line| line.message.clone());
        // The test's own output is lost when the process is aborted.
        let _ = writeln!(std::io::stderr(), "stuck: {last:?}: {outcome:?}");
    });
    vm.start(&start(&format!(
        r#"{{"index":{index},"from":{from},"step":{step}}}"#
    )));
    let turn = vm.run();
    let last = turn.logs.last().map_or("", |line| line.message.as_str());
    match turn.state {
        State::Finished(Ok(json)) => Ok(json),
        State::Finished(Err(error)) => {
            let code = error.code.as_deref().unwrap_or_default();
            assert!(
                ["cpu_limit", "memory_limit"].contains(&code),
                "{last}: {error:?}"
            );
            let at = last.split(' ').next().and_then(|at| at.parse().ok());
            Err(at.unwrap_or(from))
        }
        State::Waiting { .. } => panic!("{last}: waits"),
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
        cpu: 8 * CPU,
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
