//! `tools.sleep` and timers: what a task sees of them, awake, asleep and replayed.

mod common;

use common::{History, NOW, body, program, start};
use tasker_vm::{Error, Limits, Program, Vm};

/// Runs a task whose calls are timers; each settles at its moment, the earliest first.
fn run(program: &Program, sleeps: bool) -> History {
    let mut history = History::default();
    let mut out: Vec<(i64, u32)> = Vec::new();
    let mut vm = Vm::boot(program.clone(), Limits::default()).expect("boots");
    vm.start(&start("{}"));
    loop {
        let turn = vm.run();
        out.extend(
            turn.calls
                .iter()
                .map(|call| (call.timer().expect("a timer").until, call.number)),
        );
        out.retain(|(_, number)| !turn.withdrawn.contains(number));
        if !history.take(turn) {
            return history;
        }
        let mut numbers: Vec<_> = out.iter().map(|(_, number)| *number).collect();
        numbers.sort_unstable();
        assert_eq!(vm.outstanding(), numbers);
        if sleeps {
            let snapshot = vm.snapshot().expect("a snapshot").bytes;
            drop(vm);
            vm = Vm::restore(program.clone(), Limits::default(), &snapshot).expect("restores");
        }
        let next = out.iter().min().copied().expect("a timer is out");
        out.retain(|timer| *timer != next);
        let outcome = Ok("null".to_owned());
        vm.deliver(next.1, &outcome, next.0)
            .expect("a call that is out");
        history.deliveries.push((next.1, outcome, next.0));
    }
}

/// The value of a task's body, the same when it sleeps at every timer.
fn value(code: &str) -> serde_json::Value {
    let program = program(&format!(
        "module.exports = async function execute(input, context) {{ {code} }}"
    ));
    let awake = run(&program, false);
    assert_eq!(run(&program, true), awake);
    assert_eq!(
        common::replay(&program, "{}", &Limits::default(), &awake),
        awake
    );
    serde_json::from_str(awake.ok()).expect("JSON")
}

#[test]
fn a_task_sleeps_until_its_moment() {
    let day = 86_400_000_i64;
    let slept = value(&format!(
        "const times = [];
         for (const when of [1500, 0, -5, '1d12h', '2 w'.replace(' ', ''), new Date({NOW} + 40 * {day}), new Date({NOW} + 200 * {day}).toISOString(), 0.2]) {{
             const answer = await context.tools.sleep(when);
             times.push(Date.now() - {NOW}, answer);
         }}
         return times;"
    ));
    let at = |ms: i64| serde_json::json!([ms, null]);
    let [a, b, c] = [1500, 1500 + day * 3 / 2, 1500 + day * 31 / 2];
    let expected: Vec<_> = [a, a, a, b, c, 40 * day, 200 * day, 200 * day + 1]
        .iter()
        .flat_map(|ms| at(*ms).as_array().cloned().unwrap())
        .collect();
    assert_eq!(slept, serde_json::Value::from(expected));

    let refused = value(
        "const wrong = [];
         for (const when of [NaN, Infinity, '300w', 'soon', '5', '', null, undefined, {}, [1], true, 10n, '2026', '2026-13-01T00:00:00Z', new Date(NaN), 5 * 367 * 864e5]) {
             await tools.sleep(when).then(() => wrong.push('slept'), (e) => wrong.push(e.name + ' ' + e.code));
         }
         return [...new Set(wrong), wrong.filter((w) => w[0] === 'R').length, wrong.length];",
    );
    assert_eq!(
        refused,
        serde_json::json!(["TypeError time_invalid", "RangeError time_invalid", 2, 16])
    );
}

#[test]
fn timers_go_off_in_order_with_their_arguments() {
    let seen = value(
        "const seen = [];
         const note = (...args) => seen.push([Date.now() - start, ...args]);
         const start = Date.now();
         setTimeout(note, 30, 'c', 3);
         setTimeout(note, 10, 'a');
         setTimeout(note, 30, 'd');
         setTimeout(note, '20', 'b');
         setTimeout(note);
         setTimeout(note, '1h', 'late');
         const never = setTimeout(note, 15, 'cleared');
         clearTimeout(never); clearTimeout(never); clearTimeout(); clearTimeout(null); clearTimeout({}); clearTimeout(-1);
         const later = setTimeout(note, 25, 'cleared later');
         setTimeout(() => clearTimeout(String(later)), 5);
         let ticks = 0;
         await new Promise((resolve) => {
             const id = setInterval((word) => {
                 note(word, ++ticks);
                 if (ticks === 3) { clearInterval(id); resolve(); }
             }, 14, 'tick');
         });
         await tools.sleep('2h');
         return seen;",
    );
    assert_eq!(
        seen,
        serde_json::json!([
            [1],
            [10, "a"],
            [14, "tick", 1],
            [20, "b"],
            [28, "tick", 2],
            [30, "c", 3],
            [30, "d"],
            [42, "tick", 3],
            [3_600_000, "late"]
        ])
    );
}

#[test]
fn a_timer_that_is_out_when_the_task_returns_is_dropped() {
    assert_eq!(
        value(
            "setTimeout(() => { throw new Error('late') }, 1000); setInterval(() => {}, 10); await tools.sleep(35); return 'done'"
        ),
        "done"
    );
    let error = body("setTimeout(() => {}, 5); tools.sleep(10);");
    assert!(
        error
            .err()
            .message
            .contains("tools.sleep (call 2 at task.js:"),
        "{error:?}"
    );
    assert!(error.err().is(tasker_domain::ErrorCode::CallNotAwaited));
}

#[test]
fn a_callback_that_throws_fails_the_task() {
    for callback in [
        "() => { throw new TypeError('broken') }",
        "async () => { throw new TypeError('broken') }",
    ] {
        for set in ["setTimeout", "setInterval"] {
            let code = format!(
                "module.exports = async () => {{ {set}({callback}, 5); await tools.sleep(30); return 1 }}"
            );
            let history = run(&program(&code), false);
            let error = history.err();
            assert!(
                error.is(tasker_domain::ErrorCode::UnhandledRejection),
                "{error:?}"
            );
            assert!(
                error.message.contains("TypeError: broken"),
                "{}",
                error.message
            );
        }
    }
    for wrong in ["'code'", "undefined", "{}"] {
        let error = body(&format!("setTimeout({wrong}, 1)"));
        assert_eq!(error.err().name, "TypeError");
    }
    let full = body("for (let i = 0; i < 10001; i++) setTimeout(() => {}, 1)");
    assert!(full.err().is(tasker_domain::ErrorCode::OutstandingLimit));
    // Cleared ones do not count.
    let busy =
        body("for (let i = 0; i < 20000; i++) clearTimeout(setTimeout(() => {}, 1)); return 1");
    assert_eq!((busy.ok(), busy.calls.len()), ("1", 0));
}

#[test]
fn a_timer_that_settled_before_it_was_cleared_is_not_delivered() {
    let program = program(
        "module.exports = async () => {
            const id = setTimeout(() => { throw new Error('cleared') }, 20);
            setTimeout(() => clearTimeout(id), 10);
            await tools.sleep(30);
            return Date.now();
        }",
    );
    let mut vm = Vm::boot(program, Limits::default()).expect("boots");
    vm.start(&start("{}"));
    assert_eq!(vm.run().calls.len(), 3);
    let ok = Ok("null".to_owned());
    vm.deliver(2, &ok, NOW + 10).expect("out");
    assert_eq!(vm.run().withdrawn, [1]);
    assert_eq!(vm.outstanding(), [3]);
    assert!(matches!(
        vm.deliver(1, &ok, NOW + 20),
        Err(Error::NotOutstanding(1))
    ));
    vm.deliver(3, &ok, NOW + 15).expect("out");
    let tasker_vm::State::Finished(Ok(at)) = vm.run().state else {
        panic!("it ended");
    };
    // What is not delivered does not move the clock either.
    assert_eq!(at, (NOW + 15).to_string());
}

#[test]
fn what_sets_a_timer_gives_an_object_that_stands_for_a_number() {
    let value = value(
        "const times = [], start = Date.now(), note = (word) => () => times.push(word, Date.now() - start);
         const loose = setTimeout(note('loose'), 50).unref();
         const first = [typeof loose, typeof +loose, loose.hasRef(), loose.ref() === loose, loose.hasRef(), `${loose}` === String(+loose), JSON.stringify(loose)];
         const pushed = setTimeout(note('pushed'), 100);
         setTimeout(() => pushed.refresh(), 80);
         const closed = setTimeout(note('closed'), 10), numbered = setTimeout(note('numbered'), 10);
         closed.close();
         clearTimeout(+numbered);
         clearTimeout({}), clearTimeout(null), clearTimeout('x'), clearTimeout();
         let count = 0;
         const every = setInterval(() => { times.push('every', Date.now() - start); if (++count === 1) every.refresh(); else clearInterval(every); }, 60);
         await tools.sleep(400);
         const once = setTimeout(note('once'), 10);
         await tools.sleep(20);
         once.refresh();
         await tools.sleep(20);
         clearTimeout(once.refresh());
         clearTimeout(once);
         await tools.sleep(20);
         const wrong = [];
         for (const method of ['ref', 'hasRef', 'refresh', 'close']) {
             try { loose[method].call({}) } catch (error) { wrong.push(error.name) }
         }
         return [first, times, wrong, Object.keys(loose), typeof loose[Symbol.dispose]];",
    );
    assert_eq!(
        value,
        serde_json::json!([
            ["object", "number", false, true, true, true, "{}"],
            [
                "loose", 50, "every", 60, "every", 120, "pushed", 180, "once", 410, "once", 430
            ],
            ["TypeError", "TypeError", "TypeError", "TypeError"],
            [],
            "function",
        ])
    );
}
