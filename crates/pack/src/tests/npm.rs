//! Packages of npm.

use std::path::Path;

use super::tree;
use crate::{Package, pack};

fn packed(folder: &Path, task: &str) -> Package {
    pack(&folder.join(task), None).unwrap_or_else(|error| panic!("{task}: {error}"))
}

#[test]
fn names_of_packages_lead_where_they_lead_in_node() {
    let folder = tree(&[
        ("package.json", "{}"),
        (
            "tasks/a.mjs",
            "import dual from 'dual'; import { deep } from \"dual/deep\"; import * as scoped from '@org/scoped/lib/x.js';\n\
             export default async () => [dual, deep, scoped, (await import(`main`)).default, (await import('./own.js')).default];",
        ),
        (
            "tasks/own.js",
            "module.exports = [require('dual'), require('main/data.json')];",
        ),
        (
            "node_modules/dual/package.json",
            r##"{
            "exports": { ".": { "node": "./node.js", "import": "./index.mjs", "require": "./index.cjs" }, "./deep": "./d/e/deep.js", "./f/*": "./g/*.js" },
            "imports": { "#inner": { "browser": "./inner.js", "default": "./never.js" } }
        }"##,
        ),
        (
            "node_modules/dual/index.mjs",
            "import 'dual/f/h'; import '#inner'; export default 1",
        ),
        ("node_modules/dual/index.cjs", "module.exports = 1"),
        ("node_modules/dual/d/e/deep.js", "export const deep = 1"),
        ("node_modules/dual/g/h.js", ""),
        ("node_modules/dual/inner.js", ""),
        (
            "node_modules/@org/scoped/lib/x.js",
            "export * from 'nested'",
        ),
        (
            "node_modules/@org/scoped/node_modules/nested/index.js",
            "export default 1",
        ),
        ("node_modules/nested/index.js", "export default 'another'"),
        (
            "node_modules/main/package.json",
            r#"{ "main": "./lib", "browser": { "fs": false, "./lib/a.js": "./lib/b.js" } }"#,
        ),
        ("node_modules/main/data.json", "{}"),
        (
            "node_modules/main/lib/index.js",
            "require('./a'); require('./folder'); require('fs'); require('util')",
        ),
        ("node_modules/main/lib/b.js", ""),
        (
            "node_modules/main/lib/folder/package.json",
            r#"{ "main": "it.js" }"#,
        ),
        ("node_modules/main/lib/folder/it.js", ""),
    ]);
    let package = packed(folder.path(), "tasks/a.mjs");
    let keys: Vec<_> = package.modules.keys().map(String::as_str).collect();
    assert_eq!(
        keys,
        [
            "../node_modules/@org/scoped/lib/x.js",
            "../node_modules/@org/scoped/node_modules/nested/index.js",
            "../node_modules/dual/d/e/deep.js",
            "../node_modules/dual/g/h.js",
            "../node_modules/dual/index.cjs",
            "../node_modules/dual/index.mjs",
            "../node_modules/dual/inner.js",
            "../node_modules/main/data.json",
            "../node_modules/main/lib/b.js",
            "../node_modules/main/lib/folder/it.js",
            "../node_modules/main/lib/index.js",
            "node_modules/nothing.cjs",
            "own.js",
        ]
    );
    assert!(package.code.starts_with(
        "import dual from \"../node_modules/dual/index.mjs\"; import { deep } from \"../node_modules/dual/d/e/deep.js\";"
    ));
    assert!(
        package
            .code
            .contains("import(\"../node_modules/main/lib/index.js\")")
    );
    assert_eq!(
        package.modules["../node_modules/main/lib/index.js"],
        "require(\"./b.js\"); require(\"./folder/it.js\"); require(\"node_modules/nothing.cjs\"); require('util')"
    );
    assert_eq!(
        package.summary(),
        [
            "own.js",
            "@org/scoped (1 module, 47 bytes)",
            "dual (5 modules, 95 bytes)",
            "main (4 modules, 100 bytes)",
            "nested (1 module, 16 bytes)",
        ]
    );
}

#[test]
fn what_cannot_run_is_named_with_what_needs_it() {
    let folder = tree(&[
        ("package.json", "{}"),
        ("t/files.js", "require('./own')"),
        ("t/own.js", "require('a')"),
        ("node_modules/a/index.js", "\nrequire('b')"),
        ("node_modules/b/index.js", "const fs = require('fs')"),
        ("t/addon.js", "require('addon')"),
        (
            "node_modules/addon/package.json",
            r#"{ "main": "build/addon.node" }"#,
        ),
        ("node_modules/addon/build/addon.node", "\u{7f}ELF"),
        ("t/gone.mjs", "import 'needy'"),
        ("node_modules/needy/index.js", "import 'not-installed'"),
        ("t/closed.mjs", "import 'closed/inner.js'"),
        (
            "node_modules/closed/package.json",
            r#"{ "exports": "./index.js" }"#,
        ),
        ("node_modules/closed/inner.js", ""),
        ("t/url.mjs", "import 'https://example.com/x.js'"),
        ("t/net.mjs", "import net from 'node:net'"),
        ("t/optional.js", "require('optional')"),
        (
            "node_modules/optional/index.js",
            "try { require('fs'); require('addon'); require('gone') } catch {}",
        ),
        ("t/broken.js", "require('broken')"),
        ("node_modules/broken/package.json", "{"),
    ]);
    let failure = |task: &str| {
        let error = pack(&folder.path().join("t").join(task), Some(folder.path())).unwrap_err();
        let real = folder.path().canonicalize().unwrap();
        let message = error.to_string().replace(&real.display().to_string(), "~");
        message.replace(&folder.path().display().to_string(), "~")
    };
    for (task, expected) in [
        (
            "files.js",
            "~/node_modules/b/index.js:1:20: cannot pack module \"fs\": of Node's modules those are there that need no system; \
             it is needed by files.js → own.js → ../node_modules/a/index.js → ../node_modules/b/index.js",
        ),
        (
            "addon.js",
            "~/t/addon.js:1:9: cannot pack module \"addon\": ~/node_modules/addon/build/addon.node is neither JavaScript nor JSON",
        ),
        (
            "gone.mjs",
            "~/node_modules/needy/index.js:1:8: cannot find package \"not-installed\": it is in no node_modules folder up to that of ~; \
             install it there, or give the folder that has it with --root; it is needed by gone.mjs → ../node_modules/needy/index.js",
        ),
        (
            "url.mjs",
            "~/t/url.mjs:1:8: cannot pack module \"https://example.com/x.js\": only modules named",
        ),
        (
            "net.mjs",
            "~/t/net.mjs:1:17: cannot pack module \"node:net\": of Node's modules",
        ),
        (
            "closed.mjs",
            "~/t/closed.mjs:1:8: cannot find module \"closed/inner.js\": ",
        ),
        (
            "broken.js",
            "~/t/broken.js:1:9: cannot find module \"broken\": ",
        ),
    ] {
        let message = failure(task);
        assert!(message.starts_with(expected), "{task}: {message}");
    }
    let package = packed(folder.path(), "t/optional.js");
    assert_eq!(package.warnings.len(), 3, "{:?}", package.warnings);
    assert_eq!(package.modules.len(), 1);
}

#[cfg(unix)]
#[test]
fn links_lead_to_packages_but_not_out_of_the_project() {
    use std::os::unix::fs::symlink;
    let elsewhere = tree(&[
        ("secret/index.js", "module.exports = 1"),
        ("secret/package.json", "{}"),
    ]);
    let folder = tree(&[
        ("above/node_modules/high/index.js", ""),
        ("above/project/package.json", "{}"),
        ("above/project/t/linked.js", "require('linked')"),
        ("above/project/t/out.js", "require('out')"),
        ("above/project/t/high.js", "require('high')"),
        ("above/project/t/hidden.js", "require('hidden')"),
        (
            "above/project/node_modules/.pnpm/linked@1/node_modules/linked/index.js",
            "require('beside')",
        ),
        (
            "above/project/node_modules/.pnpm/beside@1/node_modules/beside/index.js",
            "",
        ),
        ("above/project/node_modules/.cache/hidden/index.js", ""),
    ]);
    let modules = folder.path().join("above/project/node_modules");
    let link = |from: &Path, to: &str| symlink(from, modules.join(to)).unwrap();
    link(Path::new(".pnpm/linked@1/node_modules/linked"), "linked");
    link(
        Path::new("../../beside@1/node_modules/beside"),
        ".pnpm/linked@1/node_modules/beside",
    );
    link(&elsewhere.path().join("secret"), "out");
    link(Path::new(".cache/hidden"), "hidden");

    let project = folder.path().join("above/project");
    let package = packed(&project, "t/linked.js");
    let keys: Vec<_> = package.modules.keys().map(String::as_str).collect();
    assert_eq!(
        keys,
        [
            "../node_modules/.pnpm/beside@1/node_modules/beside/index.js",
            "../node_modules/.pnpm/linked@1/node_modules/linked/index.js",
        ]
    );
    let refused =
        |task: &str, root: Option<&Path>| pack(&project.join(task), root).unwrap_err().to_string();
    assert!(refused("t/out.js", None).contains("cannot find package \"out\""));
    assert!(refused("t/high.js", None).contains("--root"));
    assert!(refused("t/hidden.js", None).contains("so it is not packed"));
    let above = folder.path().join("above");
    assert!(pack(&project.join("t/high.js"), Some(&above)).is_ok());
    assert!(refused("t/out.js", Some(&above)).contains("cannot find package \"out\""));
}
