use oxc_allocator::Allocator;
use oxc_parser::Parser;
use oxc_span::SourceType;

use super::schema_tests::Others;
use super::{comments, erase};

/// What is left of a source, with every run of blanks as one, so that the examples can be read.
fn left(source: &str) -> String {
    let erased = erase(source).unwrap_or_else(|error| panic!("{source}: {}", error.message));
    let erased = erased.code;
    assert_same_places(source, &erased);
    let words: Vec<_> = erased.split_whitespace().collect();
    words.join(" ")
}

/// Every character is what it was, or a blank, or a sign that keeps the meaning; and it is JavaScript.
fn assert_same_places(source: &str, erased: &str) {
    assert_eq!(source.chars().count(), erased.chars().count(), "{source}");
    for (before, after) in source.chars().zip(erased.chars()) {
        let is_kept = before == after || matches!(after, ' ' | ';' | '(' | ')') && before != '\n';
        assert!(is_kept, "{before:?} became {after:?} in {source}");
    }
    let allocator = Allocator::default();
    let parsed = Parser::new(&allocator, erased, SourceType::unambiguous()).parse();
    assert!(
        parsed.diagnostics.is_empty(),
        "{source}\n{erased}\n{:?}",
        parsed.diagnostics
    );
}

#[test]
fn types_are_blanked_where_they_stand() {
    let source = "interface Order { id: number; lines?: string[] }\n\
                  /** @task total */\n\
                  export default async function total(input: { orders: Order[] }): Promise<number> {\n  \
                    const é = input.orders!.map((order: Order) => order.id as number);\n  \
                    return é;\n}\n";
    let expected = ";                                               \n\
                    /** @task total */\n\
                    export default async function total(input                     )                  {\n  \
                      const é = input.orders .map((order       ) => order.id          );\n  \
                      return é;\n}\n";
    let erased = erase(source).unwrap();
    assert_eq!(erased.code, expected);
    assert_eq!(
        comments("total.ts", erased.types, &Others(&[])).as_deref(),
        Some(
            "/** @typedef {{id: number, lines?: Array<string>}} Order */\n/** @input {{orders: Array<Order>}} */\n"
        )
    );
}

/// Sources, and what is left of them.
pub(super) const SOURCES: &[(&str, &str)] = &[
    (
        "let a: number = 1, b!: string, c: A | B",
        "let a = 1, b , c",
    ),
    (
        "function f<T extends X>(this: Y, a?: T, ...rest: T[]): a is T { }",
        "function f ( a , ...rest ) { }",
    ),
    (
        "const f = async <T,>(a: T): Promise<T> => a",
        "const f = async (a ) => a",
    ),
    (
        "f<string>(a!, b as any as C, d satisfies E)",
        "f (a , b , d )",
    ),
    (
        "new Map<string, number>(); tag<T>`x`; const g = f<T>",
        "new Map (); tag `x`; const g = f",
    ),
    ("a!.b!.c![0]!++", "a .b .c [0] ++"),
    (
        "(a as any) = 1; for (const x of y as Z) {}",
        "(a ) = 1; for (const x of y ) {}",
    ),
    (
        "try {} catch (error: unknown) {}",
        "try {} catch (error ) {}",
    ),
    (
        "function f(a: string): void\nfunction f(a: any) {}",
        "; function f(a ) {}",
    ),
    (
        "export function f(): void\nexport function f(a?: any) {}",
        "; export function f(a ) {}",
    ),
    (
        "export default function f(): void\nexport default function f(a?: any) {}",
        "; export default function f(a ) {}",
    ),
    (
        "declare const x: number; declare function y(): void; declare class Z {}\ndeclare module 'm' { let a: 1 }",
        "; ; ; ;",
    ),
    (
        "declare global { interface Window {} }\nexport {}",
        "; export {}",
    ),
    (
        "declare enum A { B }\ndeclare namespace N { const a: 1 }",
        "; ;",
    ),
    ("namespace N { export type A = 1; interface B {} }", ";"),
    (
        "export type A = 1; export interface B {}\nexport declare const c: 1",
        "; ; ;",
    ),
    ("export default interface A {}", ";"),
    (
        "type A = 1\nexport { A, b }\nconst b = 1",
        "; export { b } const b = 1",
    ),
    (
        "export { type A, b } from './x'; export type { C } from './x'; export type * from './y'",
        "export { b } from './x'; ; ;",
    ),
    (
        "export { type A } from './x'; export * from './y'",
        "; export * from './y'",
    ),
    (
        "import type { A } from './x'; import { type B, c, D } from './y'; c(1 as D)",
        "; import { c, } from './y'; c(1 )",
    ),
    (
        "import A, { b } from './x'; let z: A = b",
        "import { b } from './x'; let z = b",
    ),
    (
        "import a, { B } from './x'; let z: B = a",
        "import a, { } from './x'; let z = a",
    ),
    (
        "import a, * as B from './x'; let z: B.C = a",
        "import a from './x'; let z = a",
    ),
    (
        "import { A } from './types'; import './effect'; let z: A",
        "; import './effect'; let z",
    ),
    (
        "import { a } from './x'; export { a }; import B from './y'; export default B",
        "import { a } from './x'; export { a }; import B from './y'; export default B",
    ),
    ("import type T = require('t'); let a: T", "; let a"),
    (
        "abstract class A<T> extends B<T> implements C, D<E> { }",
        "class A extends B { }",
    ),
    (
        "export abstract class A implements C { abstract f(): void; abstract x: number; y = 1 }",
        "export class A { ; ; y = 1 }",
    ),
    (
        "class A { private a = 1; readonly b: number; static readonly c?: string = 'x'; declare d: number; [key: string]: any }",
        "class A { ; a = 1; ; b; ; static c = 'x'; ; ; }",
    ),
    (
        "class A { a = 1\n public ['b'] = 2\n protected *c(): any {}\n override async d?(): Promise<void> {} }",
        "class A { a = 1 ; ['b'] = 2 ; *c() {} ; async d () {} }",
    ),
    (
        "class A { get: string\n f(): void\n f(a?: any) {} constructor(private_: string) {} }",
        "class A { get; ; f(a ) {} constructor(private_ ) {} }",
    ),
    (
        "class A { x!: number; accessor y: number = 1 }",
        "class A { x ; ; accessor y = 1 }",
    ),
    (
        "let o = { m<T>(this: A, x: T): void {}, get y(): number { return 1 } }",
        "let o = { m ( x ) {}, get y() { return 1 } }",
    ),
    (
        "const private_ = 1, readonly = 2, type = 3; type = readonly",
        "const private_ = 1, readonly = 2, type = 3; type = readonly",
    ),
    ("let a = b /* : c */ as /* d */ E // f\n", "let a = b // f"),
    (
        "let r = /:\\s*string/ as RegExp, t = `${a as B}:c`, s = 'x as y'",
        "let r = /:\\s*string/ , t = `${a }:c`, s = 'x as y'",
    ),
    (
        "let f: (a: number) => void = (a) => {}",
        "let f = (a) => {}",
    ),
    (
        "enumerate(); interfaceOf(); abstract()",
        "enumerate(); interfaceOf(); abstract()",
    ),
];

/// The same where lines matter.
pub(super) const LINES: &[(&str, &str)] = &[
    // A statement in between was what ended the one before.
    ("a()\ntype X = 1\n(b)()", "a() ; (b)()"),
    ("let a = b\ninterface X {}\n[c].d()", "let a = b ; [c].d()"),
    ("let a = b as C\n(d)()", "let a = b; (d)()"),
    ("let a = b satisfies C\n`x`", "let a = b; `x`"),
    ("let a = (b as C)\n+ 1", "let a = (b ) + 1"),
    // No line may end before an arrow.
    ("let f = (a: A): {\n x: 1\n} => a", "let f = (a ) => a"),
    ("let f = (a: A):\n É => a", "let f = (a ) => a"),
    (
        "let f = async <\n T\n>(a: T) => a",
        "let f = async ( a ) => a",
    ),
    (
        "function g() { return <\n T\n>(a: T) => a }",
        "function g() { return ( a ) => a }",
    ),
    (
        "let f = (\n a: A,\n b?: B,\n): C => a",
        "let f = ( a , b , ) => a",
    ),
];

#[test]
fn what_is_left_means_the_same() {
    for (source, expected) in SOURCES.iter().chain(LINES) {
        assert_eq!(left(source), *expected, "{source}");
    }
}

#[test]
fn what_is_code_is_refused_with_its_place() {
    for (source, place, word) in [
        ("let a = 1\n  enum Color { Red }", "2:3", "enum"),
        ("export const enum Color { Red }", "1:8", "enum"),
        ("namespace N { export const a = 1 }", "1:1", "namespace"),
        ("namespace N.M { a() }", "1:1", "namespace"),
        (
            "class A {\n  constructor(private a: string) {}\n}",
            "2:15",
            "property",
        ),
        ("class A {\n  @log f() {}\n}", "2:3", "decorator"),
        ("@log class A {}", "1:1", "decorator"),
        ("import fs = require('fs')", "1:1", "import"),
        ("export = 1", "1:1", "export ="),
        ("let a = <B>c", "1:9", "value as T"),
        ("let a: = 1", "1:8", ""),
    ] {
        let error = erase(source).expect_err(source);
        assert_eq!(
            error.place.to_string(),
            place,
            "{source}: {}",
            error.message
        );
        assert!(error.message.contains(word), "{source}: {}", error.message);
    }
}

#[test]
fn any_source_is_erased_or_refused() {
    let examples = [
        "import { type A, b } from './x'; export default async function f<T>(this: A, a?: T): Promise<T> { return b! as unknown as T }",
        "abstract class A<T> extends B<T> implements C { private readonly a?: string = 'x'; static b!: number; [k: string]: any; f(): void; f() {} }",
        "declare global { interface W {} } namespace N { type A = 1 } let f = async <T,>(a: T): a is T => <const>['é', `x${a}`]\n(b)",
        "type A<T> = T extends infer U ? { [K in keyof U]?: U[K] } : never; let x = y satisfies Z\n`t`; export type { A }; try {} catch (e: any) {}",
    ];
    tasker_fuzz::text(&examples, 4_000, |source| {
        if let Ok(erased) = erase(source) {
            assert_eq!(source.chars().count(), erased.code.chars().count());
            assert_eq!(source.lines().count(), erased.code.lines().count());
            let comments = comments("task.ts", erased.types, &Others(&[])).unwrap_or_default();
            assert_eq!(
                comments.matches("*/").count(),
                comments.lines().count(),
                "{comments}"
            );
        }
    });
}
