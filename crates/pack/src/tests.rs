mod npm;

use std::fs;
use std::path::Path;

use super::*;

/// Writes a tree of files below a fresh folder.
fn tree(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

fn keys(package: &Package) -> Vec<&str> {
    package.modules.keys().map(String::as_str).collect()
}

fn failure(folder: &Path, task: &str) -> String {
    let error = pack(&folder.join("tasks").join(task), Some(folder))
        .unwrap_err()
        .to_string();
    error.replace(&folder.display().to_string(), "~")
}

#[test]
fn packs_everything_that_a_task_names_once() {
    let folder = tree(&[
        (
            "tasks/report.js",
            r#"
            const local = require("./lib");
            const { a } = require(`../shared/a`);
            const [path, util] = [require("node:path"), require("util")];
            module.exports = async function execute(input, context) {
                const late = await context.tasks.require("../shared/late.mjs");
                const same = await context?.tasks?.require("../shared/a.js");
                const data = (await import("./data.json")).default;
                return [local, a, late, same, data];
            };
            // require("./in-a-comment")
            const text = 'require("./in-a-string")';
            "#,
        ),
        (
            "tasks/lib/index.js",
            "module.exports = require('../../shared/nested/b');",
        ),
        ("tasks/data.json", r#"{"n": 1}"#),
        (
            "shared/a.js",
            "exports.a = 1; exports.b = require('./nested/b.cjs');",
        ),
        ("shared/nested/b.cjs", "exports.cycle = require('../a');"),
        (
            "shared/late.mjs",
            "export * from './more.mjs'; import './effect'; export default 1;",
        ),
        ("shared/more.mjs", "export const more = 1;"),
        ("shared/effect.js", "globalThis.effect = 1; return;"),
    ]);
    let package = pack(&folder.path().join("tasks/report.js"), Some(folder.path())).unwrap();
    assert_eq!(package.name, "report");
    assert_eq!(
        keys(&package),
        [
            "../shared/a.js",
            "../shared/effect.js",
            "../shared/late.mjs",
            "../shared/more.mjs",
            "../shared/nested/b.cjs",
            "data.json",
            "lib/index.js",
        ]
    );
    assert_eq!(package.modules["data.json"], r#"{"n": 1}"#);
    assert!(package.warnings.is_empty(), "{:?}", package.warnings);

    for narrow in [None, Some(folder.path().join("tasks"))] {
        let refused = pack(&folder.path().join("tasks/report.js"), narrow.as_deref());
        assert!(refused.unwrap_err().to_string().contains("--root"));
    }
}

#[test]
fn says_where_and_why_a_module_cannot_be_packed() {
    let folder = tree(&[
        (
            "tasks/missing.js",
            "const ok = 1;\nconst x = require('./nowhere');\n",
        ),
        ("tasks/deep.js", "require('../shared/broken-link')"),
        ("shared/broken-link.js", "\n\n  import('./gone.js')"),
        (
            "tasks/package.js",
            "import _ from 'lodash';\nexport default () => _;",
        ),
        ("tasks/typed.js", "require('./types.tsx')"),
        ("tasks/types.tsx", "let x: number = 1"),
        (
            "tasks/enums.ts",
            "import './colors';\nexport default () => 1",
        ),
        ("tasks/colors.ts", "\nenum Color { Red }"),
        (
            "tasks/syntax.js",
            "module.exports = async () => {\n  let 1x = 2;\n}",
        ),
        ("tasks/json.js", "require('./bad.json')"),
        ("tasks/system.js", "require('node:fs')"),
        ("tasks/bad.json", "{\n  \"a\": oops\n}"),
        ("tasks/folder.js", "require('./empty')"),
        ("tasks/empty/readme.txt", ""),
    ]);
    for (task, expected) in [
        (
            "missing.js",
            "~/tasks/missing.js:2:19: cannot find module \"./nowhere\"",
        ),
        (
            "deep.js",
            "~/shared/broken-link.js:3:10: cannot find module \"./gone.js\"",
        ),
        (
            "package.js",
            "~/tasks/package.js:1:15: cannot find package \"lodash\": it is in no node_modules folder up to that of ~; install it",
        ),
        (
            "typed.js",
            "~/tasks/types.tsx: only .js, .mjs, .cjs, .ts, .mts, .cts and .json",
        ),
        ("enums.ts", "~/tasks/colors.ts:2:1: an `enum` is code"),
        ("syntax.js", "~/tasks/syntax.js:2:"),
        ("json.js", "~/tasks/bad.json:2:"),
        (
            "system.js",
            "~/tasks/system.js:1:9: cannot pack module \"node:fs\": of Node's modules those are there that need no system",
        ),
        (
            "folder.js",
            "~/tasks/folder.js:1:9: cannot find module \"./empty\"",
        ),
        ("not-there.js", "~/tasks/not-there.js: No such file"),
    ] {
        let message = failure(folder.path(), task);
        assert!(message.starts_with(expected), "{task}: {message}");
    }
}

#[test]
fn typescript_is_packed_without_its_types() {
    let folder = tree(&[
        (
            "tasks/report.ts",
            "import type { A } from '../shared/gone';\nimport { B } from './gone-too';\nimport { sum } from '../shared/sum.js';\n\
             import { one } from './one';\nexport default async (input: A & B): Promise<number> => sum(one, input as any);",
        ),
        (
            "shared/sum.ts",
            "export const sum = (a: number, b: number): number => a + b;",
        ),
        ("tasks/one.mts", "export const one: 1 = 1;"),
    ]);
    let root = Some(folder.path());
    let package = pack(&folder.path().join("tasks/report.ts"), root).unwrap();
    assert_eq!(package.name, "report");
    assert_eq!(keys(&package), ["../shared/sum.ts", "one.mts"]);
    assert!(!package.code.contains("Promise") && package.code.lines().count() == 5);
    let sum = &package.modules["../shared/sum.ts"];
    assert!(!sum.contains("number"), "{sum}");
}

#[test]
fn types_of_the_task_s_other_files_are_part_of_its_schema() {
    let folder = tree(&[
        (
            "tasks/report.ts",
            "import type { Order } from '../shared/types';\nimport type { Gone } from './nowhere';\nimport type { Secret } from './.hidden';\n\
             export default async (input: { orders: Order[]; gone: Gone; secret: Secret }) => input.orders.length;",
        ),
        (
            "tasks/.hidden.ts",
            "export interface Secret { password: string }",
        ),
        ("shared/types.d.ts", "export * from './order.js';"),
        (
            "shared/order.ts",
            "export interface Order { id: number }\nenum Code { A }",
        ),
    ]);
    let root = Some(folder.path());
    let package = pack(&folder.path().join("tasks/report.ts"), root).unwrap();
    assert!(package.modules.is_empty());
    let comments = package.code.split_once(".length;\n").unwrap().1;
    assert_eq!(
        comments,
        "/** @typedef {{id: number}} Order */\n/** @input {{orders: Array<Order>, gone: *, secret: *}} */\n"
    );
}

#[test]
fn optional_and_computed_modules_are_warnings() {
    let folder = tree(&[(
        "tasks/probe.js",
        r#"
        try { require("fs") } catch {}
        try { require("./gone") } catch (error) { console.log(error) }
        const bundle = (function (require) { return require("./inner") })((name) => name);
        module.exports = async (input, { tasks: { require } }) => require(input.name);
        "#,
    )]);
    let package = pack(&folder.path().join("tasks/probe.js"), None).unwrap();
    assert!(package.modules.is_empty());
    let warnings = package.warnings.join("\n");
    assert_eq!(package.warnings.len(), 3, "{warnings}");
    assert!(
        warnings.contains(":5:") && warnings.contains("computed"),
        "{warnings}"
    );
    assert!(
        warnings.contains("\"fs\"") && warnings.contains("./gone"),
        "{warnings}"
    );

    let folder = tree(&[(
        "tasks/finally.js",
        "try { require('./gone') } finally { done() }",
    )]);
    assert!(pack(&folder.path().join("tasks/finally.js"), None).is_err());
}

#[cfg(unix)]
#[test]
fn links_do_not_carry_off_files_from_outside() {
    let secret = tree(&[("secret.json", "{}")]);
    let folder = tree(&[(
        "project/tasks/thief.js",
        "module.exports = require('./innocent.json')",
    )]);
    let link = folder.path().join("project/tasks/innocent.json");
    std::os::unix::fs::symlink(secret.path().join("secret.json"), link).unwrap();
    let message = pack(&folder.path().join("project/tasks/thief.js"), None)
        .unwrap_err()
        .to_string();
    assert!(message.contains("innocent.json: outside of"), "{message}");
}

#[test]
fn nothing_private_is_packed_whatever_the_root() {
    let folder = tree(&[
        (
            "t/dot.js",
            "module.exports = require('../.spin/secrets.json')",
        ),
        ("t/file.js", "module.exports = require('./.env.json')"),
        (
            "t/state.js",
            "module.exports = require('../state/secrets.json')",
        ),
        (
            "t/below.js",
            "try { require('../state/logs/a.json') } catch {}",
        ),
        ("t/.env.json", "{}"),
        (".spin/secrets.json", "{}"),
        ("state/tasker.lock", "1"),
        ("state/secrets.json", "{}"),
        ("state/logs/a.json", "{}"),
    ]);
    for task in ["dot", "file", "state", "below"] {
        let refused = pack(
            &folder.path().join(format!("t/{task}.js")),
            Some(folder.path()),
        );
        let message = refused.unwrap_err().to_string();
        assert!(message.contains("so it is not packed"), "{task}: {message}");
    }
    // Where the project itself is below such a folder, its own files are packed.
    let folder = tree(&[
        (".work/t/main.js", "module.exports = require('./lib.js')"),
        (".work/t/lib.js", ""),
    ]);
    let package = pack(&folder.path().join(".work/t/main.js"), None).unwrap();
    assert_eq!(keys(&package), ["lib.js"]);
}

#[test]
fn a_folder_s_tasks_are_those_that_export_one() {
    let folder = tree(&[
        (
            "t/a-execute.js",
            "module.exports = async function execute() {}",
        ),
        (
            "t/b-run-task.js",
            "export async function runTask(input, tools) {}",
        ),
        ("t/c-default.mjs", "export default async function c() {}"),
        ("t/d-member.js", "exports.execute = async () => {}"),
        (
            "t/e-renamed.js",
            "async function f() {}\nexport { f as runTask }",
        ),
        ("t/f-object.js", "module.exports = { execute() {} }"),
        (
            "t/g-named.js",
            "/** @task other-name */\nconst f = async () => {}\nmodule.exports = { f }",
        ),
        ("t/h-broken.js", "export default {{"),
        ("t/u-helper.js", "export const sum = (a, b) => a + b"),
        ("t/v-helper.js", "module.exports = { chunk() {} }"),
        ("t/w-config.js", "export default { name: 'x' }"),
        (
            "t/i-typed.ts",
            "export default async (a: A): Promise<A> => a",
        ),
        ("t/j-mixed.mts", "enum A { B }\nexport default () => A.B"),
        ("t/w-types.ts", "export interface A { a: number }"),
        ("t/x.d.ts", "export default function x(): void"),
        ("t/y.json", "{}"),
        ("t/shared/z.js", "module.exports = async () => {}"),
    ]);
    let found = tasks_in(&folder.path().join("t")).unwrap();
    let names = |files: &[PathBuf]| -> String {
        files
            .iter()
            .map(|file| stem(file).chars().next().unwrap())
            .collect()
    };
    assert_eq!(names(&found.tasks), "abcdefghij");
    assert_eq!(names(&found.skipped), "uvww");
    assert_eq!(pack(&found.tasks[6], None).unwrap().name, "other-name");
}

#[test]
fn any_source_is_scanned_or_refused() {
    let examples = [
        "const a = require('./a'); try { require(`./b`) } catch {} module.exports = async function execute(input, { tasks }) { return tasks.require(input) };",
        "import x, { y as z } from './x.mjs'; export * from '../y'; export default async () => import('./z.json');",
        "exports.execute = exports['runTask'] = class { #a = 1n; static { label: for (;;) break label } }; /[\\]/]/v; `${`${1}`}`; a?.b??c",
        "#!/usr/bin/env node\n\u{2028}'use strict';\r\nlet \\u{61} = '\\u{1F600}'; <!-- x\nif (a) function f() {}",
    ];
    tasker_fuzz::text(&examples, 4_000, |source| {
        for is_module in [false, true] {
            if let Ok(scan) = scan::scan(source, is_module) {
                assert!(scan.references.len() <= source.len());
            }
        }
    });
}
