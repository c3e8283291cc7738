//! How a frame ends, and what its author is told.

mod common;

use std::time::Duration;

use common::{Order, Sleep};
use common::{body, program, run, run_with, with_modules};
use tasker_domain::LogLevel;
use tasker_vm::{Limits, check};

fn code(body_code: &str) -> String {
    let history = body(body_code);
    let error = history.err();
    format!(
        "{} {}: {}",
        error.code.as_deref().unwrap_or("-"),
        error.name,
        error.message
    )
}

#[test]
fn results_cross_as_json() {
    for (value, json) in [
        ("undefined", "null"),
        (
            "({ a: undefined, b: [undefined, null, -0, 1e21], c: new Date(0), d: new Number(2), e: Object('s') })",
            r#"{"b":[null,null,0,1e+21],"c":"1970-01-01T00:00:00.000Z","d":2,"e":"s"}"#,
        ),
        (
            "'\\ud800x\\u2028\\u0001\"'",
            "\"\u{fffd}x\u{2028}\\u0001\\\"\"",
        ),
        (
            "({ toJSON(key) { return { key, deep: { toJSON: (k) => k } } } })",
            r#"{"key":"","deep":"deep"}"#,
        ),
        (
            "({ __proto__: { inherited: 1 }, own: 2, get g() { return this.own + 1 } })",
            r#"{"own":2,"g":3}"#,
        ),
        (
            "[new TypeError('bad'), Object.assign(new Error('m'), { code: 'c' })]",
            r#"[{"name":"TypeError","message":"bad"},{"name":"Error","message":"m","code":"c"}]"#,
        ),
        ("new Proxy([1, { a: 2 }], {})", r#"[1,{"a":2}]"#),
        (
            "Object.create(null, { x: { value: 1, enumerable: true } })",
            r#"{"x":1}"#,
        ),
    ] {
        assert_eq!(body(&format!("return {value}")).ok(), json, "{value}");
    }
    assert_eq!(
        run(
            "module.exports = (input) => input.a.__proto__",
            r#"{"a":{"__proto__":[7]}}"#
        )
        .ok(),
        "[7]"
    );
}

#[test]
fn what_is_not_json_is_refused_with_its_place() {
    for (value, message) in [
        (
            "{ list: [1, 2, 3, { fn() {} }] }",
            "args[0].list[3].fn is a function and cannot cross as JSON",
        ),
        ("{ 'a b': { id: 1n } }", "args[0][\"a b\"].id is a BigInt"),
        ("Symbol('x')", "args[0] is a symbol"),
        ("new Map()", "args[0] is a Map"),
        ("[new Set()]", "args[0][0] is a Set"),
        ("new Uint8Array(2)", "args[0] is a typed array"),
        (
            "{ p: Promise.resolve() }",
            "args[0].p is a Promise and cannot cross as JSON; await it first",
        ),
        ("tools.keystore", "args[0] is a function"),
        (
            "{ mean: 0 / 0 }",
            "args[0].mean is NaN and cannot cross as JSON",
        ),
        ("[1, -1 / 0]", "args[0][1] is -Infinity"),
        ("new Number(1 / 0)", "args[0] is Infinity"),
        (
            "(() => { const o = { x: {} }; o.x.back = o; return o })()",
            "args[0].x.back is part of a cycle",
        ),
    ] {
        let caught = body(&format!(
            "try {{ await tools.keystore.get({value}) }} catch (e) {{ return [e instanceof TypeError, e.code, e.message] }}"
        ));
        assert!(
            caught.ok().starts_with("[true,\"not_json\","),
            "{value}: {}",
            caught.ok()
        );
        let text: Vec<serde_json::Value> = serde_json::from_str(caught.ok()).expect("JSON");
        assert!(
            text[2].as_str().is_some_and(|text| text.contains(message)),
            "{value}: {}",
            text[2]
        );
        assert!(caught.calls.is_empty());
    }
    assert_eq!(
        code("return { f: () => 1 }"),
        "not_json TypeError: result.f is a function and cannot cross as JSON"
    );
    assert!(code("return 'x'.repeat(5e6)").starts_with("result_too_large RangeError"));
    assert!(code("await tools.a.b('x'.repeat(2e6))").starts_with("args_too_large RangeError"));
    let trimmed = body(
        "await Promise.allSettled([tools.a.b(undefined, 1, undefined, undefined), tools.a(), tools.tasks.execute('t', { i: 1 }), context.tasks.execute('u')])",
    );
    let calls: Vec<_> = trimmed
        .calls
        .iter()
        .map(|call| {
            (
                call.service.as_str(),
                call.method.join("."),
                call.args.as_str(),
            )
        })
        .collect();
    assert_eq!(
        calls,
        [
            ("a", "b".into(), "[null,1]"),
            ("a", String::new(), "[]"),
            ("tasks", "execute".into(), r#"["t",{"i":1}]"#),
            ("tasks", "execute".into(), r#"["u"]"#)
        ]
    );
}

#[test]
fn errors_keep_what_a_catch_block_may_look_at() {
    let thrown = body(
        "class Odd extends RangeError { name = 'Odd'; code = 'odd_code'; status = 418 } function deep() { throw new Odd('so odd') } await null; deep()",
    );
    let error = thrown.err();
    assert_eq!(
        (
            error.name.as_str(),
            error.message.as_str(),
            error.code.as_deref(),
            error.status
        ),
        ("Odd", "so odd", Some("odd_code"), Some(418))
    );
    let stack = error.stack.as_deref().expect("a stack");
    assert!(
        stack.contains("at deep (task.js:1:") && !stack.contains("native"),
        "{stack}"
    );

    let service = body("const f = async () => { await tools.keystore.nope(1) }; await f()");
    assert_eq!(service.err().status, Some(404));
    assert!(
        service
            .err()
            .stack
            .as_deref()
            .is_some_and(|stack| stack.contains("at f (task.js")),
        "{:?}",
        service.err()
    );

    assert_eq!(
        code("throw 'boom'"),
        "threw_non_error NonError: task threw a non-Error: 'boom'"
    );
    assert_eq!(
        code("throw { a: 1 }"),
        "threw_non_error NonError: task threw a non-Error: { a: 1 }"
    );
    assert_eq!(
        code("throw undefined"),
        "threw_non_error NonError: task threw a non-Error: undefined"
    );
    assert_eq!(
        code(
            "function Old(m) { this.message = m } Old.prototype = Object.create(Error.prototype); Old.prototype.name = 'Old'; throw new Old('x')"
        ),
        "- Old: x"
    );
    assert_eq!(
        code("await Promise.any([Promise.reject(new Error('one')), tools.a.b()])"),
        "- AggregateError: Error: one; Error: a has no method b"
    );
}

#[test]
fn a_task_that_cannot_go_on_says_so() {
    assert_eq!(
        code("await new Promise(() => {})"),
        "stalled Error: task can never finish: nothing left to wait for"
    );
    assert!(
        code("Promise.reject(new Error('lost')); await new Promise(() => {})").contains("lost")
    );
    assert_eq!(
        code("tools.keystore.set('a', 'b', 1); return 1"),
        "call_not_awaited Error: the task returned without awaiting tools.keystore.set (call 1 at task.js:1:74); await every call"
    );
    assert_eq!(
        code("fetch('https://example.com'); return 1"),
        "call_not_awaited Error: the task returned without awaiting tools.fetch (call 1 at task.js:1:59); await every call"
    );
    // The place is in the task's own file, even if a helper makes the call for it.
    let helped = with_modules(
        "const { save } = require('./lib');\nmodule.exports = async () => {\n  save('a');\n  tools.keystore.get('a', 'b');\n  await tools.keystore.list('a');\n}",
        &[(
            "lib.js",
            "exports.save = (key) => {\n  tools.keystore.set(key, 'b', 1)\n}",
        )],
    );
    let history = run_with(
        &helped,
        "{}",
        &Limits::default(),
        Sleep::Always,
        Order::Last,
    );
    let error = history.err();
    assert_eq!(
        error.message,
        "the task returned without awaiting tools.keystore.set (call 1 at task.js:3:3), tools.keystore.get (call 2 at task.js:4:18); await every call"
    );
    let stack = error.stack.as_deref().unwrap_or_default();
    assert!(
        stack
            .lines()
            .next()
            .is_some_and(|line| line.contains("lib.js:2:")),
        "{stack}"
    );
    assert_eq!(
        body("return await Promise.race([1, tools.keystore.get('a')])").ok(),
        "1"
    );
    assert!(code("Promise.reject(new TypeError('late one')); return 1").starts_with("unhandled_rejection Error: a promise was rejected and nobody handled it: TypeError: late one"));
    assert_eq!(body("const p = tools.bad.call(); await tools.keystore.get('a', 'b'); try { await p } catch (e) { return e.code }").ok(), "\"unknown_method\"");
    assert!(
        run("module.exports = 5", "{}")
            .err()
            .message
            .starts_with("the task exports no function")
    );
    assert!(run("const x = ;", "{}").err().name == "SyntaxError");
}

#[test]
fn limits_end_a_frame_and_not_the_engine() {
    let limits = Limits {
        cpu: Duration::from_millis(300),
        memory_bytes: 16 << 20,
        outstanding_calls: 10,
        ..Limits::default()
    };
    let limited = |code: &str| {
        let program = program(&format!("module.exports = async () => {{ {code} }}"));
        let history = run_with(&program, "{}", &limits, Sleep::Never, Order::First);
        match history.outcome.expect("finished") {
            Ok(json) => json,
            Err(error) => error.code.unwrap_or(error.message),
        }
    };
    for spin in [
        "for (;;);",
        "try { for (;;); } catch { return 1 } finally { for (;;); }",
        "for (;;) await null",
        "for (;;) { try { await Promise.reject(1) } catch {} }",
        "/^(a+)+$/.test('a'.repeat(40) + 'b')",
        "Array.prototype.includes.call({ length: 2 ** 53 - 1 }, 1)",
        "Array.prototype.lastIndexOf.call({ length: 2 ** 53 - 1 }, 1)",
        "new Array(2 ** 32 - 1).fill(0).sort()",
        "new Array(2 ** 32 - 1).indexOf(1)",
        "for (const x of new Array(2 ** 32 - 1));",
        "Promise.resolve().then(function f() { return Promise.resolve().then(f) }); await new Promise(() => {})",
        "const f = () => { queueMicrotask(f); queueMicrotask(f) }; f(); await new Promise(() => {})",
        "const o = { toJSON() { for (;;); } }; return o",
        "console.log(new Proxy({}, { ownKeys() { for (;;); } })); await tools.a.b({ get x() { for (;;); } })",
        "const o = {}; const p = new Proxy(o, {}); Object.setPrototypeOf(o, p); for (const k in p);",
    ] {
        let ended = limited(spin);
        assert!(
            ended == "cpu_limit" || ended == "memory_limit",
            "{spin}: {ended}"
        );
    }
    for bomb in [
        "const a = []; for (;;) a.push(new Array(1000).fill(1))",
        "const a = []; for (;;) a.push({})",
        "const a = []; for (let i = 0; ; i++) a.push('x'.repeat(1e5) + i)",
        "const m = new Map(); for (let i = 0; ; i++) m.set(i, {})",
        "new Uint8Array(1 << 29)",
        "'x'.repeat(2 ** 29)",
        "const a = []; for (;;) a.push(Promise.reject(new Error('x')))",
        "const a = []; const f = async () => { a.push(new Array(50)); await null; return f() }; for (;;) { a.push(f()); await null }",
        "const b = [0]; for (;;) b[0] = [b[0], new Uint8Array(10000)]",
        "await Promise.all(Array.from({ length: 1e7 }, async () => { await null }))",
        "let f = () => {}; for (;;) f = f.bind(null)",
        "return JSON.stringify(Array.from({ length: 1e6 }, (_, i) => 'item ' + i)).repeat(100)",
    ] {
        let ended = limited(bomb);
        assert!(
            ended == "memory_limit" || ended == "cpu_limit",
            "{bomb}: {ended}"
        );
    }
    assert_eq!(
        limited(
            "try { const a = []; for (;;) a.push(new Array(1000).fill(1)) } catch (e) { return e.message }"
        ),
        "\"out of memory\""
    );
    let many = limited(
        "const all = []; try { for (let i = 0; i < 11; i++) all.push(tools.keystore.get('a', i)); return await Promise.all(all) } catch (e) { await Promise.allSettled(all); return [e instanceof RangeError, e.code] }",
    );
    assert_eq!(many, "[true,\"outstanding_limit\"]");
    assert_eq!(limited("return 1 + 1"), "2");
}

#[test]
fn logs_are_readable_and_bounded() {
    let history = body("class P { x = 1 } const o = { a: [1, 'two', { three: { four: { five: 5 } } }], f() {}, get g() { throw 1 }, m: new Map([['k', new Set([1])]]), d: new Date(0), p: new P() }; o.self = o;
        console.log('text', 1, null, undefined, 5n, o); console.warn(new TypeError('bad')); console.debug([1.5, , 3]); console.error(Symbol.iterator, /r/g, tools.keystore.get); tools.log('x'.repeat(20000)); context.log('end')");
    let lines: Vec<_> = history
        .logs
        .iter()
        .map(|line| (line.level, line.message.as_str()))
        .collect();
    assert_eq!(
        lines[0].1,
        "text 1 null undefined 5n <ref *1> {\n  a: [ 1, 'two', { three: [Object] } ],\n  f: [Function: f],\n  g: [Getter],\n  m: Map(1) { 'k' => Set(1) { 1 } },\n  d: 1970-01-01T00:00:00.000Z,\n  p: P { x: 1 },\n  self: [Circular *1]\n}"
    );
    assert!(
        lines[1].0 == LogLevel::Warn
            && lines[1]
                .1
                .starts_with("TypeError: bad\n    at execute (task.js:"),
        "{:?}",
        lines[1]
    );
    assert_eq!(lines[2], (LogLevel::Debug, "[ 1.5, <1 empty item>, 3 ]"));
    assert_eq!(
        lines[3],
        (
            LogLevel::Error,
            "Symbol(Symbol.iterator) /r/g [Function: tools.keystore.get]"
        )
    );
    assert!(lines[4].1.len() <= 8192 && lines[4].1.ends_with("[cut]"));
    assert_eq!(lines[5], (LogLevel::Info, "end"));
    // Of what is logged without a pause the first and the newest lines are kept, and indexes tell what is missing.
    let flood = body("for (let i = 0; i < 25000; i++) console.log(i)");
    let kept: Vec<_> = (0..5_000).chain(20_000..25_000).collect();
    let indexes: Vec<_> = flood.logs.iter().map(|line| line.index).collect();
    assert_eq!(indexes, kept);
    assert!(
        flood
            .logs
            .iter()
            .all(|line| line.message == line.index.to_string())
    );
    // What is logged between pauses is all there.
    let calm = body(
        "for (let i = 0; i < 30; i++) { for (let j = 0; j < 1000; j++) console.log(i); await tools.keystore.get('a', 'b'); }",
    );
    let indexes: Vec<_> = calm.logs.iter().map(|line| line.index).collect();
    assert_eq!(indexes, (0..30_000).collect::<Vec<_>>());
    let wide =
        body("for (let i = 0; i < 2000; i++) console.log('x'.repeat(1e5)); console.log('end')");
    let bytes: usize = wide.logs.iter().map(|line| line.message.len()).sum();
    assert!(bytes <= (2 << 20) + (8 << 10), "{bytes}");
    assert_eq!(
        (wide.logs[0].index, wide.logs.last().unwrap().index),
        (0, 2000)
    );
}

#[test]
fn modules_of_all_kinds_reach_each_other() {
    let modules = [
        (
            "../shared/helper.js",
            "const inner = require('./inner'); exports.double = (x) => inner.times(x, 2); exports.count = 0; exports.up = () => ++exports.count;",
        ),
        (
            "../shared/inner.mjs",
            "import data from './data.json'; export const times = (a, b) => a * b * data.factor; export default 'inner';",
        ),
        ("../shared/data.json", r#"{"factor": 10}"#),
        (
            "lib/index.js",
            "export { times } from '../../shared/inner.mjs'; export default class Lib { hi() { return 'hi' } }",
        ),
        (
            "cycle-a.js",
            "exports.early = 1; const b = require('./cycle-b'); exports.late = b.sees;",
        ),
        ("cycle-b.js", "exports.sees = require('./cycle-a').early;"),
        (
            "slow.mjs",
            "export const value = await tools.keystore.get('a', 'b'); export const after = 1;",
        ),
    ];
    let esm = with_modules(
        "import Lib, { times } from './lib'; import helper, { double } from '../shared/helper';
         const top = await tools.keystore.set('a', 'b', 'stored');
         export default async function (input, context) {
             await tools.keystore.get('a', 'b');
             const again = await context.tasks.require('../shared/helper'); again.up();
             const slow = await context.tasks.require('./slow.mjs'); const dynamic = await import('./cycle-a.js');
             let missing; try { await context.tasks.require('./gone') } catch (e) { missing = [e.code, e.message.includes('gone'), e.message.includes('../shared/data.json')] }
             return [new Lib().hi(), times(1, 2), double(4), helper.count, again === helper, slow.value, dynamic.late, dynamic.default.early, missing, top];
         }",
        &modules,
    );
    let cjs = with_modules(
        "#!/usr/bin/env node\nconst { double } = require('../shared/helper'); const a = require('./cycle-a'); const lib = require('./lib');
         module.exports = async (input, context) => { let pending; try { require('./slow.mjs') } catch (e) { pending = e.message.includes('top level') }
           await context.tools.keystore.get('a', 'b'); return [double(1), a.late, new lib.default().hi(), require('./cycle-a') === a, pending, (await context.tasks.require('../shared/data')).factor] }",
        &modules,
    );
    for (program, json) in [
        (
            esm,
            r#"["hi",20,80,1,true,"stored",1,1,["module_not_found",true,true],null]"#,
        ),
        (cjs, r#"[20,1,"hi",true,true,10]"#),
    ] {
        check(&program, &Limits::default()).expect("compiles");
        for sleep in [Sleep::Never, Sleep::Always] {
            assert_eq!(
                run_with(&program, "{}", &Limits::default(), sleep, Order::First).ok(),
                json
            );
        }
    }
}

#[test]
fn a_check_finds_what_cannot_run() {
    let check = |code: &str, modules: &[(&str, &str)]| {
        check(&with_modules(code, modules), &Limits::default()).map_err(|error| error.message)
    };
    // The file is loaded, and its function not called.
    for code in [
        "module.exports = () => { throw new Error('called') }",
        "const first = tools.keystore.get('a', 'b'); export default async () => first",
        "const first = await tools.keystore.get('a', 'b'); export default () => first",
        "module.exports = async () => require('./gone')",
        "const f = async () => 1; module.exports = f; exports.execute = 1; f.default = () => 2",
        "async function f() {} module.exports = { execute: f, runTask: f, default: f }",
        "exports.__esModule = true; exports.default = { runTask: () => 1, execute: 2 }",
    ] {
        assert_eq!(check(code, &[]), Ok(()), "{code}");
    }
    for (code, message) in [
        (
            "throw new Error('as it is loaded'); module.exports = () => 1",
            "as it is loaded",
        ),
        (
            "const fs = require('fs'); module.exports = () => 1",
            "cannot find module \"fs\"",
        ),
        (
            "import fs from 'node:fs'; export default () => 1",
            "cannot find module \"node:fs\": of Node's modules there are those that need no system: assert, ",
        ),
        (
            "export default () => 1; window.a = 1",
            "window is not defined",
        ),
        (
            "export async function main() {} export const handler = main",
            "it exports `handler`, `main`",
        ),
        ("module.exports = { run() {} }", "it exports `run`"),
        ("exports.execute = 'text'", "exports no function"),
        (
            "export async function execute() {} export async function runTask() {}",
            "exports `execute` and `runTask`",
        ),
        (
            "export default () => 1; export const runTask = () => 2",
            "exports `runTask` and `default`",
        ),
        (
            "export default async function* () { yield 1 }",
            "is a generator",
        ),
        (
            "module.exports = function* () { yield 1 }",
            "is a generator",
        ),
        ("export default class { static run() {} }", "is a class"),
        ("for (;;); export default () => 1", "computed for more than"),
    ] {
        let limits = Limits {
            cpu: std::time::Duration::from_millis(300),
            ..Limits::default()
        };
        let error = tasker_vm::check(&with_modules(code, &[]), &limits).unwrap_err();
        assert!(error.message.contains(message), "{code}: {error:?}");
    }
    assert_eq!(
        check("export default () => { await 1 }", &[])
            .unwrap_err()
            .split(": ")
            .next(),
        Some("task.js:1:24")
    );
    assert!(
        check("\n\nmodule.exports = () => {\n  let x = ;\n}", &[])
            .unwrap_err()
            .starts_with("task.js:4:11: ")
    );
    assert!(
        check(
            "module.exports = () => 1",
            &[("../shared/bad.js", "\nlet let = 1; export const x = 1")]
        )
        .unwrap_err()
        .starts_with("../shared/bad.js:2:")
    );
    assert!(
        check("import x from './gone'; export default x", &[])
            .unwrap_err()
            .contains("cannot find module \"./gone\"")
    );
    assert!(
        check("const x = 1", &[])
            .unwrap_err()
            .starts_with("the task exports no function")
    );
}
