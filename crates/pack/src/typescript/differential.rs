//! What is left of real sources is the program that TypeScript makes of them; what is more than types is refused.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::json;

use super::erase;
use super::tests::{LINES, SOURCES};

/// Packages that ship their TypeScript.
const PACKAGES: &[&str] = &[
    "@supabase/auth-js/src",
    "@supabase/functions-js/src",
    "@supabase/postgrest-js/src",
    "@supabase/realtime-js/src",
    "@supabase/storage-js/src",
    "@supabase/supabase-js/src",
    "openai/src",
    "zod/src",
];

/// Hazards of blanking that real sources seldom have.
const HAZARDS: &[&str] = &[
    "let a = <T,>(x: T) => x\nlet b = async <\n  T,\n>(x: T): Promise<\n  T\n> => x",
    "class A {\n  a = 1\n  private b\n  static readonly c: number\n  public get\n  foo() {}\n  declare x: 1\n  ['y'] = 1\n  protected *z() {}\n}",
    "class A {\n  get: string\n  set: string\n  static: number\n  async: 1\n  m() {}\n}",
    "class A<T> extends (B as any)<T> implements C<T>, D {\n  f?(): void\n  g!: 1\n  'h'?: 2\n  [i]?: 3\n}",
    "abstract class A { abstract a(): void; abstract get b(): 1; protected abstract c: 2; private constructor(); private constructor(a?: 1) {} }",
    "export default abstract class A { abstract x: 1 }",
    "let x = a as any\n/b/g\nlet y = a as any\n[b]\nlet z = (a as any)\n[b]",
    "const f = function (this: A, ...rest: B[]): asserts this is C { return }\nfunction g(this: A) {}\nfunction h(this: A, ) {}",
    "if (a) { type B = 1 } else { interface C {} }\nfor (const a of b as C[]) { type D = 1 }\nswitch (a as B) { case 1 as C: type E = 1; default: }",
    "label: for (;;) { type A = 1\nbreak label }",
    "a?.b!.c; a?.<B>(c); new A<B>; new A<B>(c); a<B>`c`; (a as B)!; a! as B; (a!)++; a!++; delete (a as B).c",
    "let { a, b: { c } = d as E }: F = g, [h]: I[] = j!\ntry {} catch { } finally {}\ntry {} catch ({ a }: any) {}",
    "import A, { type B, C as D, type E as F } from './a'\nimport type G from './g'\nimport * as H from './h'\nimport I, * as J from './i'\nimport './k'\nimport {} from './l'\nD; I; let x: H.A",
    "import { a, } from './a'; import { type b, } from './b'; import { type c, d, } from './c'; a; d",
    "import { type } from './a'; import { type as b } from './b'; import { type as as } from './c'; type; as",
    "export { type A, type B as C } from './a'\nexport type { D } from './d'\nexport * as E from './e'\nexport type * as F from './f'\ntype G = 1; const H = 1\nexport { H, type G }",
    "export type A = 1\nexport interface B {}\nexport declare function c(): void\nexport function d(a: 1): void\nexport function d(a: any) {}\nexport = undefined as any",
    "declare module './a' { interface A {} }\ndeclare global { var a: 1 }\ndeclare namespace N { const a: 1 }\nnamespace M { export type A = 1 }\nexport {}",
    "namespace N { export const a = 1 }",
    "enum A { B }",
    "const enum A { B }",
    "class A { constructor(readonly a: 1) {} }",
    "@a class A { @b c = 1 }",
    "let a = <any>b",
    "import a = require('a')\na",
    "let a = b < c > (d), e = b < c, f = b > c, g = b<c>(d)",
    "a = b ? (c): d => e : f\nlet h = a ? (b) : (c)\nlet i = a ? (b as C) : (d as E)",
    "function f() {\n  return <T>(\n    a: T\n  ): T => a\n}\nfunction g() { return a as\n B }\nfunction h() { throw a as\n B }",
    "var a = { b<T>(this: C, d: T): void {}, async *e<T>(): AsyncGenerator<T> {}, get f(): 1 { return 1 }, set f(g: 1) {} } satisfies H",
    "type A<in out T> = T extends infer U extends string ? `${U}` : never\ntype B = typeof import('./b')\nlet c: unique symbol, d: asserts e is F",
    "let a: typeof b.c<D>; let e = b.c<D>; f(g<H>, i)\nlet x = y as const, z = <const T,>(a: T) => a",
    "export {}; using a = b as C; await using d = e!; for await (const x of y as Z) {}",
    "accessor; class A { accessor a: 1 = 1; static accessor b: 2 }",
    "let v = a as B, w = (c satisfies D).e, { f = g as H } = i\n;(j as K).l()\n;[m as N].o()",
    "let a = b as C<D>\n`e`\nlet f = g as any\n(h)\nlet i = j as any\n+ k\nlet l = m as any\n++n",
    "export const a = async (b: C): Promise<D> => { await e }\nexport const f = (g?: H, i: J = k): void => {}",
    "function f<T>(a: T): T\nfunction f(a: any): any\nfunction f(a: any) { return a }\nf(1)\n(2)",
    "interface A { b: 1 }\n(function () {})()\ntype C = 1\n[1].at(0)\ndeclare let d: 1\n`e`",
    "let é = ü as Ä\n(ö)\nlet ß = (ß: Å):\n Ü => ß",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The TypeScript below a folder.
fn sources_below(folder: &Path, found: &mut Vec<PathBuf>) {
    let entries = fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("{}: {error}; run scripts/clients", folder.display()));
    for entry in entries {
        let path = entry.unwrap().path();
        let name = path.to_string_lossy();
        if path.is_dir() {
            if !name.ends_with("/tests") {
                sources_below(&path, found);
            }
        } else if crate::is_typescript(&path) && !name.ends_with(".d.ts") {
            found.push(path);
        }
    }
}

#[test]
fn what_is_left_is_the_program_that_typescript_makes() {
    let clients = root().join("target/clients");
    let mut files = Vec::new();
    for package in PACKAGES {
        sources_below(&clients.join("node_modules").join(package), &mut files);
    }
    assert!(files.len() > 400, "{}", files.len());
    let mut sources: Vec<(String, String)> = (files.iter())
        .map(|file| {
            (
                file.display().to_string(),
                fs::read_to_string(file).unwrap(),
            )
        })
        .collect();
    let small = HAZARDS.iter().copied();
    let small = small.chain(SOURCES.iter().chain(LINES).map(|(source, _)| *source));
    sources.extend(small.map(|source| (source.replace(['\n', '/'], " "), source.to_owned())));

    let mut refused = 0;
    let todo: Vec<_> = (sources.iter())
        .map(|(name, source)| match erase(source) {
            Ok(erased) => {
                json!({ "name": name, "source": source, "erased": erased.code, "refused": null })
            }
            Err(error) => {
                refused += 1;
                json!({ "name": name, "source": source, "erased": null, "refused": error.message })
            }
        })
        .collect();
    assert!(
        refused < sources.len() / 10,
        "{refused} of {} are refused",
        sources.len()
    );

    let files = tempfile::tempdir().unwrap();
    let (sources, differences) = (
        files.path().join("sources"),
        files.path().join("differences"),
    );
    fs::write(&sources, json!(todo).to_string()).unwrap();
    let ended = Command::new("node")
        .arg(
            root()
                .join("tests/differential/typescript.mjs")
                .canonicalize()
                .unwrap(),
        )
        .args([&sources, &differences])
        .current_dir(&clients)
        .stdin(Stdio::null())
        .output()
        .expect("node starts");
    assert!(
        ended.status.success(),
        "{}",
        String::from_utf8_lossy(&ended.stderr)
    );
    let differences: Vec<String> = serde_json::from_slice(&fs::read(differences).unwrap()).unwrap();
    assert!(
        differences.is_empty(),
        "{} differ:\n{}",
        differences.len(),
        differences.join("\n")
    );
}
