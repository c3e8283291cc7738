//! What a file is, a CommonJS or an ES module, is told by the parser: wherever `import` and `export` stand.

mod common;

use common::{Order, Sleep, run_with, with_modules};
use tasker_vm::{Limits, check};

/// Each is a task that returns "ok".
const ES_MODULES: &[&str] = &[
    "/** @task a */ export default async function () { return 'ok' }",
    "/* one */ /* two */ export default async () => 'ok'",
    "const a = 'o';export{f as default};function f(){return a+'k'}",
    "function f(r){return s}import s from\"./dep.js\";export{f as default}",
    "import s from './dep.js'\n;/* */export/* */default/* */() => s",
    "const f = () => 'ok'; export\n{ f as default }",
    "export default()=>'ok'",
    "export*from'./entry.js'",
    "\u{feff}export default () => 'ok'",
    "\u{feff}#!/usr/bin/env node\nexport default () => 'ok'",
    "#!/usr/bin/env node\n'use strict'; export default () => 'ok'",
    "const a = await 'ok'; export default () => a",
    "for await (const a of ['ok']) globalThis.a = a; export default () => a",
    "const here = typeof import.meta; export default () => here === 'object' ? 'ok' : here",
    "export default async () => (await import('./dep.js')).default",
    "export const execute = () => `export default ${'o'}`.at(-1) + 'k'",
    "// module.exports = 1\nexport default () => 'ok'; // await",
    "export default { runTask: () => 'ok' }; export class A { static execute() { return 1 } }",
];

/// The same, in CommonJS: words that only look like those of an ES module.
const COMMON_JS: &[&str] = &[
    "const s = `\nexport default 1\nimport x from 'y'\n`; module.exports = () => 'ok'",
    "/*\nexport default 1\n*/ module.exports = () => 'ok'",
    "// import x from 'y'\nmodule.exports = () => 'ok'",
    "exports.execute = () => ({ export: 'ok', import: 1 }).export",
    "module.exports = async () => (await import('./dep.js')).default",
    "\u{feff}#!/usr/bin/env node\n'use strict'; module.exports = () => this === undefined ? 1 : 'ok'",
    "<!-- an old comment, export default\nmodule.exports = () => 'ok'\n--> import x from 'y'",
    "const await = 'ok'; module.exports = () => await",
    "var r = /export default/.test('export default'); module.exports = () => r ? 'ok' : 1",
    "if (0) return; module.exports = function () { return new.target === undefined ? 'ok' : 1 }",
    "\"use strict\";Object.defineProperty(exports,\"__esModule\",{value:!0});exports.default=()=>'ok'",
    "with ({ a: 'ok' }) { module.exports = () => a }",
];

const DEPS: &[(&str, &str)] = &[
    ("dep.js", "var x='ok';export{x as default}"),
    ("entry.js", "/**/export const execute = () => 'ok'"),
];

#[test]
fn the_parser_tells_what_a_file_is() {
    for code in ES_MODULES.iter().chain(COMMON_JS) {
        let program = with_modules(code, DEPS);
        check(&program, &Limits::default()).unwrap_or_else(|error| panic!("{code}: {error:?}"));
        let history = run_with(
            &program,
            "{}",
            &Limits::default(),
            Sleep::Never,
            Order::First,
        );
        assert_eq!(history.ok(), "\"ok\"", "{code}");
    }
}

#[test]
fn every_file_of_a_task_is_told_apart_by_itself() {
    // Each kind requires and imports each kind, the names of the files saying nothing.
    let files: Vec<(String, &str)> = (ES_MODULES.iter().chain(COMMON_JS).enumerate())
        .map(|(index, code)| (format!("f{index}.js"), *code))
        .collect();
    let mut modules: Vec<(&str, &str)> = files
        .iter()
        .map(|(path, code)| (path.as_str(), *code))
        .collect();
    modules.extend(DEPS);
    modules.push(("mark.json", "\u{feff}{\"n\": 1}"));
    let (esm, all) = (ES_MODULES.len(), files.len());
    let program = with_modules(
        &format!(
            "import mark from './mark.json';
             export default async (input, context) => {{
                 const wrong = [];
                 for (let i = 0; i < {all}; i++) {{
                     const path = `./f${{i}}.js`;
                     const imported = await import(path), required = await context.tasks.require(path);
                     const same = i < {esm} ? imported === required : imported.default === required;
                     const again = await context.tasks.require(path) === required;
                     if (!same || !again) wrong.push([path, same, again]);
                 }}
                 return [wrong, mark.n, (await context.tasks.require('./mark.json')).n];
             }}"
        ),
        &modules,
    );
    check(&program, &Limits::default()).expect("compiles");
    for sleep in [Sleep::Never, Sleep::Always] {
        let history = run_with(&program, "{}", &Limits::default(), sleep, Order::First);
        assert_eq!(history.ok(), "[[],1,1]");
    }
}

#[test]
fn an_error_is_that_of_what_the_file_is() {
    let error = |code: &str, modules: &[(&str, &str)]| {
        let Err(error) = check(&with_modules(code, modules), &Limits::default()) else {
            panic!("{code} {modules:?} compiles");
        };
        assert!(
            !error.message.contains("Error: "),
            "the name twice: {error:?}"
        );
        format!("{}: {}", error.name, error.message)
    };
    for (code, place) in [
        // ES modules: not that they have `import` and `export`.
        (
            "export default () => {\n  let x = ;\n}",
            "SyntaxError: task.js:2:11: ",
        ),
        (
            "const a = 1; export default () => { await a }",
            "SyntaxError: task.js:1:37: ",
        ),
        (
            "/* */ import x from './dep.js'; export default x; let y; let y",
            "SyntaxError: task.js:1:",
        ),
        // CommonJS: not that it is no ES module.
        (
            "module.exports = () => {\n  with ({}) { let x = ; }\n}",
            "SyntaxError: task.js:2:23: ",
        ),
        (
            "const s = 'export default';\n)",
            "SyntaxError: task.js:2:1: ",
        ),
    ] {
        assert!(
            error(code, DEPS).starts_with(place),
            "{code}: {}",
            error(code, DEPS)
        );
    }
    assert!(
        error("exports.f = 1; import './gone'", &[])
            .starts_with("Error: cannot find module \"./gone\"")
    );
    for (lib, code) in [
        ("lib.cjs", "export default 1"),
        ("lib.cts", "export default 1"),
        ("lib.mjs", "with ({}) {}"),
        ("lib.mts", "with ({}) {}"),
    ] {
        let expected = format!("SyntaxError: {lib}:1:");
        assert!(error("module.exports = 1", &[(lib, code)]).starts_with(&expected));
    }
    assert!(
        error(
            "import './bad.js'; export default 1",
            &[("bad.js", "export default 1;\nlet let")]
        )
        .starts_with("SyntaxError: bad.js:2:")
    );
}
