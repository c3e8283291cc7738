//! Calls that lost a race are out no longer.

mod common;

use common::races::{LIMIT, asleep, begin, outstanding};
use common::{NOW, program, start};
use tasker_vm::{Limits, State, Turn, Vm};

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

/// Rounds of a loop in which the timer always wins. What is out after each, without the timer of the next round.
fn lose_all(code: &str, rounds: u32, sleeps: bool) -> (Vec<usize>, Turn) {
    let (program, mut vm, mut turn) = begin(code);
    let mut out = Vec::new();
    for _ in 0..rounds {
        let number = turn.calls.iter().rfind(|call| call.timer().is_some());
        let number = number.expect("a timer").number;
        vm = asleep(vm, &program, sleeps);
        vm.deliver(number, &Ok("null".to_owned()), NOW)
            .expect("out");
        turn = vm.run();
        out.push(vm.outstanding().len());
    }
    (out, turn)
}

#[test]
fn a_race_costs_the_same_however_much_is_out() {
    let rounds = 3_000;
    let program = program(&format!(
        "module.exports = async () => {{
             const others = Array.from({{ length: 9000 }}, (_, index) => tools.keystore.get('others', 'k' + index));
             const all = Promise.all(others), stop = tools.waitForEvent('stop');
             for (let round = 0; round < {rounds}; round++) await Promise.race([stop, tools.waitForEvent('news'), tools.sleep(1)]);
             await Promise.race([all, tools.sleep(2)]);
             return 'all';
         }};"
    ));
    let mut vm = Vm::boot(program, Limits::default()).expect("boots");
    vm.start(&start("null"));
    let mut turn = vm.run();
    for _ in 0..=rounds {
        let timer = turn.calls.last().expect("a timer").number;
        vm.deliver(timer, &Ok("null".to_owned()), NOW).expect("out");
        turn = vm.run();
    }
    assert_eq!(turn.state, State::Finished(Ok("\"all\"".to_owned())));
}

#[test]
fn code_that_waits_for_a_loser_runs_yet_and_needs_no_place() {
    let rounds = 4 * LIMIT as u32;
    for losing in [
        "tools.waitForEvent('late').then(() => { late++; throw new Error('too slow') })",
        "(async () => { await tools.waitForEvent('late'); late++; throw new Error('too slow') })()",
        "tools.waitForEvent('late').finally(() => late++)",
        "tools.waitForEvent('late').then(() => { late++ }).then(() => 1).catch(() => null)",
        "(async () => { await (async () => { await tools.waitForEvent('late'); late++ })() })()",
    ] {
        let code = format!(
            "let late = 0;
             for (let round = 0; round < {rounds}; round++) await Promise.race([{losing}, tools.sleep(1)]);
             await tools.sleep(9);
             return late;"
        );
        for sleeps in [false, true] {
            let (program, mut vm, mut turn) = begin(&code);
            for round in 0..rounds {
                assert_eq!(outstanding(&turn) as u32, 2 + round);
                vm = asleep(vm, &program, sleeps);
                vm.deliver(2 * round + 2, &Ok("null".to_owned()), NOW)
                    .expect("out");
                turn = vm.run();
                assert!(turn.withdrawn.is_empty());
            }
            for late in [1, 3, 2 * rounds - 1] {
                vm.deliver(late, &Ok("null".to_owned()), NOW).expect("out");
                turn = vm.run();
            }
            assert_eq!(outstanding(&turn) as u32, rounds - 3 + 1);
            vm = asleep(vm, &program, sleeps);
            vm.deliver(2 * rounds + 1, &Ok("null".to_owned()), NOW)
                .expect("out");
            assert_eq!(vm.run().state, State::Finished(Ok("3".to_owned())));
        }
    }
}

#[test]
fn losers_that_garbage_holds_are_few() {
    let rounds = 600;
    let garbage = format!(
        "for (let round = 0; round < {rounds}; round++) {{
             const all = {{}};
             all.all = all;
             all.wait = tools.waitForEvent('a');
             await Promise.race([all.wait, tools.sleep(1)]);
         }}
         return 'all';"
    );
    for sleeps in [false, true] {
        let (out, turn) = lose_all(&garbage, rounds, sleeps);
        // The first of them are found at once: what is out is the round's own.
        assert!(out[..60].iter().all(|out| *out <= 3), "{out:?}");
        assert!(out.iter().all(|out| *out < 20), "{out:?}");
        assert_eq!(turn.state, State::Finished(Ok("\"all\"".to_owned())));
    }
}

#[test]
fn a_loser_that_the_task_lets_go_of_is_found_when_it_waits_next() {
    let (out, _) = lose_all(
        "let held = [];
         for (let round = 0; round < 12; round++) {
             const wait = tools.waitForEvent('a');
             if (round < 4) held.push(wait);
             if (round === 6) held = [];
             await Promise.race([wait, tools.sleep(1)]);
         }",
        11,
        false,
    );
    assert_eq!(out[4], 2 + 4, "{out:?}");
    assert!(out[5..].iter().all(|out| *out == 2), "{out:?}");
}

#[test]
fn a_promise_that_sees_many_races_keeps_nothing_of_them() {
    let mut sizes = Vec::new();
    for rounds in [20, 400] {
        let code = "const stop = tools.waitForEvent('stop');
            for (;;) await Promise.race([stop, tools.sleep(1)]);";
        let (program, mut vm, _) = begin(code);
        for round in 0..rounds {
            vm.deliver(round + 2, &Ok("null".to_owned()), NOW)
                .expect("out");
            vm.run();
        }
        sizes.push(vm.snapshot().expect("waits").raw_bytes);
        drop(program);
    }
    assert!(sizes[1] < sizes[0] + 512, "{sizes:?}");
}
