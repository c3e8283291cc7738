//! Options of calls, and being ended from outside.

mod common;

use std::time::{Duration, Instant};

use tasker_domain::ErrorCode;
use tasker_vm::{Call, Limits, State, Vm};

use common::{program, start};

/// The calls that a task's body makes at first, and its outcome if that ends it.
fn calls(body: &str) -> (Vec<Call>, State) {
    let code = format!("module.exports = async function execute(input, context) {{ {body} }}");
    let mut vm = Vm::boot(program(&code), Limits::default()).unwrap();
    vm.start(&start("{}"));
    let turn = vm.run();
    (turn.calls, turn.state)
}

#[test]
fn options_travel_with_the_calls() {
    let (calls, _) = calls(
        "const quick = tools.with({ timeoutMs: 500, retry: undefined });
         const keyed = quick.with({ idempotencyKey: 'k', retry: { attempts: 2, on: [503] } });
         const all = [
             tools.keystore.get('n', 'k'),
             quick.keystore.get('n', 'k'),
             keyed.tasks.execute('t', {}),
             keyed.supabase.from('t').select('*').then((x) => x),
             context.tools.with({}).a.b.c(),
         ];
         await Promise.all(all);",
    );
    let shown: Vec<_> = calls
        .iter()
        .map(|call| (call.label(), call.options.as_deref().unwrap_or("none")))
        .collect();
    let both = r#"{"retry":{"attempts":2,"on":[503]},"timeoutMs":500,"idempotencyKey":"k"}"#;
    assert_eq!(
        shown,
        [
            ("keystore.get".to_owned(), "none"),
            ("keystore.get".to_owned(), r#"{"timeoutMs":500}"#),
            ("tasks.execute".to_owned(), both),
            ("supabase.from.select".to_owned(), both),
            ("a.b.c".to_owned(), "{}"),
        ]
    );
    assert!(calls[0].is_same(&Call {
        options: Some("{}".to_owned()),
        ..calls[0].clone()
    }));
}

#[test]
fn wrong_options_are_refused_where_they_stand() {
    for (options, reason) in [
        ("", "it takes an object"),
        ("5", "it takes an object"),
        ("[]", "it takes an object"),
        ("{ timeout: 5 }", "unknown field `timeout`"),
        ("{ timeoutMs: 0 }", "`timeoutMs` must be"),
        ("{ timeoutMs: 'x' }", "invalid type"),
        ("{ retry: { attempts: 0 } }", "`retry.attempts` must be"),
        ("{ idempotencyKey: ' ' }", "visible ASCII"),
    ] {
        let body = format!(
            "try {{ tools.with({options}) }} catch (e) {{ return [e.name, e.code, e.message] }}"
        );
        let (_, state) = calls(&body);
        let State::Finished(Ok(shown)) = state else {
            panic!("{options}: {state:?}")
        };
        assert!(
            shown.starts_with(r#"["TypeError","invalid_arguments","tools.with("#)
                && shown.contains(reason),
            "{options}: {shown}"
        );
    }
    // A name cannot pass for options, and what cannot cross as JSON is refused as ever.
    for body in [
        r#"return tools["\u0001{}"]"#,
        "tools.with({ retry: { on: [() => 1] } })",
        "tools.with({ get timeoutMs() { throw new Error('no') } })",
        "const t = {}; t.retry = t; tools.with(t)",
    ] {
        let (_, state) = calls(body);
        assert!(
            matches!(state, State::Finished(Err(_))),
            "{body}: {state:?}"
        );
    }
}

#[test]
fn a_computing_task_is_ended_when_its_watch_says_so() {
    let code = "module.exports = async function execute() {
        for (;;) { try { for (;;) {} } catch {} finally {} }
    }";
    let mut vm = Vm::boot(program(code), Limits::default()).unwrap();
    let mut asked = 0;
    vm.watch(Duration::from_millis(20), move || {
        asked += 1;
        asked == 3
    });
    let begun = Instant::now();
    vm.start(&start("{}"));
    let State::Finished(Err(error)) = vm.run().state else {
        panic!("it is over")
    };
    assert!(error.is(ErrorCode::Cancelled), "{error:?}");
    assert!(begun.elapsed() < Limits::default().cpu && vm.snapshot().is_err());
    drop(vm);

    // It says nothing: the task ends by itself, and the watch with its VM.
    for watched in [true, false] {
        let code = "module.exports = async () => { for (let i = 0; i < 3e6; i++) {} return 1 }";
        let mut vm = Vm::boot(program(code), Limits::default()).unwrap();
        if watched {
            vm.watch(Duration::ZERO, || false);
        }
        vm.start(&start("{}"));
        assert_eq!(vm.run().state, State::Finished(Ok("1".to_owned())));
    }
}
