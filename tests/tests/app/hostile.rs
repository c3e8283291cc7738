//! Task code that means harm or goes wrong: it ends with an error that says so, and touches nothing
//! else.

use serde_json::{Value, json};
use tasker_domain::RunStatus;
use tasker_tests::{Client, Settings, Shared, error, result};

use crate::apps::publish_tasks;

static APP: Shared = Shared::new(|| {
    Settings::default()
        .variable("cpu_ms", 3_000)
        .variable("memory_mib", 32)
        .variable("run_frames", 40)
});

/// Runs each `(name, code)` as a task, all at once, amid well-behaved runs.
fn run_all<'a>(
    client: &Client,
    prefix: &str,
    bodies: &[(&'a str, &str)],
) -> Vec<(&'a str, tasker_api::Run)> {
    publish_tasks(client);
    let before = client.submit("depth", json!({ "depth": 5 }));
    let runs: Vec<_> = bodies
        .iter()
        .map(|(name, body)| {
            let task = format!("{prefix}-{name}");
            client.publish(
                &task,
                &format!("module.exports = async function execute(input, context) {{ {body} }};"),
            );
            (*name, client.submit(&task, json!({})))
        })
        .collect();
    let among = client.submit(
        "fan-out",
        json!({ "ns": prefix, "calls": 50, "nested": 10 }),
    );
    let runs = runs
        .into_iter()
        .map(|(name, run)| (name, client.wait(run)))
        .collect();
    assert_eq!(result(&client.wait(before)), json!({ "levels": 5 }));
    assert_eq!(
        result(&client.wait(among)),
        json!({ "created": 50, "inOrder": true, "keys": 50 })
    );
    assert_eq!(client.get("/health").status, 200);
    runs
}

/// Twenty tasks, each with twenty below it, where forty may be unfinished: the first of the twenty that sleeps finds room
/// for nineteen.
#[test]
fn a_run_that_multiplies_is_bounded() {
    let app = APP.get();
    let client = app.client();
    let multiplies = |then: &str| {
        format!(
            "module.exports = async function execute({{ levels }}) {{
                const below = () => tools.tasks.execute('multiplies', {{ levels: levels - 1 }});
                const all = levels ? await Promise.allSettled(Array.from({{ length: 20 }}, below)) : [];
                {then}
            }};"
        )
    };
    client.publish(
        "multiplies",
        &multiplies(
            "return all.map(({ reason }) => reason ? `${reason instanceof Error} ${reason.code}` : 'begun');",
        ),
    );
    client.publish(
        "multiplier",
        &multiplies(
            "const last = await tools.tasks.execute('multiplies', { levels: 0 });
             return [...all.flatMap(({ value }) => value), last.length];",
        ),
    );
    let run = client.submit("multiplier", json!({ "levels": 2 }));
    let Value::Array(ends) = result(&client.wait(run)) else {
        panic!("not a list")
    };
    let of = |end: &str| ends.iter().filter(|other| **other == json!(end)).count();
    let refused = of("true frames_limit");
    assert!(refused > 0 && of("begun") >= 19, "{ends:?}");
    // Each call settled, and once there was room again one could be made.
    assert_eq!((of("begun") + refused, ends.len()), (400, 401));
    assert_eq!(ends.last(), Some(&json!(0)));

    client.publish(
        "multiplies-blindly",
        "module.exports = () => Promise.all(Array.from({ length: 40 }, () => tools.tasks.execute('multiplies', { levels: 0 })));",
    );
    let run = client.run("multiplies-blindly", json!({}));
    assert_eq!(error(&run).code.as_deref(), Some("frames_limit"), "{run:?}");
    assert!(client.stack(run.task_run_id).is_empty());
}

#[test]
fn endless_greedy_and_broken_tasks_end_with_a_clear_error() {
    let app = APP.get();
    let client = app.client();
    let cases = [
        ("loop", "for (;;);", "cpu_limit"),
        (
            "loop-after-await",
            "await tools.keystore.get('n', 'k'); for (;;);",
            "cpu_limit",
        ),
        (
            "regexp",
            "return /^(a+)+$/.test('a'.repeat(64) + 'b');",
            "cpu_limit",
        ),
        (
            "array-bomb",
            "const all = []; for (;;) all.push(new Array(10000).fill(7));",
            "memory_limit",
        ),
        (
            "string-bomb",
            "const all = []; for (;;) all.push('x'.repeat(1 << 20));",
            "memory_limit",
        ),
        ("result", "return 'x'.repeat(5 << 20);", "result_too_large"),
        ("bigint", "return { deep: [{ n: 1n }] };", "not_json"),
        ("function", "return { f() {} };", "not_json"),
        ("cycle", "const a = {}; a.a = a; return a;", "not_json"),
        ("never", "await new Promise(() => {});", "stalled"),
        (
            "not-awaited",
            "tools.keystore.set('n', 'k', 1); return 1;",
            "call_not_awaited",
        ),
        ("string", "throw 'boom';", "threw_non_error"),
        (
            "late",
            "Promise.reject(new Error('late')); return await tools.keystore.get('n', 'k');",
            "unhandled_rejection",
        ),
        (
            "missing-module",
            "return require('./not-packed');",
            "module_not_found",
        ),
        ("system", "return require('fs');", "module_not_found"),
    ];
    let bodies: Vec<_> = cases.iter().map(|(name, body, _)| (*name, *body)).collect();
    for ((name, run), (_, _, code)) in run_all(client, "ends", &bodies).iter().zip(cases) {
        assert_eq!(run.status, RunStatus::Failed, "{name}: {:?}", run.result);
        assert_eq!(
            error(run).code.as_deref(),
            Some(code),
            "{name}: {:?}",
            run.error
        );
        assert!(!error(run).message.is_empty() && client.stack(run.task_run_id).is_empty());
    }
    let boom = client.run("ends-string", json!({}));
    assert!(error(&boom).message.contains("boom"), "{:?}", boom.error);
    let not_awaited = client.run("ends-not-awaited", json!({}));
    assert!(
        error(&not_awaited).message.contains("keystore.set"),
        "{:?}",
        not_awaited.error
    );
}

#[test]
fn what_can_be_caught_is_caught_and_the_task_goes_on() {
    let app = APP.get();
    let client = app.client();
    let caught = |body: &str| {
        format!(
            "try {{ {body} }} catch (e) {{ return [e.name, e.code ?? null, await tools.keystore.get('n', 'k')]; }}"
        )
    };
    let cases = [
        (
            "recursion",
            "(function f() { return 1 + f(); })();",
            "RangeError",
            Value::Null,
        ),
        (
            "getters",
            "const o = { get x() { return this.x; } }; o.x;",
            "RangeError",
            Value::Null,
        ),
        (
            "args",
            "await tools.keystore.set('n', 'k', 'x'.repeat(2 << 20));",
            "RangeError",
            json!("args_too_large"),
        ),
        (
            "function-arg",
            "await tools.keystore.set('n', 'k', () => 1);",
            "TypeError",
            json!("not_json"),
        ),
        (
            "service",
            "await tools.nothing.here();",
            "Error",
            json!("unknown_service"),
        ),
        (
            "method",
            "await tools.keystore.steal('n');",
            "Error",
            json!("unknown_method"),
        ),
        (
            "arguments",
            "await tools.keystore.get(7);",
            "TypeError",
            json!("invalid_arguments"),
        ),
    ];
    let bodies: Vec<_> = cases
        .iter()
        .map(|(name, body, ..)| (*name, caught(body)))
        .collect();
    let bodies: Vec<_> = bodies
        .iter()
        .map(|(name, body)| (*name, body.as_str()))
        .collect();
    for ((name, run), (_, _, class, code)) in run_all(client, "caught", &bodies).iter().zip(cases) {
        assert_eq!(result(run), json!([class, code, null]), "{name}");
    }

    let flood = run_all(
        client,
        "flood",
        &[(
            "logs",
            "for (let i = 0; i < 300; i++) console.log('y'.repeat(20000)); return 'done';",
        )],
    );
    assert_eq!(result(&flood[0].1), "done");
    let logs = client.logs(flood[0].1.task_run_id);
    assert!(logs.iter().all(|line| line.message.len() <= 9 << 10));
    let bytes: usize = logs.iter().map(|line| line.message.len()).sum();
    assert!(bytes <= (2 << 20) + (9 << 10), "{bytes}");
    let gaps: Vec<_> = logs.iter().filter(|line| line.not_kept > 0).collect();
    assert_eq!(gaps.len(), 1, "between the first and the newest lines");
    assert_eq!(logs.len() as u64 + gaps[0].not_kept, 300);
    assert_eq!(logs.last().unwrap().seq, 300);
}

#[test]
fn tampering_reaches_neither_the_engine_nor_other_runs() {
    let app = APP.get();
    let client = app.client();
    let work = "const a = await tools.keystore.set('tampered', 'k', { n: [1, 'two'] });
        const [b, c] = await Promise.all([tools.keystore.get('tampered', 'k'), tools.tasks.execute('double', { n: 3 })]);
        return [typeof a.created, b, c];";
    let tampering = [
        ("json", "globalThis.JSON = { parse() { throw 1 }, stringify() { return 'evil' } };"),
        ("then", "const then = Promise.prototype.then; Promise.prototype.then = function (a, b) { return then.call(this, (v) => a?.(v), b); };"),
        ("arrays", "Array.prototype.push = () => { throw 1 }; Array.prototype.map = null; Array.prototype[Symbol.iterator] = Array.prototype[Symbol.iterator];"),
        ("setters",
            "for (const key of ['service', 'method', 'args', 'number', 'value', 'ok', 'created', 'then', '0'])
                Object.defineProperty(Object.prototype, key, Object.assign(Object.create(null), { set() {}, get() {} }));",
        ),
        (
            "thenable", "Object.prototype.get = 'evil'; Object.prototype.service = 'evil'; Object.prototype.toJSON = undefined;"),
        ("function", "Function.prototype.call = Function.prototype.apply = () => { throw 1 };"),
        ("wiped", "for (const key of Object.getOwnPropertyNames(globalThis)) if (!['tools', 'Promise'].includes(key)) { try { delete globalThis[key] } catch {} }"),
    ];
    let bodies: Vec<_> = tampering
        .iter()
        .map(|(name, tamper)| (*name, format!("{tamper} {work}")))
        .collect();
    let bodies: Vec<_> = bodies
        .iter()
        .map(|(name, body)| (*name, body.as_str()))
        .collect();
    for (name, run) in run_all(client, "tamper", &bodies) {
        assert_eq!(
            result(&run),
            json!(["boolean", { "n": [1, "two"] }, 6]),
            "{name}"
        );
    }

    let looks = run_all(
        client,
        "looks",
        &[
            (
                "leave",
                "globalThis.left = 'behind'; Object.prototype.left = 'behind'; return globalThis.left;",
            ),
            (
                "ways-out",
                "return ['std', 'os', 'bjson', 'Worker', 'Deno', 'WebAssembly', 'XMLHttpRequest'].filter((name) => name in globalThis);",
            ),
            (
                "imports",
                "const open = []; for (const name of ['std', 'os', 'qjs:std', 'qjs:os', 'node:fs', '/etc/passwd', 'https://example.com/x.js']) { try { await import(name); open.push(name) } catch {} } return open;",
            ),
            (
                "eval",
                "return [eval('typeof std'), new Function('return typeof os')(), (0, eval)('typeof process.binding'), Object.keys(process.env).length];",
            ),
        ],
    );
    let results: Vec<_> = looks.iter().map(|(_, run)| result(run)).collect();
    assert_eq!(
        results,
        [
            json!("behind"),
            json!([]),
            json!([]),
            json!(["undefined", "undefined", "undefined", 0])
        ]
    );
    let found = run_all(
        client,
        "found",
        &[("left", "return [typeof left, typeof ({}).left];")],
    );
    assert_eq!(result(&found[0].1), json!(["undefined", "undefined"]));
}
