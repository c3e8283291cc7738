//! What types say of a task's input.

use serde_json::json;

use super::{Sources, Types, comments, erase, types};

/// Other files, by the names that they are called by everywhere.
pub(super) struct Others<'o>(pub(super) &'o [(&'o str, &'o str)]);

impl Sources for Others<'_> {
    fn path(&self, _: &str, specifier: &str) -> Option<String> {
        Some(specifier.to_owned())
    }

    fn types(&self, path: &str) -> Option<Types> {
        let (_, source) = self.0.iter().find(|(name, _)| *name == path)?;
        types(source).ok()
    }
}

/// The schema that a task of this source has, written in short.
fn schema(source: &str) -> serde_json::Value {
    schema_with(source, &[])
}

fn schema_with(source: &str, others: &[(&str, &str)]) -> serde_json::Value {
    let erased = erase(source).unwrap_or_else(|error| panic!("{source}: {}", error.message));
    let comments = comments("task.ts", erased.types, &Others(others));
    let code = format!("{}\n{}", erased.code, comments.unwrap_or_default());
    let doc = tasker_jsdoc::parse(&code);
    assert!(doc.unknown_types.is_empty(), "{code}");
    let mut schema = serde_json::to_value(doc.input).unwrap();
    if let Some(members) = schema.as_object_mut() {
        members.remove("$schema");
    }
    schema
}

#[test]
fn the_types_of_the_input_are_its_schema() {
    let text = json!({ "type": "string" });
    let object = json!({ "type": "object", "properties": { "a": text }, "required": ["a"] });
    for (source, expected) in [
        ("export default async (input: { a: string }) => 1", &object),
        (
            "export async function runTask({ a }: { a: string }, tools: any) {}",
            &object,
        ),
        (
            "export const execute = async function (input: A): Promise<void> {}\ninterface A { a: string; f(): void }",
            &object,
        ),
        (
            "type A = { readonly a: string }\nasync function f(input: A) {}\nexport { f as execute }",
            &object,
        ),
        (
            "async function f(input: A) {}\nexport default f\nexport type A = B\ninterface B { a: string }",
            &object,
        ),
        (
            "module.exports = async (input: { a: string }) => 1",
            &object,
        ),
        (
            "function f(input: string): void\nfunction f(input: { a: string }) {}\nexport default f",
            &object,
        ),
        // JSDoc's own word counts first.
        (
            "/**\n * @task x\n * @param {{a: string}} input\n */\nexport default (input: number) => 1",
            &object,
        ),
        // Nothing is known of it.
        ("export default async (input) => 1", &json!(null)),
        ("export default async (input: any) => 1", &json!(null)),
        (
            "import { A } from './a'; export default async (input: A) => 1",
            &json!(null),
        ),
        (
            "type A<T> = T; export default async (input: A<any>) => 1",
            &json!({}),
        ),
    ] {
        assert_eq!(schema(source), *expected, "{source}");
    }
    for (written, expected) in [
        ("'a' | 'b'", json!({ "enum": ["a", "b"] })),
        ("string | null", json!({ "type": ["string", "null"] })),
        ("string[]", json!({ "type": "array", "items": text })),
        (
            "readonly (number)[]",
            json!({ "type": "array", "items": { "type": "number" } }),
        ),
        (
            "Record<string, string>",
            json!({ "type": "object", "additionalProperties": text }),
        ),
        (
            "{ [key: string]: string }",
            json!({ "type": "object", "additionalProperties": text }),
        ),
        (
            "{ a?: string } & { b: boolean }",
            json!({ "type": "object", "properties": { "a": text, "b": { "type": "boolean" } }, "required": ["b"] }),
        ),
        (
            "{ 'x-y': 1 | 2.5; [k]: any; d?: Date }",
            json!({ "type": "object", "properties": { "x-y": { "enum": [1, 2.5] }, "d": text }, "required": ["x-y"] }),
        ),
        (
            "Partial<{ a: string }>",
            json!({ "type": "object", "properties": { "a": text } }),
        ),
        (
            "'*/' | \"it's\"",
            json!({ "anyOf": [text, { "enum": ["it's"] }] }),
        ),
        ("-1 | 2", json!({ "enum": [-1, 2] })),
        (
            "[string, ...string[]]",
            json!({ "type": "array", "items": text }),
        ),
        (
            "[name: string, age?: number]",
            json!({ "type": "array", "items": { "type": ["string", "number"] } }),
        ),
        ("string & { brand: 1 }", text.clone()),
        ("Pick<{ a: string; b: number }, 'a'>", object.clone()),
        (
            "Omit<{ a: string; b: number; c: 1 }, 'b' | 'c'>",
            object.clone(),
        ),
        ("Required<{ a?: string }>", object.clone()),
        ("Readonly<{ a: string }>", object.clone()),
        ("{ a: string } | any", json!(null)),
        ("{ a: string; m(): void; f: () => void }", object.clone()),
    ] {
        let source = format!("export default async (input: {written}) => 1");
        assert_eq!(schema(&source), expected, "{source}");
    }
    // A type within itself, and one that extends another.
    let tree = schema(
        "interface Tree extends Base { children: Tree[] }\ninterface Base { id: number }\nexport default (input: Tree) => 1",
    );
    assert_eq!(tree["required"], json!(["id", "children"]), "{tree}");
}

#[test]
fn generic_types_and_those_of_other_files_are_part_of_the_schema() {
    let text = json!({ "type": "string" });
    let object = json!({ "type": "object", "properties": { "a": text }, "required": ["a"] });
    for source in [
        "type Box<T> = { a: T }\nexport default (input: Box<string>) => 1",
        "interface Box<T = string> { a: T }\nexport default (input: Box) => 1",
        "type Id<T> = T; type Both<A, B> = A & B\nexport default (input: Both<Id<{ a: string }>, {}>) => 1",
        "import type { A } from './a'; export default (input: A) => 1",
        "import { B as C } from './b'; export default (input: C) => 1",
        "import type D from './b'; export default (input: D) => 1",
        "import type * as all from './b'; export default (input: all.B) => 1",
        "import { Renamed } from './c'; export default (input: Renamed) => 1",
        "import { A } from './c'; export default (input: A) => 1",
        "import { Page } from './b'; export default (input: Pick<Page<string>, 'a'>) => 1",
    ] {
        let others = [
            ("./a", "export interface A { a: string }"),
            (
                "./b",
                "import { A } from './a'; export type B = A; export default B; export interface Page<T> extends Base { a: T }\ninterface Base { n: 1 }",
            ),
            (
                "./c",
                "export * from './c'; export * from './a'; export type { B as Renamed } from './b'",
            ),
        ];
        assert_eq!(schema_with(source, &others), object, "{source}");
    }
    // One name for two types in two files.
    let both = schema_with(
        "import { A as Other } from './a'; type A = { b: A[] }\nexport default (input: { one: A, other: Other }) => 1",
        &[("./a", "export type A = { a: string }")],
    );
    assert_eq!(both["properties"]["other"], object);
    assert_eq!(both["properties"]["one"]["required"], json!(["b"]));
}

#[test]
fn types_without_end_say_what_can_be_said() {
    let many: String = (0..300)
        .map(|n| format!("type T{n} = {{ next: T{} }};", n + 1))
        .collect();
    let wide: String = (0..20)
        .map(|n| format!("type W{n} = W{m} | W{m}[];", m = n + 1))
        .collect();
    for source in [
        "type A<T> = { a: A<T[]> }; export default (input: A<string>) => 1".to_owned(),
        "interface A extends A, A, A, A {}\nexport default (input: Partial<A>) => 1".to_owned(),
        "type A = A; export default (input: A) => 1".to_owned(),
        "type A<T> = [T, T]; type B<T> = A<A<T>>; type C<T> = B<B<T>>; export default (input: C<C<C<string>>>) => 1".to_owned(),
        format!("{many} export default (input: T0) => 1"),
        format!("{wide} export default (input: W0) => 1"),
        format!("export default (input: {{ {} }}) => 1", "a: { b: string };".repeat(2_000)),
    ] {
        let erased = erase(&source).unwrap_or_else(|error| panic!("{}", error.message));
        let comments = comments("task.ts", erased.types, &Others(&[])).unwrap_or_default();
        let doc = tasker_jsdoc::parse(&comments);
        assert!(doc.unknown_types.is_empty() && comments.len() < 500_000, "{comments}");
    }
    // Files that lead to each other by every way.
    let names: Vec<String> = (0..40).map(|n| format!("./{n}")).collect();
    let star: String = names
        .iter()
        .map(|name| format!("export * from '{name}';"))
        .collect();
    let others: Vec<_> = names
        .iter()
        .map(|name| (name.as_str(), star.as_str()))
        .collect();
    let source = "import { A } from './0'; export default (input: A) => 1";
    assert_eq!(schema_with(source, &others), json!(null));
}
