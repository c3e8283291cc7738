//! `tools.waitForEvent` and `tools.eventUrl`: the calls that they make.

mod common;

use common::{NOW, program, start};
use tasker_domain::{ErrorCode, EventPage, EventUrl, Path, RunId};
use tasker_vm::{Call, Limits, State, Vm};

/// The calls that a task's body makes before it waits, and the VM.
fn calls(code: &str) -> (Vm, Vec<Call>) {
    let code = format!("module.exports = async function execute(input, context) {{ {code} }}");
    let mut vm = Vm::boot(program(&code), Limits::default()).expect("boots");
    vm.start(&start("{}"));
    let turn = vm.run();
    assert!(
        matches!(turn.state, State::Waiting { .. }),
        "{:?}",
        turn.state
    );
    (vm, turn.calls)
}

#[test]
fn waiting_is_a_call() {
    let (mut vm, made) = calls(
        "const order = { toJSON: () => 7 };
         const waits = [
             tools.waitForEvent('paid'),
             context.tools.waitForEvent('pa\"id', { timeout: '2h', match: { 'order.id': order, who: undefined } }),
             tools.waitForEvent('paid', { match: {}, timeout: undefined }),
             tools.waitForEvent('paid', null),
         ];
         const { data } = await waits[1];
         return data.order.id;",
    );
    let waits: Vec<_> = made
        .iter()
        .map(|call| call.event_wait().expect("it waits"))
        .collect();
    assert_eq!(waits.len(), 4);
    for plain in [&waits[0], &waits[2], &waits[3]] {
        assert_eq!((plain.name.as_str(), plain.until), ("paid", None));
        assert!(plain.pattern.is_empty());
    }
    assert_eq!(
        (waits[1].name.as_str(), waits[1].until),
        ("pa\"id", Some(NOW + 7_200_000))
    );
    assert_eq!(
        serde_json::to_string(&waits[1].pattern).unwrap(),
        r#"{"order.id":7}"#
    );
    let event = r#"{"id":"1","name":"paid","data":{"order":{"id":7}},"sentAt":1}"#;
    vm.deliver(2, &Ok(event.to_owned()), NOW).expect("out");
    // The others were never awaited.
    let State::Finished(Err(error)) = vm.run().state else {
        panic!("it ended");
    };
    assert!(error.is(ErrorCode::CallNotAwaited));
    assert!(
        error
            .message
            .contains("tools.waitForEvent (call 1 at task.js:3:20)"),
        "{}",
        error.message
    );
}

#[test]
fn an_address_is_a_call() {
    let (_vm, made) = calls(
        "await Promise.all([tools.eventUrl('ok'), tools.eventUrl('ok', { expires: '1d', data: { by: ['a'] },
             title: 'Pay \\u00fc?', text: 'one\\ntwo \\u0022', label: 'Yes' })]);",
    );
    let urls: Vec<_> = made
        .iter()
        .map(|call| {
            EventUrl::of_call(RunId::new(1, [1; 10]), &Path::root(), call).expect("an address")
        })
        .collect();
    let week = 7 * 86_400_000;
    assert_eq!((urls[0].until, urls[0].data.as_deref()), (NOW + week, None));
    assert_eq!(
        (urls[1].until, urls[1].data.as_deref()),
        (NOW + week / 7, Some(r#"{"by":["a"]}"#))
    );
    let said = |text: &str| Some(text.to_owned());
    assert_eq!(
        urls[1].page,
        EventPage {
            title: said("Pay \u{fc}?"),
            text: said("one\ntwo \""),
            label: said("Yes"),
        }
    );
}

#[test]
fn wrong_arguments_are_refused() {
    let history = common::body(
        "const wrong = [
             () => tools.waitForEvent(), () => tools.waitForEvent(5), () => tools.waitForEvent(''),
             () => tools.waitForEvent('x'.repeat(201)), () => tools.waitForEvent('a\\n'), () => tools.waitForEvent('a', 5),
             () => tools.waitForEvent('a', { timeOut: 5 }), () => tools.waitForEvent('a', { match: [1] }),
             () => tools.waitForEvent('a', { match: 'x' }),
             () => tools.waitForEvent('a', { match: Object.fromEntries(Array.from({ length: 33 }, (_, i) => [i, i])) }),
             () => tools.waitForEvent('a', { match: { f: () => 1 } }),
             () => tools.waitForEvent('a', { timeout: 'soon' }), () => tools.waitForEvent('a', { timeout: '300w' }),
             () => tools.eventUrl(), () => tools.eventUrl('a', { timeout: 1 }), () => tools.eventUrl('a', { expires: {} }),
             () => tools.eventUrl('a', { data: 'x'.repeat(1000) }), () => tools.eventUrl('a', { data: 1n }),
             () => tools.eventUrl('a', { title: 'x'.repeat(201) }), () => tools.eventUrl('a', { title: 'a\\nb' }),
             () => tools.eventUrl('a', { label: '' }), () => tools.eventUrl('a', { text: 5 }),
         ];
         const codes = {};
         for (const call of wrong) {
             try { await call(); return String(call); } catch (e) { codes[e.code] = (codes[e.code] ?? 0) + 1; }
         }
         return codes;",
    );
    assert_eq!(history.calls, []);
    let codes: serde_json::Value = serde_json::from_str(history.ok()).expect("JSON");
    assert_eq!(
        codes,
        serde_json::json!({ "invalid_arguments": 17, "not_json": 2, "time_invalid": 3 })
    );
}
