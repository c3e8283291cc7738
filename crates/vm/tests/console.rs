//! What is logged, compared with what Node writes.

mod common;

use common::{Order, Sleep, body, run_with, with_modules};
use tasker_domain::LogLevel;
use tasker_vm::Limits;

/// Which of Node's lines a list of expected ones is.
fn expected(list: &str) -> Vec<String> {
    let expected = include_str!("shown/expected.json");
    let mut expected: serde_json::Value = serde_json::from_str(expected).expect("JSON");
    serde_json::from_value(expected[list].take()).expect("lines")
}

#[test]
fn values_are_shown_as_node_shows_them() {
    let program = with_modules(
        "module.exports = () => { for (const values of require('./cases')) console.log(...values()) }",
        &[("cases.js", include_str!("shown/cases.js"))],
    );
    same_lines(&program, &expected("cases"));
}

#[test]
fn the_functions_of_console_do_what_nodes_do() {
    let program = with_modules(
        "module.exports = () => { require('./methods')(console) }",
        &[("methods.js", include_str!("shown/methods.js"))],
    );
    same_lines(&program, &expected("methods"));
}

fn same_lines(program: &tasker_vm::Program, expected: &[String]) {
    let history = run_with(
        program,
        "{}",
        &Limits::default(),
        Sleep::Never,
        Order::First,
    );
    assert_eq!(history.ok(), "null");
    let mut wrong = Vec::new();
    for (line, expected) in history.logs.iter().zip(expected) {
        if line.message != *expected {
            wrong.push(format!(
                "line {}\n{}\n-- but Node has\n{expected}\n",
                line.index, line.message
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} lines\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert_eq!(history.logs.len(), expected.len());
}

#[test]
fn levels_spans_and_traces() {
    let history = body(
        "console.trace('here %d', 1); console.table([1]); console.assert(false, 'no'); console.timeEnd('none');
         console.time('t'); console.time('t'); await tools.keystore.get('a', 'b'); console.timeLog('t', { a: 1 }); console.timeEnd('t'); console.timeEnd('t');
         console.countReset('none'); tools.log('%s', 'tools'); context.log('x');",
    );
    let lines: Vec<_> = history
        .logs
        .iter()
        .map(|line| (line.level, line.message.as_str()))
        .collect();
    assert!(
        lines[0].0 == LogLevel::Debug
            && lines[0]
                .1
                .starts_with("Trace: here 1\n    at execute (task.js:1:")
    );
    assert_eq!(lines[1].0, LogLevel::Info);
    assert_eq!(
        lines[2..],
        [
            (LogLevel::Error, "Assertion failed: no"),
            (LogLevel::Warn, "No such label 'none' for console.timeEnd()"),
            (
                LogLevel::Warn,
                "Label 't' already exists for console.time()"
            ),
            (LogLevel::Info, "t: 10ms { a: 1 }"),
            (LogLevel::Info, "t: 10ms"),
            (LogLevel::Warn, "No such label 't' for console.timeEnd()"),
            (LogLevel::Warn, "Count for 'none' does not exist"),
            (LogLevel::Info, "tools"),
            (LogLevel::Info, "x"),
        ]
    );
}

#[test]
fn what_is_logged_is_bounded_and_runs_nothing_that_it_need_not() {
    let history = body(
        "let ran = 0; const trap = () => { ran++; throw 1 };
         console.log(new Proxy({ a: 1 }, { get: trap, ownKeys: trap, getOwnPropertyDescriptor: trap, getPrototypeOf: trap, has: trap }));
         console.log({ get x() { return trap() }, constructor: { name: 5 } }, Object.create({ get constructor() { return trap() } }));
         console.log({ [Symbol.for('nodejs.util.inspect.custom')]() { throw 1 } }, Object.setPrototypeOf({ a: 1 }, new Proxy({}, { getPrototypeOf: trap })));
         const revoked = Proxy.revocable({}, {}); revoked.revoke(); console.log(revoked.proxy, [revoked.proxy]);
         let deep = {}; for (let i = 0; i < 5000; i++) deep = { deep }; console.dir(deep, { depth: null });
         const wide = Object.fromEntries(Array.from({ length: 20000 }, (_, i) => ['key' + i, i])); console.log(wide); console.table([wide]);
         console.log(new Array(4e9), Object.assign(new Array(10), { 7: 1 })); console.log(new Uint8Array(1e6)); console.table(Array.from({ length: 5000 }, (_, i) => ({ ['k' + i]: i })));
         const again = { [Symbol.for('nodejs.util.inspect.custom')]() { console.log(again); return 'x' } }; let refused; try { console.log(again) } catch (e) { refused = e.name }
         for (let i = 0; i < 100; i++) console.group(); console.log('far\\nin'); for (let i = 0; i < 200; i++) console.groupEnd(); console.log('%s %o', 'x'.repeat(1e6), wide);
         return [ran, console.log.length];",
    );
    assert_eq!(history.ok(), "[0,0]");
    let lines: Vec<_> = history
        .logs
        .iter()
        .map(|line| line.message.as_str())
        .collect();
    assert_eq!(lines[0], "{ a: 1 }");
    assert_eq!(lines[1], "{ x: [Getter], constructor: { name: 5 } } {}");
    assert_eq!(lines[3], "<Revoked Proxy> [ <Revoked Proxy> ]");
    assert!(lines.iter().all(|line| line.len() <= 8 << 10));
    assert!(lines[4].contains("[Object]"));
    assert!(
        lines[7]
            .starts_with("[ <4000000000 empty items> ] [ <7 empty items>, 1, <2 empty items> ]")
    );
}
