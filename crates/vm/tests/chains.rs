//! Chains of fluent services: when they make calls, which, and what task code can do to them.

mod common;

use common::{History, Order, Sleep, body, program, replay, run_with};
use tasker_vm::Limits;

/// Runs a task's body straight, with a sleep at every suspension, and by replay.
fn everywhere(code: &str) -> History {
    let program = program(&format!(
        "module.exports = async function execute(input, context) {{ const db = tools.supabase; {code} }}"
    ));
    let limits = Limits::default();
    let run = |sleep, order| run_with(&program, "{}", &limits, sleep, order);
    let straight = run(Sleep::Never, Order::First);
    assert_eq!(run(Sleep::Always, Order::First), straight);
    assert_eq!(replay(&program, "{}", &limits, &straight), straight);
    straight
}

fn calls(history: &History) -> Vec<(String, &str)> {
    let calls = history.calls.iter();
    calls
        .map(|call| {
            (
                format!("{}.{}", call.service, call.method.join(".")),
                call.args.as_str(),
            )
        })
        .collect()
}

#[test]
fn a_chain_is_one_call_when_it_is_awaited() {
    let history = everywhere(
        "const { data, error } = await db.from('t').select('*', { count: 'exact' }).eq('id', 5).order('x').limit(1).single();
         return { data, error };",
    );
    let args = r#"[["from","t"],["select","*",{"count":"exact"}],["eq","id",5],["order","x"],["limit",1],["single"]]"#;
    assert_eq!(
        calls(&history),
        [(
            "supabase.from.select.eq.order.limit.single".to_owned(),
            args
        )]
    );
    assert_eq!(history.ok(), format!(r#"{{"data":{args},"error":null}}"#));

    // Nobody awaits the first; the second is returned, by a function that is not async too.
    let history = everywhere("db.from('t').insert({ a: 1 }); return db.rpc('f', { x: [1] })");
    assert_eq!(
        calls(&history),
        [("supabase.rpc".to_owned(), r#"[["rpc","f",{"x":[1]}]]"#)]
    );
    let history = common::run("module.exports = () => tools.supabase.rpc('g')", "{}");
    assert_eq!(history.ok(), r#"{"data":[["rpc","g"]],"error":null}"#);
}

#[test]
fn a_builder_changes_and_a_part_does_not() {
    let history = everywhere(
        "const shared = db.schema('s').from('t');
         let query = shared.select(); query.eq('a', 1); query = query.eq('b', 2);
         const same = query.limit(1) === query;
         const [one, two] = await Promise.all([query, shared.delete().eq('c', 3)]);
         const again = await query.range(0, 1);
         const branch = query.order('d'); await query;
         const part = await shared;
         return { same, aliased: branch === query, part: part === shared, names: (await part.select('z')).data.map(String) };",
    );
    let select = r#"[["schema","s"],["from","t"],["select"],["eq","a",1],["eq","b",2],["limit",1]"#;
    let args: Vec<_> = history.calls.iter().map(|call| call.args.clone()).collect();
    assert_eq!(
        args,
        [
            format!("{select}]"),
            r#"[["schema","s"],["from","t"],["delete"],["eq","c",3]]"#.to_owned(),
            format!(r#"{select},["range",0,1]]"#),
            format!(r#"{select},["range",0,1],["order","d"]]"#),
            r#"[["schema","s"],["from","t"],["select","z"]]"#.to_owned(),
        ]
    );
    assert_eq!(
        history.ok(),
        r#"{"same":true,"aliased":true,"part":true,"names":["schema,s","from,t","select,z"]}"#
    );
}

#[test]
fn a_client_of_promises_calls_at_once() {
    let history = everywhere(
        "const files = db.storage.from('b');
         const first = files.upload('x', { base64: 'aGk=' });
         const isPromise = first instanceof Promise;
         await first; await first;
         const listed = await files.list('x').finally(() => {});
         const user = await db.auth.admin.createUser({ email: 'a@example.com' }).then((r) => r.data.length);
         await db.functions.invoke('f');
         const refused = await files.upload('x', () => 1).catch((e) => e.message);
         return { isPromise, listed: listed.error, user, refused };",
    );
    assert_eq!(
        calls(&history),
        [
            (
                "supabase.storage.from.upload".to_owned(),
                r#"["storage",["from","b"],["upload","x",{"base64":"aGk="}]]"#
            ),
            (
                "supabase.storage.from.list".to_owned(),
                r#"["storage",["from","b"],["list","x"]]"#
            ),
            (
                "supabase.auth.admin.createUser".to_owned(),
                r#"["auth","admin",["createUser",{"email":"a@example.com"}]]"#
            ),
            (
                "supabase.functions.invoke".to_owned(),
                r#"["functions",["invoke","f"]]"#
            ),
        ]
    );
    assert_eq!(
        history.ok(),
        r#"{"isPromise":true,"listed":null,"user":3,"refused":"args[1] is a function and cannot cross as JSON"}"#
    );
    let forgotten = body("tools.supabase.storage.from('b').remove(['x']); return 1");
    assert_eq!(forgotten.err().code.as_deref(), Some("call_not_awaited"));
    assert!(
        forgotten
            .err()
            .message
            .contains("tools.supabase.storage.from.remove")
    );

    let direct = body(
        "return (await __callHostTool__('supabase', ['from', 'select'], [['from', 't'], ['select']])).data",
    );
    assert_eq!(direct.ok(), r#"[["from","t"],["select"]]"#);
    assert_eq!(direct.calls[0].method, ["from", "select"]);
}

#[test]
fn a_chain_shows_itself_and_is_not_taken_for_another_thing() {
    let history = everywhere(
        "const q = db.from('t').select();
         console.log(q, db.from, [q]);
         const thrown = (f) => { try { return f() } catch (e) { return `${e.name}: ${e.message}` } };
         const shown = [String(q), `${db.auth.admin}`, JSON.stringify({ q }), JSON.stringify([q]), Object.keys(q).length, 'then' in q, q[Symbol.iterator], q.constructor, q.catch, db.from('t').then, db.auth.then,
           thrown(() => q.data), thrown(() => db.from('t').error), thrown(() => q()), thrown(() => { q.x = 1 }), thrown(() => Object.defineProperty(q, 'then', { value: 1 })), thrown(() => new q.eq('a', 1)), thrown(() => db['']), thrown(() => q['x'.repeat(200)]),
           thrown(() => tools.keystore.set && db.from('t').insert(q)), thrown(() => delete q.eq), Object.getPrototypeOf(q)];
         return shown;",
    );
    assert_eq!(
        history.logs[0].message,
        "[Function: tools.supabase.from.select] [Function: tools.supabase.from] [ [Function: tools.supabase.from.select] ]"
    );
    assert!(history.calls.is_empty());
    assert_eq!(
        history.ok(),
        r#"["[tool tools.supabase.from.select]","[tool tools.supabase.auth.admin]","{}","[null]",0,false,null,null,null,null,null,"TypeError: tools.supabase.from.select has no `data` before it is awaited: write (await …).data","TypeError: tools.supabase.from asks for nothing yet and has no `error`: go on with a method such as select()","TypeError: tools.supabase.from.select is not a function","TypeError: tools cannot be changed","TypeError: tools cannot be changed","TypeError: q.eq is not a constructor","TypeError: tools.supabase: a name is empty","RangeError: tools.supabase.from.select: the next name is empty, too long or has a NUL","TypeError: args[0] is a query and cannot cross as JSON; await it first",true,null]"#
    );
}

#[test]
fn hostile_chains_do_no_harm() {
    // Arguments whose getters change the very builder, make calls, throw.
    let history = everywhere(
        "const q = db.from('t').select();
         q.eq('outer', { get x() { q.eq('inner', 1); return 2 } });
         let caught; try { q.eq('bad', { get x() { throw new RangeError('mine') } }) } catch (e) { caught = e.message }
         const taken = q.then; taken.call(null, () => {});
         Object.defineProperty(Promise, Symbol.species, { get() { throw 'no' } });
         Promise.prototype.then = () => { throw 'no' }; Promise.prototype.constructor = null;
         const { data } = await q;
         const inherited = Object.create(q);
         const proxied = await new Proxy(q, {}).limit(1);
         return { caught, data, inherits: (await inherited).data.length, proxied: proxied.data.length };",
    );
    assert_eq!(
        history.ok(),
        r#"{"caught":"mine","data":[["from","t"],["select"],["eq","inner",1],["eq","outer",{"x":2}]],"inherits":5,"proxied":5}"#
    );

    // Chains without end, in steps and in bytes.
    for (code, expected) in [
        (
            "const q = db.from('t').select(); for (;;) q.eq('a', 1)",
            "at most 500 steps",
        ),
        (
            "let q = db.schema('a'); for (;;) q = q.schema('b')",
            "at most 500 steps",
        ),
        ("let q = db.a; for (;;) q = q.b", "at most 500 steps"),
        (
            "const q = db.from('t').select(); for (;;) q.eq('a', 'x'.repeat(1e5))",
            "1048576 bytes",
        ),
        (
            "const q = db.rpc('f', 'x'.repeat(1048563)); await q",
            "1048576 bytes",
        ),
        (
            "const q = db.rpc('f'), all = []; for (let i = 0; i < 10001; i++) all.push(q.then(() => {})); await Promise.all(all)",
            "calls are out already",
        ),
        (
            "const f = () => db.rpc('f', { get x() { return f() } }); f()",
            "too deeply",
        ),
    ] {
        let history = body(&format!("const db = tools.supabase; {code}"));
        println!("{code}");
        let error = history.err();
        assert!(error.message.contains(expected), "{code}: {error:?}");
        // An await has left the code that wrote it by the time the call is made.
        let stack = error.stack.as_deref().unwrap_or_default();
        assert!(
            stack.contains("task.js") || code.contains("await"),
            "{code}: {error:?}"
        );
    }

    // A path has a bound; the steps have all.
    let history = everywhere(
        "const q = db.rpc('f'); for (let i = 0; i < 400; i++) q.order('x'); return (await q).data.length",
    );
    assert_eq!(history.ok(), "401");
    assert!(history.calls[0].method.concat().len() < 512);
    assert!(history.calls[0].method.len() > 50);

    // Cycles through what a task can attach to, and many of them: memory comes back.
    let history = body(
        "const db = tools.supabase;
         for (let i = 0; i < 20000; i++) { const q = db.from('t').select(); const hold = { q }; hold.then = q.then; hold.self = hold; q.eq('x'.repeat(500), 1) }
         return 'done'",
    );
    assert_eq!(history.ok(), r#""done""#);
}

#[test]
fn an_error_names_the_place_of_the_chain() {
    let history = body(
        "const q = tools.supabase.from('t').select();
         try { for (let i = 0; i < 3; i++) await tools.supabase.a.b(); } catch {}
         const big = { toJSON() { return 'x'.repeat(2e6) } };
         return await tools.supabase.from('t').insert(big).then(null, (e) => e.code);",
    );
    assert_eq!(history.err().code.as_deref(), Some("args_too_large"));
    assert!(
        history
            .err()
            .stack
            .as_deref()
            .unwrap_or_default()
            .contains("task.js:4"),
        "{:?}",
        history.err()
    );
}
