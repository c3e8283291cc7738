//! What lost a race is taken back in whichever way a task has raced it, as soon as the task cannot see it any more.

mod common;

use common::NOW;
use common::races::{LIMIT, asleep, begin, outstanding};
use tasker_vm::{PendingCall, State, Vm};

/// Rounds of a loop that wants three events, each with a wait `E` that may lose.
const ROUNDS: [&str; 20] = [
    "const f = await Promise.race([wait(), tools.sleep(300)]); if (f) got.push(f.data);",
    "const news = wait(); const f = await Promise.race([news, tools.sleep(300)]); if (f) got.push(f.data); await tools.keystore.set('a', 'k', 1);",
    "const losers = [wait(), tools.sleep(300)]; const f = await Promise.race(losers); if (f) got.push(f.data); await tools.sleep(60);",
    "const step = async () => { const news = wait(), late = tools.sleep(300); const f = await Promise.race([news, late]); await tools.keystore.set('a', 'k', 1); return f; }; const f = await step(); if (f) got.push(f.data);",
    "news = wait(); const f = await Promise.race([news, tools.sleep(300)]); if (f) got.push(f.data);",
    "const f = await Promise.race([Promise.race([Promise.race([wait()])]), tools.sleep(300)]); if (f) got.push(f.data);",
    "const inner = Promise.race([wait()]); const f = await Promise.race([inner, tools.sleep(300)]); if (f) got.push(f.data); await tools.keystore.set('a', 'k', 1);",
    "const f = await Promise.race([Promise.any([Promise.all([Promise.race([wait()])])]), tools.sleep(300)]); if (f) got.push(f[0].data);",
    "const f = await new Promise((ok, no) => { wait().then(ok, no); tools.sleep(300).then(ok, no); }); if (f) got.push(f.data);",
    "const { promise, resolve, reject } = Promise.withResolvers(); wait().then(resolve, reject); tools.sleep(300).then(resolve, reject); const f = await promise; if (f) got.push(f.data);",
    "const f = await Promise.race([new Promise(ok => wait().then(ok)), tools.sleep(300)]); if (f) got.push(f.data);",
    "const f = await Promise.race([Promise.allSettled([wait()]), tools.sleep(300)]); if (f) got.push(f[0].value.data);",
    "const f = await Promise.any([wait(), tools.sleep(300)]); if (f) got.push(f.data);",
    "const f = await Promise.race([(async () => wait())(), tools.sleep(300)]); if (f) got.push(f.data);",
    "const r = Promise.race([wait(), tools.sleep(300)]); await tools.keystore.get('a', 'k'); const f = await r; if (f) got.push(f.data);",
    "let t; const f = await Promise.race([wait(), new Promise((_, no) => { t = setTimeout(no, 300, new Error('late')); })]).catch(() => null).finally(() => clearTimeout(t)); if (f) got.push(f.data);",
    "class P extends Promise {}; const f = await P.race([wait(), tools.sleep(300)]); if (f) got.push(f.data);",
    "const f = await Promise.race([Promise.resolve({ then: (ok, no) => wait().then(ok, no) }), tools.sleep(300)]); if (f) got.push(f.data);",
    "const f = await Promise.race([Promise.try(() => wait()), tools.sleep(300)]); if (f) got.push(f.data);",
    "const f = await Promise.race(['x', 'y'].map(() => wait()).concat([tools.sleep(300)])); if (f) got.push(f.data);",
];

fn is_wait(call: &PendingCall) -> bool {
    call.label == "waitForEvent"
}

#[test]
fn each_event_reaches_a_loop_of_races_though_the_oldest_wait_gets_it() {
    for round in ROUNDS {
        for sleeps in [false, true] {
            let (program, mut vm, mut turn) = begin(&format!(
                "const wait = () => tools.waitForEvent('e'), got = []; let news;
                 for (let round = 0; round < 20 && got.length < 3; round++) {{ {round} }}
                 return got;"
            ));
            let (mut events, mut races) = (0, 0);
            while let State::Waiting { .. } = turn.state {
                let out = vm.pending();
                let waits_anew = turn.calls.iter().any(|call| call.event_wait().is_some());
                let other = out.iter().rfind(|call| !is_wait(call)).expect("another");
                let races_now =
                    !other.label.starts_with("keystore") && (waits_anew || turn.calls.is_empty());
                races += u32::from(races_now);
                let (number, value) = match out.iter().find(|call| is_wait(call)) {
                    Some(oldest) if races_now && races % 3 == 0 => {
                        events += 1;
                        (oldest.number, format!("{{\"data\":{}}}", events - 1))
                    }
                    _ => (other.number, "null".to_owned()),
                };
                vm = asleep(vm, &program, sleeps);
                vm.deliver(number, &Ok(value), NOW).expect("out");
                turn = vm.run();
            }
            let got = State::Finished(Ok("[0,1,2]".to_owned()));
            assert_eq!(turn.state, got, "asleep: {sleeps}: {round}");
        }
    }
}

/// The calls that are out when the first sleeps have passed, one after the other.
fn out_after(code: &str, passed: u32, sleeps: bool) -> Vec<u32> {
    let (program, mut vm, _) = begin(code);
    for _ in 0..passed {
        let sleep = vm.pending().into_iter().find(|call| call.label == "sleep");
        vm = asleep(vm, &program, sleeps);
        vm.deliver(sleep.expect("a sleep").number, &Ok("null".to_owned()), NOW)
            .expect("out");
        vm.run();
    }
    vm.outstanding()
}

#[test]
fn what_a_task_may_see_yet_stays_out_however_long_it_waits() {
    for (code, passed, expected) in [
        (
            "const wait = tools.waitForEvent('a'); await Promise.race([wait, tools.sleep(1)]); await tools.sleep(2); await tools.sleep(3); await tools.sleep(4); await wait",
            3,
            vec![1, 5],
        ),
        (
            "const p = Promise.race([tools.waitForEvent('a')]), get = () => p; await Promise.race([p, tools.sleep(1)]); await tools.sleep(2); await tools.sleep(3); return await get()",
            2,
            vec![1, 4],
        ),
        (
            "const wait = tools.waitForEvent('a'), { promise, resolve, reject } = Promise.withResolvers(); wait.then(resolve, reject); tools.sleep(1).then(resolve, reject); await promise; await tools.sleep(2); await wait",
            1,
            vec![1, 3],
        ),
        // Something else waits for it.
        (
            "const wait = tools.waitForEvent('a'), all = Promise.all([wait, tools.waitForEvent('b')]); await Promise.race([wait, tools.sleep(1)]); await all",
            1,
            vec![1, 2],
        ),
        // What would go wrong is told.
        (
            "await (() => Promise.race([new Promise(ok => tools.waitForEvent('a', { timeout: '1d' }).then(ok)), tools.sleep(1)]))(); await tools.sleep(2)",
            1,
            vec![1, 3],
        ),
        // It ends what it does when the run is stopped.
        (
            "let ended; await (() => Promise.race([tools.waitForEvent('a').catch(() => { ended = true }), tools.sleep(1)]))(); await tools.sleep(2); return ended",
            1,
            vec![1, 3],
        ),
        // It comes back to itself, and to somebody who waits.
        (
            "const a = Promise.withResolvers(), b = Promise.withResolvers(), wait = () => tools.waitForEvent('a').then(a.resolve, a.reject);
             a.promise.then(b.resolve, b.reject); b.promise.then(a.resolve, a.reject); wait();
             await Promise.race([a.promise, tools.sleep(1)]); await tools.sleep(2); await b.promise",
            1,
            vec![1, 3],
        ),
    ] {
        for sleeps in [false, true] {
            let out = out_after(code, passed, sleeps);
            assert_eq!(out, expected, "asleep: {sleeps}: {code}");
        }
    }
}

#[test]
fn promises_that_wait_for_each_other_in_very_many_ways_are_looked_at_once() {
    let maze = "const maze = () => {
            const first = tools.sleep('1d');
            let layer = [first];
            for (let depth = 0; depth < 30; depth++) { const below = layer; layer = Array.from({ length: 40 }, () => Promise.race(below)); }
            return Promise.race([...layer, first, tools.sleep(1)]);
        };";
    for sleeps in [false, true] {
        let (program, mut vm, _) = begin(&format!("{maze} await maze(); await tools.sleep(9)"));
        vm = asleep(vm, &program, sleeps);
        vm.deliver(2, &Ok("null".to_owned()), NOW).expect("out");
        let turn = vm.run();
        assert_eq!((turn.withdrawn, vm.outstanding()), (vec![1], vec![3]));
    }
}

#[test]
fn losers_count_no_more_at_the_next_call() {
    let most = LIMIT - 2;
    for losing in [
        "async () => (await tools.waitForEvent('never')).data",
        "async () => (await (async () => (await tools.waitForEvent('never')).data)()) + 1",
        "() => tools.waitForEvent('never').then(e => e.data).then(d => d + 1)",
        "() => tools.waitForEvent('never').then(e => e.data).catch(() => null)",
        "() => tools.tasks.execute('slow')",
    ] {
        for meanwhile in ["", "await tools.sleep(1);"] {
            let (_, mut vm, mut turn) = begin(&format!(
                "const losing = {losing};
                 await (() => Promise.race([...Array.from({{ length: {most} }}, losing), tools.sleep(1)]))();
                 {meanwhile}
                 return (await Promise.all(Array.from({{ length: 20 }}, () => tools.keystore.get('a', 'b')))).length;"
            ));
            while let Some(sleep) = vm.pending().into_iter().find(|call| call.label == "sleep") {
                vm.deliver(sleep.number, &Ok("null".to_owned()), NOW)
                    .expect("out");
                turn = vm.run();
            }
            assert_eq!(turn.calls.len(), 20, "{losing} {meanwhile}");
            assert!(outstanding(&turn) >= 20);
        }
    }
}

/// How many calls are out in each turn of a task that lets go of many losers at once.
fn let_go_of(many: u32) -> Vec<usize> {
    let program = common::program(&format!(
        "module.exports = async () => {{
             let held = Array.from({{ length: {many} }}, () => tools.waitForEvent('a'));
             await Promise.race([...held, tools.sleep(1)]);
             await tools.sleep(2);
             held = null;
             for (;;) await tools.sleep(3);
         }};"
    ));
    let mut vm = Vm::boot(program, tasker_vm::Limits::default()).expect("boots");
    vm.start(&common::start("null"));
    vm.run();
    let mut out = Vec::new();
    for number in many + 1..many + 9 {
        vm.deliver(number, &Ok("null".to_owned()), NOW)
            .expect("out");
        vm.run();
        out.push(vm.outstanding().len());
    }
    out
}

#[test]
fn many_losers_are_let_go_of_a_few_at_a_time() {
    let out = let_go_of(200);
    assert_eq!(out[0], 201);
    assert!(out.is_sorted_by(|before, after| before >= after), "{out:?}");
    assert_eq!(out.last(), Some(&1));
}
