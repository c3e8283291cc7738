//! Errors cross between tasks with all that they carry.

mod common;

use common::{NOW, program, start};
use tasker_domain::ErrorValue;
use tasker_vm::{Limits, State, Vm};

/// The error that a nested task's body ends with, as its parent stores it.
fn thrown(body: &str) -> ErrorValue {
    let error = common::body(body).err().clone();
    let stored = serde_json::to_string(&error).expect("JSON");
    assert_eq!(
        serde_json::from_str::<ErrorValue>(&stored).expect("the same"),
        error
    );
    error
}

/// What a parent makes of it in `error`.
fn seen(error: &ErrorValue, look: &str) -> serde_json::Value {
    let code = format!(
        "module.exports = async () => {{ try {{ await tools.tasks.execute('nested') }} catch (error) {{ {look} }} }}"
    );
    let mut vm = Vm::boot(program(&code), Limits::default()).expect("boots");
    vm.start(&start("null"));
    vm.run();
    vm.deliver(1, &Err(error.clone()), NOW).expect("out");
    match vm.run().state {
        State::Finished(Ok(json)) => serde_json::from_str(&json).expect("JSON"),
        state => panic!("{state:?}"),
    }
}

#[test]
fn an_aggregate_error_keeps_its_reasons() {
    let error = thrown(
        "const mirror = async (name) => { await null; throw Object.assign(new TypeError(`mirror ${name}: down`), { tries: 3 }) };
         await Promise.any([mirror('a'), mirror('b'), Promise.reject('c'), Promise.reject(undefined)])",
    );
    let expected = serde_json::json!([
        "AggregateError",
        true,
        true,
        false,
        [
            ["TypeError", "mirror a: down", 3],
            ["TypeError", "mirror b: down", 3],
            "c"
        ],
    ]);
    let look = "return [error.name, error instanceof AggregateError, error.errors[1] instanceof TypeError, Object.keys(error).includes('errors'),
        error.errors.map((one) => one instanceof Error ? [one.name, one.message, one.tries] : one)]";
    assert_eq!(seen(&error, look), expected);
    // The same once more, a level further up.
    let code = "module.exports = async () => { try { await tools.tasks.execute('n') } catch (error) { throw error } }";
    let mut vm = Vm::boot(program(code), Limits::default()).expect("boots");
    vm.start(&start("null"));
    vm.run();
    vm.deliver(1, &Err(error.clone()), NOW).expect("out");
    let State::Finished(Err(twice)) = vm.run().state else {
        panic!("it is thrown on");
    };
    // The next VM needs this one's place.
    drop(vm);
    assert_eq!(twice.message, error.message);
    assert_eq!(seen(&twice, look), expected);
}

#[test]
fn causes_and_own_fields_cross_to_some_depth() {
    let error = thrown(
        "class Refused extends RangeError { constructor(message, options) { super(message, options); this.code = 402; this.order = { id: 7 }; } get name() { return 'Refused' } }
         let error = new Error('first', { cause: { reason: 'none' } });
         for (let level = 0; level < 30; level++) error = new Error(`level ${level}`, { cause: error });
         throw Object.assign(new Refused('no', { cause: error }), { note: null, skipped: () => 1, status: 'paid', undefined: undefined })",
    );
    assert_eq!(
        seen(
            &error,
            "let depth = 0, last = error; while (last.cause instanceof Error) { last = last.cause; depth++ }
             return [error.name, error.code, error.order, error.note, 'skipped' in error, error.status, depth, last.message, last.cause, Object.keys(error)]"
        ),
        serde_json::json!([
            "Refused", 402, {"id": 7}, null, false, "paid", 31, "first", {"reason": "none"},
            ["code", "order", "note", "status"],
        ])
    );
}

#[test]
fn a_stack_begins_with_name_and_message() {
    let error = thrown(
        "class Odd extends TypeError {} Odd.prototype.name = 'Odd'; throw new Odd('order 7\\nis unknown')",
    );
    assert!(
        error
            .stack
            .as_deref()
            .is_some_and(|stack| stack.starts_with("    at ")),
        "{error:?}"
    );
    let look = "const own = (make) => { try { make() } catch (error) { return error.stack.split('\\n    at ')[0] } };
        const plain = {}; Error.captureStackTrace(plain);
        return [error.stack.split('\\n    at ')[0], error.stack.includes('task.js'), own(() => null.x).startsWith('TypeError: '), own(() => { throw new RangeError }), own(() => { throw new Error('') }),
            own(() => { throw new DOMException('stopped', 'AbortError') }), own(() => { JSON.parse('{') }).startsWith('SyntaxError: '),
            own(() => { throw Object.defineProperty(Object.create(Error.prototype), 'stack', { value: 'mine' }) }), plain.stack.startsWith('    at ')]";
    assert_eq!(
        seen(&error, look),
        serde_json::json!([
            "Odd: order 7\nis unknown",
            true,
            true,
            "RangeError",
            "Error",
            "AbortError: stopped",
            true,
            "mine",
            true,
        ])
    );
}

#[test]
fn what_an_error_carries_is_bounded_and_its_getters_do_no_harm() {
    for (throws, causes) in [
        (
            "const error = new Error('round'); error.cause = error; throw error",
            0,
        ),
        (
            "const a = new Error('a'), b = new Error('b', { cause: a }); a.cause = b; throw a",
            1,
        ),
        (
            "let error = new Error('x'); for (let i = 0; i < 10000; i++) error = new Error('x', { cause: error }); throw error",
            50,
        ),
        (
            "let error = new Error('x'); for (let i = 0; i < 40; i++) error = new Error('x'.repeat(20000), { cause: error }); throw error",
            6,
        ),
        (
            "throw new AggregateError(Array.from({ length: 100000 }, (_, i) => new AggregateError([new Error('x' + i)])))",
            0,
        ),
        (
            "throw Object.assign(new Error('big'), { big: 'x'.repeat(1e6), nan: NaN, kept: 1 })",
            0,
        ),
        (
            "const e = new Error('own'); Object.defineProperty(e, 'bad', { enumerable: true, get() { throw 1 } }); e.kept = 1; throw e",
            0,
        ),
        (
            "const e = new Error('proxied'); e.errors = new Proxy([1], { get() { throw 1 } }); e.cause = new Proxy(e, { get() { throw 1 } }); throw e",
            0,
        ),
        (
            "throw Object.assign(new Error('like'), { errors: { length: 2 ** 32 } })",
            0,
        ),
    ] {
        let error = thrown(throws);
        assert!(
            serde_json::to_string(&error).expect("JSON").len() < 400 << 10,
            "{throws}"
        );
        let depth = seen(
            &error,
            "let depth = 0; while (error.cause instanceof Error) { error = error.cause; depth++ } return [depth, error.kept ?? 1]",
        );
        assert_eq!(depth, serde_json::json!([causes, 1]), "{throws}");
    }
}
