//! `tools.progress`.

mod common;

use common::{Keystore, NOW, program, start};
use tasker_domain::Progress;
use tasker_vm::{Limits, State, Turn, Vm};

const CODE: &str = "module.exports = async () => {
    tools.progress('begun');
    const said = [tools.progress({ done: 0 })];
    for (let done = 1; done <= 3; done++) {
        await tools.keystore.set('n', 'k', done);
        if (done !== 2) said.push(await tools.progress({ done }));
    }
    return said.length;
}";

/// What is said after each delivery, the first one 10 ms after the start, and what is returned. With `sleeps` the VM is another
/// one each time.
fn said(sleeps: bool) -> (Vec<Option<Progress>>, String) {
    let (program, limits) = (program(CODE), Limits::default());
    let mut vm = Vm::boot(program.clone(), limits.clone()).expect("it boots");
    vm.start(&start("{}"));
    let (mut service, mut said, mut at) = (Keystore::default(), Vec::new(), NOW);
    loop {
        let Turn {
            calls,
            progress,
            state,
            ..
        } = vm.run();
        said.push(progress);
        if let State::Finished(outcome) = state {
            return (said, outcome.expect("it returns"));
        }
        assert_eq!(calls.len(), 1, "saying so is no call");
        if sleeps {
            let asleep = vm.snapshot().expect("it waits");
            drop(vm);
            vm = Vm::restore(program.clone(), limits.clone(), &asleep.bytes).expect("it wakes");
        }
        at += 10;
        vm.deliver(calls[0].number, &service.answer(&calls[0]), at)
            .expect("it is out");
    }
}

#[test]
fn what_is_said_last_comes_out_asleep_and_awake() {
    let progress = |number: u32, ms: i64, done: u32| {
        Some(Progress {
            number,
            at: NOW + ms,
            value: format!("{{\"done\":{done}}}"),
        })
    };
    let expected = vec![
        progress(2, 0, 0),
        progress(3, 10, 1),
        None,
        progress(4, 30, 3),
    ];
    for sleeps in [false, true] {
        assert_eq!(said(sleeps), (expected.clone(), "3".to_owned()));
    }
}

#[test]
fn what_cannot_be_shown_is_refused() {
    let code = "module.exports = async () => {
        const codes = [];
        for (const value of ['x'.repeat(4094), 'x'.repeat(4095), () => 1, 1n, NaN, undefined]) {
            try { tools.progress(value); codes.push(null) } catch ({ code }) { codes.push(code) }
        }
        return codes;
    }";
    let mut vm = Vm::boot(program(code), Limits::default()).expect("it boots");
    vm.start(&start("{}"));
    let turn = vm.run();
    let codes = r#"[null,"args_too_large","not_json","not_json","not_json",null]"#;
    assert_eq!(turn.state, State::Finished(Ok(codes.to_owned())));
    let progress = turn.progress.expect("the last one was shown");
    assert_eq!((progress.number, progress.value.as_str()), (2, "null"));
}
