//! Calls that lost a race are out no longer.

mod common;

use common::{NOW, program, start};
use tasker_vm::{Limits, Program, State, Turn, Vm};

const LIMIT: usize = 50;

fn limits() -> Limits {
    Limits {
        outstanding_calls: LIMIT,
        ..Limits::default()
    }
}

/// A VM, or what a restore makes of it.
fn asleep(vm: Vm, program: &Program, sleeps: bool) -> Vm {
    if !sleeps {
        return vm;
    }
    let mut vm = vm;
    let snapshot = vm.snapshot().expect("waits").bytes;
    drop(vm);
    Vm::restore(program.clone(), limits(), &snapshot).expect("restores")
}

fn begin(code: &str) -> (Program, Vm, Turn) {
    let program = program(&format!("module.exports = async () => {{ {code} }}"));
    let mut vm = Vm::boot(program.clone(), limits()).expect("boots");
    vm.start(&start("null"));
    let turn = vm.run();
    (program, vm, turn)
}

fn outstanding(turn: &Turn) -> usize {
    match turn.state {
        State::Waiting { outstanding } => outstanding,
        State::Finished(ref outcome) => panic!("{outcome:?}"),
    }
}

#[test]
fn a_loop_of_races_keeps_nothing_out_live_and_asleep() {
    const ROUNDS: u32 = 20_000;
    for (sleeps, rounds) in [(false, ROUNDS), (true, 500)] {
        let (program, mut vm, mut turn) = begin(&format!(
            "let events = 0, others = 0;
             for (let round = 0; round < {rounds}; round++) {{
                 const won = await Promise.race([tools.waitForEvent('news'), tools.sleep(1000)]);
                 if (won) events++; else others++;
             }}
             return [events, others];"
        ));
        let mut expected = [0, 0];
        for round in 0..rounds {
            assert_eq!(outstanding(&turn), 2, "round {round}");
            let [wait, sleep] = [2 * round + 1, 2 * round + 2];
            assert_eq!(vm.outstanding(), [wait, sleep]);
            let (number, value) = match round % 7 {
                3 => (wait, "{\"id\":\"e\"}"),
                _ => (sleep, "null"),
            };
            expected[usize::from(number == sleep)] += 1;
            vm = asleep(vm, &program, sleeps);
            vm.deliver(number, &Ok(value.to_owned()), NOW).expect("out");
            turn = vm.run();
            assert_eq!(turn.withdrawn, [wait + sleep - number]);
        }
        let [events, others] = expected;
        assert_eq!(
            turn.state,
            State::Finished(Ok(format!("[{events},{others}]")))
        );
    }
}

#[test]
fn what_can_still_be_seen_stays_out() {
    for (code, numbers) in [
        // Held by the task.
        (
            "const wait = tools.waitForEvent('a'); await Promise.race([wait, tools.sleep(1)]); await wait; return 1",
            vec![1],
        ),
        // By an object that is garbage only if nothing else holds it.
        (
            "const all = {}; all.all = all; all.wait = tools.waitForEvent('a'); await Promise.race([all.wait, tools.sleep(1)]); await tools.sleep(2); await all.wait; return 1",
            vec![1, 3],
        ),
        // Its own code runs when it settles.
        (
            "let seen; await Promise.race([tools.waitForEvent('a').then(() => { seen = 1 }), tools.sleep(1)]); await tools.sleep(2); return seen",
            vec![1, 3],
        ),
        (
            "const f = async () => { await tools.waitForEvent('a'); }; await Promise.race([f(), tools.sleep(1)]); await tools.sleep(2); return 1",
            vec![1, 3],
        ),
        // Two races, and one is not over.
        (
            "const wait = tools.waitForEvent('a'), sleep = tools.sleep(1); const other = Promise.race([wait, tools.sleep(2)]); await Promise.race([wait, sleep]); await other; return 1",
            vec![1, 3],
        ),
        // Nobody has looked at it.
        (
            "tools.waitForEvent('a'); await Promise.race([tools.sleep(9), tools.sleep(1)]); await tools.sleep(2)",
            vec![1, 4],
        ),
    ] {
        let (_, mut vm, _) = begin(code);
        let first_sleep = if code.starts_with("tools.wait") { 3 } else { 2 };
        vm.deliver(first_sleep, &Ok("null".to_owned()), NOW)
            .expect("out");
        let turn = vm.run();
        assert_eq!(vm.outstanding(), numbers, "{code}");
        assert_eq!(outstanding(&turn), numbers.len(), "{code}");
    }
}

#[test]
fn the_losers_of_any_all_and_of_races_in_races_are_taken_back_too() {
    for (code, settles) in [
        (
            "await Promise.any([tools.waitForEvent('a'), tools.sleep(1)])",
            Ok("null".to_owned()),
        ),
        (
            "await Promise.all([tools.waitForEvent('a'), tools.waitForEvent('b')]).catch(() => {})",
            Err(()),
        ),
        (
            "await Promise.race([Promise.all([tools.waitForEvent('a')]), tools.sleep(1)])",
            Ok("null".to_owned()),
        ),
        (
            "await Promise.race([Promise.race([tools.waitForEvent('a')]), tools.sleep(1)])",
            Ok("null".to_owned()),
        ),
        // Held by garbage that only a collection finds.
        (
            "await (async () => { const all = {}; all.all = all; all.wait = tools.waitForEvent('a'); await Promise.race([all.wait, tools.sleep(1)]); })()",
            Ok("null".to_owned()),
        ),
    ] {
        let (_, mut vm, _) = begin(&format!("{code}; await tools.sleep(7); return 1"));
        let outcome = settles.map_err(|()| {
            tasker_domain::ErrorValue::new(tasker_domain::ErrorCode::EventTimeout, "late")
        });
        vm.deliver(2, &outcome, NOW).expect("out");
        let turn = vm.run();
        assert_eq!(
            (turn.withdrawn, vm.outstanding()),
            (vec![1], vec![3]),
            "{code}"
        );
    }
}

#[test]
fn a_call_that_lost_goes_on_and_counts_no_more() {
    let rounds = 10 * LIMIT;
    let (_, mut vm, mut turn) = begin(&format!(
        "for (let round = 0; round < {rounds}; round++)
             await Promise.race([tools.tasks.execute('slow', {{ round }}), tools.sleep(1000)]);
         return 'all';"
    ));
    for round in 0..rounds {
        assert_eq!(outstanding(&turn), 2);
        vm.deliver(2 * round as u32 + 2, &Ok("null".to_owned()), NOW)
            .expect("out");
        turn = vm.run();
        assert!(turn.withdrawn.is_empty());
        if round % 3 == 0 && round + 1 < rounds {
            vm.deliver(2 * round as u32 + 1, &Ok("1".to_owned()), NOW)
                .expect("goes on");
            assert_eq!(outstanding(&vm.run()), 2);
        }
    }
    assert_eq!(turn.state, State::Finished(Ok("\"all\"".to_owned())));
}
