//! Task code that attacks the engine from inside: what it does to its own world changes nothing of ours.

mod common;

use common::{Order, Sleep, program, run_with};
use tasker_vm::{Limits, Vm};

/// Runs `attack`, then calls, sleeps, logs and returns as any task does.
fn survives(name: &str, attack: &str) {
    let code = format!(
        "module.exports = async function execute(input, context) {{
            const set = tools.keystore.set, get = tools.keystore.get, log = console.log;
            {attack}
            await set('h', 'k', {{ deep: [1, 'two', null] }});
            const value = await get('h', 'k');
            let refused; try {{ await tools.keystore.nope() }} catch (e) {{ refused = e.code }}
            log('still', value);
            return {{ value, refused, input }};
        }}"
    );
    println!("{name}");
    for sleep in [Sleep::Never, Sleep::Always] {
        let history = run_with(
            &program(&code),
            r#"{"in":[1]}"#,
            &Limits::default(),
            sleep,
            Order::First,
        );
        assert_eq!(
            history.ok(),
            r#"{"value":{"deep":[1,"two",null]},"refused":"unknown_method","input":{"in":[1]}}"#,
            "{name}"
        );
        let args: Vec<_> = history
            .calls
            .iter()
            .map(|call| call.args.as_str())
            .collect();
        assert_eq!(
            args,
            [r#"["h","k",{"deep":[1,"two",null]}]"#, r#"["h","k"]"#, "[]"],
            "{name}"
        );
        // A task may change what its objects are called.
        let last = history.logs.last().map_or("", |line| &line.message);
        assert!(
            last.starts_with("still ") && last.ends_with("[ 1, 'two', null ] }"),
            "{name}: {last}"
        );
    }
}

#[test]
fn a_changed_world_does_not_reach_the_engine() {
    for (name, attack) in [
        (
            "JSON",
            "JSON.parse = JSON.stringify = () => { throw 'no' }; globalThis.JSON = null;",
        ),
        (
            "Promise.prototype.then",
            "Promise.prototype.then = Promise.prototype.catch = () => { throw 'no' };",
        ),
        (
            "Promise",
            "globalThis.Promise = function () { throw 'no' }; ",
        ),
        (
            "Promise statics",
            "Promise.resolve = Promise.reject = Promise.all = () => { throw 'no' }; Object.defineProperty(Promise, Symbol.species, { get() { throw 'no' } });",
        ),
        (
            "Array.prototype",
            "for (const k of Object.getOwnPropertyNames(Array.prototype)) if (k !== 'length') Object.defineProperty(Array.prototype, k, { get() { throw 'no' }, configurable: true });",
        ),
        (
            "Array iteration",
            "Array.prototype[Symbol.iterator] = () => { throw 'no' }; Object.getPrototypeOf([].keys?.() ?? {}).next = () => { throw 'no' };",
        ),
        (
            "setters",
            "for (const k of ['0', '1', '4', '5', '6', '7', 'value', 'get', 'set', 'service', 'method', 'args', 'code', 'status', 'name', 'message', 'stack', 'exports', 'toString', 'length', 'enumerable']) Object.defineProperty(Object.prototype, k, Object.assign(Object.create(null), { set() { throw 'no' }, get() { return undefined }, configurable: true }));",
        ),
        (
            "array setters",
            "for (const k of ['0', '1', '2', '3']) Object.defineProperty(Array.prototype, k, { set() { throw 'no' }, get() { throw 'no' }, configurable: true });",
        ),
        (
            "globals wiped",
            "for (const k of Object.getOwnPropertyNames(globalThis)) if (!['tools', 'undefined', 'NaN', 'Infinity', 'globalThis'].includes(k)) delete globalThis[k];",
        ),
        (
            "prototypes cut",
            "Object.setPrototypeOf(Array.prototype, null); Object.setPrototypeOf(Function.prototype, null); Object.setPrototypeOf(Error.prototype, null);",
        ),
        (
            "errors",
            "Error.prepareStackTrace = () => { throw 'no' }; Error.stackTraceLimit = 0; Error.captureStackTrace = () => { throw 'no' }; TypeError.prototype.name = 'Odd'; try { Object.defineProperty(Error.prototype, 'message', { get() { throw 'no' } }) } catch {}",
        ),
        (
            "functions",
            "Function.prototype.call = Function.prototype.apply = Function.prototype.bind = () => { throw 'no' }; try { Object.defineProperty(Function.prototype, Symbol.hasInstance, { value: () => true }) } catch {}",
        ),
        (
            "strings and maps",
            "String.prototype.replace = String.prototype.split = Map.prototype.get = Map.prototype.set = Map.prototype.entries = () => { throw 'no' }; String.prototype.toString = () => 'x';",
        ),
        (
            "Object",
            "Object.keys = Object.defineProperty = Object.create = Object.freeze = Reflect.ownKeys = Reflect.get = () => { throw 'no' };",
        ),
        (
            "freeze",
            "for (const o of [Object.prototype, Array.prototype, Promise.prototype, Function.prototype, globalThis, console, context, context.tasks, tools]) try { Object.freeze(o) } catch {};",
        ),
        (
            "clock",
            "Date.now = Math.random = () => { throw 'no' }; globalThis.Date = null; performance.now = null;",
        ),
        (
            "tools",
            "for (const f of [() => { tools.keystore = 1 }, () => { delete tools.keystore }, () => Object.defineProperty(tools, 'x', { value: 1 }), () => new tools.keystore.get(), () => tools(), () => { tools.x.then = 1 }]) try { f() } catch (e) {} Object.setPrototypeOf(tools, { keystore: 1 }); if (`${tools.a.b}` !== '[tool tools.a.b]' || tools.x.then !== undefined || tools[Symbol.iterator] !== undefined || Object.keys(tools).length || Reflect.getPrototypeOf(tools.x) !== null) throw 'tools';",
        ),
        (
            "eval and Function",
            "if (eval('1 + 1') !== 2 || Function('return this')() !== globalThis) throw 'eval'; eval = Function.prototype.constructor = null;",
        ),
    ] {
        survives(name, attack);
    }
}

#[test]
fn a_changed_world_does_not_break_the_web() {
    let attacks = [
        "Promise.prototype.then = Promise.prototype.catch = () => { throw 'no' };",
        "globalThis.Promise = function () { throw 'no' };",
        "Promise.resolve = Promise.reject = Promise.all = () => { throw 'no' }; Object.defineProperty(Promise, Symbol.species, { get() { throw 'no' } });",
        "for (const k of Object.getOwnPropertyNames(Array.prototype)) if (k !== 'length') Object.defineProperty(Array.prototype, k, { get() { throw 'no' }, configurable: true });",
        "Array.prototype[Symbol.iterator] = () => { throw 'no' };",
        "for (const k of ['get', 'set', 'value', 'method', 'body', 'signal', 'redirect', 'headers', 'status', 'type', 'stream', 'source', 'name', 'configurable']) Object.defineProperty(Object.prototype, k, Object.assign(Object.create(null), { set() { throw 'no' }, get() { throw 'no' }, configurable: true }));",
        "for (const k of ['0', '1', '2', '3']) Object.defineProperty(Array.prototype, k, { set() { throw 'no' }, get() { throw 'no' }, configurable: true });",
        "Object.keys = Object.defineProperty = Object.create = Object.freeze = Reflect.ownKeys = Reflect.get = () => { throw 'no' };",
        "Function.prototype.call = Function.prototype.apply = Function.prototype.bind = () => { throw 'no' };",
    ];
    let mut wrong = Vec::new();
    for attack in attacks {
        for first in ["", "new Response('a').body; fetch; new Blob();"] {
            let code = format!(
                "module.exports = async () => {{
                    {first}
                    {attack}
                    const stop = new AbortController();
                    const init = {{ __proto__: null, method: 'POST', body: 'x', headers: {{ __proto__: null, a: '1' }}, signal: stop.signal }};
                    const response = await fetch('https://example.com/echo', init);
                    const twin = response.clone();
                    const reader = twin.body.getReader();
                    const chunk = await reader.read();
                    const blob = await new Response('b').blob();
                    return {{ text: await response.text(), kind: response.headers.get('content-type'), bytes: chunk.value.length, size: blob.size }};
                }};"
            );
            for sleep in [Sleep::Never, Sleep::Always] {
                let history = run_with(
                    &program(&code),
                    "{}",
                    &Limits::default(),
                    sleep,
                    Order::First,
                );
                let sent = r#"[{"url":"https://example.com/echo","method":"POST","redirect":"follow","headers":[["a","1"],["content-type","text/plain;charset=UTF-8"]],"body":{"text":"x"}}]"#;
                let text = serde_json::to_string(sent).expect("text");
                let expected = format!(
                    r#"{{"text":{text},"kind":"application/json","bytes":{},"size":1}}"#,
                    sent.len()
                );
                if history.outcome != Some(Ok(expected)) {
                    wrong.push((attack, first, history.outcome));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn nothing_of_the_engine_can_be_seen() {
    let history = common::body(
        r#"
        const frames = [];
        Error.prepareStackTrace = (e, sites) => { frames.push(...sites); return sites };
        let stacks = '';
        const spy = { toJSON() { stacks += new Error('x').stack; return 1 } };
        await tools.keystore.set('a', 'b', spy);
        console.log({ get x() { stacks += 'ran' } });
        [1].map(() => { stacks += new Error('y').stack });
        (function caller() { try { stacks += String(caller.caller) } catch (e) { stacks += e.name } })();
        const names = Object.getOwnPropertyNames(globalThis).filter((n) => /^(WeakRef|FinalizationRegistry|SharedArrayBuffer|Atomics|std|os|bjson|load|print|Worker)$/.test(n));
        const functions = [tools.log, console.log, context.tasks.require, __callHostTool__, Math.random, JSON.parse].map((f) => [typeof f.prototype, Object.getOwnPropertyNames(f).sort().join(), Function.prototype.toString.call(f).includes('[native code]')]);
        const callable = (f) => { try { f(); return 'ran' } catch (e) { return e.name } };
        return { frames: frames.length, stacks: stacks.replace(/:\d+/g, ''), names, functions,
                 odd: [() => new console.log(), () => __callHostTool__(), () => __callHostTool__('a', [1]), () => __callHostTool__('a', ['b'], 5), () => __callHostTool__('a', ['\0']), () => tools['a\0b'], () => tools.a['x'.repeat(600)]].map(callable) };
        "#,
    );
    assert_eq!(
        history.ok(),
        r#"{"frames":0,"stacks":"Error: x\n    at toJSON (task.js)\n    at execute (task.js)\nError: y\n    at <anonymous> (task.js)\n    at map (native)\n    at execute (task.js)\nundefined","names":[],"functions":[["undefined","length,name",true],["undefined","length,name",true],["undefined","length,name",true],["undefined","length,name",true],["undefined","length,name",true],["undefined","length,name",true]],"odd":["TypeError","TypeError","TypeError","TypeError","TypeError","RangeError","RangeError"]}"#
    );
}

#[test]
fn code_that_runs_while_values_cross_does_no_harm() {
    let history = common::body(
        r#"
        const list = [1, 2, { get gone() { list.length = 0; return 'g' } }, 4, 5];
        const first = tools.keystore.set('a', 'list', list);
        const inner = { get call() { tools.keystore.set('a', 'inner', 1); return 'c' } };
        const second = tools.keystore.set('a', 'outer', inner);
        const bad = new Proxy({}, { ownKeys() { return ['a', 'a'] } });
        const caught = []; for (const value of [bad, { get x() { throw new TypeError('mine') } }, { toJSON() { throw 7 } }, new Proxy({}, { get() { throw new RangeError('trap') } }), { length: 1, __proto__: Array.prototype, toJSON: () => () => 1 }])
            await tools.keystore.set('a', 'b', value).catch((e) => caught.push(e?.message ?? e));
        const revoked = Proxy.revocable({}, {}); revoked.revoke();
        await tools.keystore.set('a', 'b', revoked.proxy).catch((e) => caught.push(e.name)); console.log(revoked.proxy, [revoked.proxy]);
        const tricky = { then(ok) { ok({ then(ok2) { ok2('flat') } }) } };
        await Promise.allSettled([first, second]);
        return { caught, tricky: await tricky, list: await tools.keystore.get('a', 'list'), outer: await tools.keystore.get('a', 'outer') };
        "#,
    );
    assert_eq!(
        history.ok(),
        r#"{"caught":["proxy: duplicate property","mine",7,"trap","args[2] is a function and cannot cross as JSON","TypeError"],"tricky":"flat","list":[1,2,{"gone":"g"},null,null],"outer":{"call":"c"}}"#
    );
    let numbers: Vec<_> = history.calls.iter().map(|call| call.number).collect();
    assert_eq!(numbers, (1..=numbers.len() as u32).collect::<Vec<_>>());
    assert_eq!(
        history.calls[1].args, r#"["a","inner",1]"#,
        "a getter's call comes before the call that reads it"
    );
}

#[test]
fn the_engine_works_after_every_attack() {
    for attack in [
        "throw { get name() { for (;;); } }",
        "Object.prototype.then = function (ok) { ok(1) }; return {}",
        "Object.defineProperty(Object.prototype, 'then', { get() { throw 1 } }); await tools.keystore.get('a', 'b'); return {}",
        "Object.prototype.toJSON = () => { throw new Error('json') }; return {}",
        "Promise.prototype.then = null; await { then: 1 }; return tools.keystore.get('a', 'b')",
        "const p = tools.keystore.get('a', 'b'); p.then = () => { throw 1 }; p.constructor = null; await p",
        "throw new Proxy(new Error('x'), { get() { throw 1 }, getPrototypeOf() { throw 2 } })",
        "return new Proxy([], { get(t, k) { return k === 'length' ? 2 ** 53 : 1 } })",
        "for (let i = 0; i < 1e5; i++) tools.a.b(i)",
        "return Array.from({ length: 100 }, () => 'x'.repeat(1e5))",
        "const f = (n) => n ? f(n - 1) : tools.a.b(new Array(1e6)); try { f(100) } catch {} f(100)",
        "eval('['.repeat(1e6))",
        "new Function('}, () => { throw 1 }, function () {')",
        "module.exports.then = (ok) => ok(1); require('./task')",
    ] {
        let program = program(&format!(
            "module.exports = async function execute(input, context) {{ {attack} }}"
        ));
        let limits = Limits {
            cpu: std::time::Duration::from_millis(300),
            ..Limits::default()
        };
        let history = run_with(&program, "{}", &limits, Sleep::Never, Order::First);
        assert!(history.outcome.is_some());
        drop(Vm::boot(program, limits).expect("boots again"));
        assert_eq!(
            common::body("return (await tools.keystore.list('none')).length").ok(),
            "0",
            "{attack}"
        );
    }
}

/// An object that grows by its properties until there is no memory for the next, with more or less of it left each time.
#[test]
fn the_engine_ends_well_whatever_it_has_no_memory_for() {
    for texts in 0..100 {
        let program = program(&format!(
            "module.exports = function () {{
                // Text is stored without a look at what is garbage.
                const text = [];
                for (let i = 0; i < 2000 + 20 * {texts}; i++) text.push('x'.repeat(1000));
                const grows = {{}};
                for (let i = 0; ; i++) grows['k' + i] = i;
            }}"
        ));
        let limits = Limits {
            memory_bytes: 8 << 20,
            ..Limits::default()
        };
        let history = run_with(&program, "{}", &limits, Sleep::Never, Order::First);
        let error = history.outcome.expect("an end").expect_err("no memory");
        assert_eq!(error.code.as_deref(), Some("memory_limit"), "{texts}");
    }
}
