//! What holds for every task file and every value.

use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use serde_json::{Value, json};
use tasker_jsdoc::{Schema, parse};

/// Type expressions that are understood, and the odd one that is not.
fn type_expression() -> impl Strategy<Value = String> {
    let leaf = prop::sample::select(vec![
        "string", "number", "integer", "boolean", "object", "array", "null", "any", "'a'", "1",
        "2.5", "true", "Foo", "Foo[",
    ]);
    leaf.prop_map(str::to_owned)
        .prop_recursive(3, 12, 3, |inner| {
            prop_oneof![
                inner.clone().prop_map(|one| format!("({one})[]")),
                inner.clone().prop_map(|one| format!("?{one}")),
                inner
                    .clone()
                    .prop_map(|one| format!("Object<string, {one}>")),
                prop::collection::vec(inner.clone(), 2..4).prop_map(|all| all.join("|")),
                (inner.clone(), inner).prop_map(|(a, b)| format!("{{a: {a}, b?: {b}}}")),
            ]
        })
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop::sample::select(vec![
        json!(null),
        json!(true),
        json!(false),
        json!(1),
        json!(1.0),
        json!(2.5),
        json!(-7),
        json!(1e300),
        json!("a"),
        json!("b"),
    ]);
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::hash_map("[abx]", inner, 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// What a general validator says.
fn fits(schema: &Schema, value: &Value) -> bool {
    let mut schemas = boon::Schemas::new();
    let mut compiler = boon::Compiler::new();
    compiler
        .add_resource("input.json", serde_json::to_value(schema).unwrap())
        .unwrap();
    let index = compiler
        .compile("input.json", &mut schemas)
        .expect("a schema made from JSDoc is valid");
    schemas.validate(value, index).is_ok()
}

fn source(params: &[(String, String)]) -> String {
    let tags: String = params
        .iter()
        .map(|(ty, name)| format!(" * @param {{{ty}}} {name} - text\n"))
        .collect();
    format!("/**\n * @task t\n{tags} */\nexport default async () => {{}}\n")
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 2_000,
        rng_seed: RngSeed::Fixed(7),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn validation_agrees_with_a_general_validator(
        x in type_expression(),
        y in type_expression(),
        row in type_expression(),
        inputs in prop::collection::vec(value(), 1..6),
    ) {
        let params = [(x, "input.a"), (y, "[input.b]"), (row, "[input.x[].a]")].map(|(ty, name)| (ty, name.to_owned()));
        let schema = parse(&source(&params)).input.unwrap();
        let text = serde_json::to_string(&schema).unwrap();
        prop_assert_eq!(&serde_json::from_str::<Schema>(&text).unwrap(), &schema);
        for input in inputs {
            prop_assert_eq!(schema.validate(&input).is_empty(), fits(&schema, &input), "{} and {}", text, input);
        }
    }

    #[test]
    fn no_source_breaks_the_parser(noise in "(/\\*\\*|\\*/|\n|@param|@task|@returns|[{}\\[\\]<>()|?=.'\",: *]|input|a|Array|é){0,60}") {
        let _ = parse(&noise);
        let _ = parse(&format!("/**\n{noise}\n*/\nexport default 1"));
        let input = parse(&source(&[(noise.clone(), "input.a".to_owned()), ("string".to_owned(), noise)])).input;
        let text = serde_json::to_string(&input).unwrap();
        prop_assert_eq!(serde_json::from_str::<Option<Schema>>(&text).unwrap(), input);
    }
}

/// Sizes at which anything that is not linear, or not bounded in depth, would show.
#[test]
fn hostile_sources_are_bounded() {
    let many = 200_000;
    for ty in [
        "(".repeat(many),
        "?".repeat(many),
        "[]".repeat(many),
        "Array<".repeat(many),
        "{a:".repeat(many),
        "a|".repeat(many),
    ] {
        for ty in [&ty[..], &ty[..ty.len().min(4_000)]] {
            let _ = parse(&source(&[(ty.to_owned(), "input.a".to_owned())]));
        }
    }
    for name in [
        "input".to_owned() + &".a".repeat(many),
        "input".to_owned() + &"[]".repeat(many),
        "[".repeat(many),
    ] {
        let _ = parse(&source(&[("string".to_owned(), name)]));
    }
    let params: Vec<_> = (0..1_000)
        .map(|at| ("string".to_owned(), format!("input.p{at}")))
        .collect();
    let schema = parse(&source(&params)).input.unwrap();
    assert_eq!(schema.properties.len(), 500);
    for source in [
        "x/**".repeat(many),
        "/**\n".repeat(many),
        "/**/\n".repeat(many),
        "/** */".repeat(many),
        " /**".repeat(many) + "*/",
    ] {
        assert_eq!(parse(&source).name, None);
    }
}
