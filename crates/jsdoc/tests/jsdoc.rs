//! JSDoc blocks and the schemas that come of them.

use serde_json::{Value, json};
use tasker_jsdoc::{Schema, parse};

/// The input schema of these tags, without its dialect.
fn input(tags: &[&str]) -> Value {
    let lines: String = tags.iter().map(|tag| format!(" * {tag}\n")).collect();
    let doc = parse(&format!(
        "/**\n{lines} */\nmodule.exports = async (input) => input"
    ));
    let mut schema = serde_json::to_value(doc.input).unwrap();
    if let Some(members) = schema.as_object_mut() {
        assert_eq!(
            members.remove("$schema"),
            Some(json!("https://json-schema.org/draft/2020-12/schema"))
        );
    }
    schema
}

#[test]
fn types_become_schemas() {
    for (written, expected) in [
        ("string", json!({"type": "string"})),
        ("Number", json!({"type": "number"})),
        ("integer", json!({"type": "integer"})),
        ("boolean", json!({"type": "boolean"})),
        ("object", json!({"type": "object"})),
        ("array", json!({"type": "array"})),
        ("null", json!({"type": "null"})),
        ("any", json!({})),
        ("*", json!({})),
        ("Buffer", json!({})),
        (
            "string[]",
            json!({"type": "array", "items": {"type": "string"}}),
        ),
        (
            "number[][]",
            json!({"type": "array", "items": {"type": "array", "items": {"type": "number"}}}),
        ),
        (
            "Array<string>",
            json!({"type": "array", "items": {"type": "string"}}),
        ),
        (
            "Array.<boolean>",
            json!({"type": "array", "items": {"type": "boolean"}}),
        ),
        ("any[]", json!({"type": "array"})),
        ("string|number", json!({"type": ["string", "number"]})),
        ("string | string", json!({"type": "string"})),
        (
            "(string|number)[]",
            json!({"type": "array", "items": {"type": ["string", "number"]}}),
        ),
        ("string|any", json!({})),
        ("?string", json!({"type": ["string", "null"]})),
        ("!string", json!({"type": "string"})),
        ("'a'|\"b\"|3|true", json!({"enum": ["a", "b", 3, true]})),
        (
            "string[]|null",
            json!({"anyOf": [{"type": "array", "items": {"type": "string"}}, {"type": "null"}]}),
        ),
        (
            "Object<string, number>",
            json!({"type": "object", "additionalProperties": {"type": "number"}}),
        ),
        ("Record<string, any>", json!({"type": "object"})),
        ("Promise<string>", json!({"type": "string"})),
        (
            "{name: string, tags?: string[]}",
            json!({"type": "object", "properties": {
                "name": {"type": "string"}, "tags": {"type": "array", "items": {"type": "string"}}
            }, "required": ["name"]}),
        ),
        ("string[", json!({})),
        ("a b", json!({})),
        ("function(string): number", json!({})),
    ] {
        let schema = input(&[
            "@param {object} input",
            &format!("@param {{{written}}} input.x"),
        ]);
        assert_eq!(
            schema,
            json!({"type": "object", "properties": {"x": expected}, "required": ["x"]}),
            "{written}"
        );
    }
}

#[test]
fn names_become_properties() {
    for (tags, expected) in [
        (
            vec!["@param {object} input - Anything"],
            json!({"type": "object", "description": "Anything"}),
        ),
        (vec!["@param {string} input"], json!({"type": "string"})),
        (
            vec!["@param {string} [input.x] - An x"],
            json!({"type": "object", "properties": {"x": {"type": "string", "description": "An x"}}}),
        ),
        (
            vec!["@param {string=} input.x"],
            json!({"type": "object", "properties": {"x": {"type": "string"}}}),
        ),
        (
            vec!["@param {string|undefined} input.x"],
            json!({"type": "object", "properties": {"x": {"type": "string"}}}),
        ),
        (
            vec!["@param {number} [input.x=5]"],
            json!({"type": "object", "properties": {"x": {"type": "number", "default": 5}}}),
        ),
        (
            vec!["@param {string} [input.x=five]"],
            json!({"type": "object", "properties": {"x": {"type": "string", "default": "five"}}}),
        ),
        (
            vec!["@param {string} [input.x='a b']"],
            json!({"type": "object", "properties": {"x": {"type": "string", "default": "a b"}}}),
        ),
        (
            vec!["@param {number[]} [input.x=[1, 2]]"],
            json!({"type": "object", "properties": {"x": {"type": "array", "items": {"type": "number"}, "default": [1, 2]}}}),
        ),
        (
            vec!["@param {number} [input.x=lots]"],
            json!({"type": "object", "properties": {"x": {"type": "number"}}}),
        ),
        (
            vec!["@param input.x Whatever"],
            json!({"type": "object", "properties": {"x": {"description": "Whatever"}}, "required": ["x"]}),
        ),
        (
            vec![
                "@param {Object} args",
                "@param {object} args.a",
                "@param {string} [args.a.b]",
                "@param {object} context",
            ],
            json!({"type": "object", "required": ["a"], "properties": {
                "a": {"type": "object", "properties": {"b": {"type": "string"}}}
            }}),
        ),
        (
            vec![
                "@param {object[]} input.items - Rows",
                "@param {string} input.items[].name",
            ],
            json!({"type": "object", "required": ["items"], "properties": {
                "items": {"type": "array", "description": "Rows", "items": {
                    "type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]
                }}
            }}),
        ),
        (
            vec!["@param {string} input", "@param {string} input.x"],
            json!({"type": "string"}),
        ),
        (vec!["@param {object} context"], Value::Null),
        (vec!["@returns {string}"], Value::Null),
    ] {
        assert_eq!(input(&tags), expected, "{tags:?}");
    }
}

#[test]
fn the_block_of_the_task_is_found() {
    let doc = parse(
        "#!/usr/bin/env node\n\
         const files = glob('/**') // not a comment\n\
         /** A helper.\n * @param {string} input.wrong */\n\
         function helper() {}\n\
         /**/\n\
         \x20 /**\n\
         \x20  * Copies files\n\
         \x20  * to elsewhere.\n\
         \x20  * @task copy-files\n\
         \x20  * @param {string} input.from - Where\n\
         \x20  *   they are\n\
         \x20  * @param {{deep: boolean,\n\
         \x20  *          mode: 'a'|'b'}} input.options\n\
         \x20  * @returns {Promise<number>} How many\n\
         \x20  */\n\
         async function execute(input) {}\n\
         module.exports = execute\n",
    );
    assert_eq!(doc.name.as_deref(), Some("copy-files"));
    assert_eq!(
        doc.description.as_deref(),
        Some("Copies files to elsewhere.")
    );
    let input = serde_json::to_value(doc.input).unwrap();
    assert_eq!(input["properties"]["from"]["description"], "Where they are");
    assert_eq!(
        input["properties"]["options"]["properties"]["mode"],
        json!({"enum": ["a", "b"]})
    );
    assert_eq!(input["required"], json!(["from", "options"]));
    let returns = serde_json::to_value(doc.returns).unwrap();
    assert_eq!(
        returns,
        json!({"type": "number", "description": "How many"})
    );

    let before_export =
        parse("/** One. */\nconst a = 1\n/** Two.\n@desc Three. */\nexport default async () => {}");
    assert_eq!(
        (before_export.name, before_export.description.as_deref()),
        (None, Some("Three."))
    );
    for nothing in [
        "",
        "module.exports = 1",
        "/** unclosed\n@task x",
        "/** A helper. */\nfunction f() {}\n",
    ] {
        assert_eq!(
            parse(nothing),
            tasker_jsdoc::TaskDoc::default(),
            "{nothing}"
        );
    }
}

#[test]
fn violations_say_where_and_what() {
    let doc = parse(
        "/**\n * @param {object} input\n * @param {integer} input.count\n * @param {'a'|'b'} [input.mode]\n\
         * @param {object[]} input.rows\n * @param {string} input.rows[].a/b~c\n * @param {?string} [input.note] */\nexport default 1",
    );
    let schema = serde_json::to_string(&doc.input).unwrap();
    let check = |input: Value| match tasker_jsdoc::validate(&schema, &input.to_string()) {
        Ok(()) => Vec::new(),
        Err(violations) => violations
            .into_iter()
            .map(|v| format!("{}: {}", v.path, v.message))
            .collect(),
    };
    assert_eq!(
        check(json!({"count": 2.0, "rows": [], "note": null, "more": 1})),
        [""; 0]
    );
    assert_eq!(
        check(json!({"count": 2.5, "mode": "c", "rows": [{"a/b~c": "x"}, {"a/b~c": 1}, 7, {}]})),
        [
            "/count: must be an integer, not a number",
            "/mode: must be one of \"a\", \"b\"",
            "/rows/1/a~1b~0c: must be a string, not a number",
            "/rows/2: must be an object, not a number",
            "/rows/3: must have the property `a/b~c`",
        ]
    );
    assert_eq!(check(json!([])), [": must be an object, not an array"]);
    assert_eq!(check(json!({"rows": vec![1; 1000]})).len(), 20);
    let nested = "[".repeat(10_000) + &"]".repeat(10_000);
    assert!(
        tasker_jsdoc::validate(&schema, &nested).unwrap_err()[0]
            .message
            .starts_with("cannot be read")
    );
}

/// The input schema of a file with these types and this type of the input.
fn typed(definitions: &str, of_input: &str) -> Schema {
    let source = format!(
        "{definitions}\n/**\n * @task t\n * @param {{{of_input}}} input\n */\nexport default async (input) => input"
    );
    let doc = parse(&source);
    assert_eq!((doc.unfit_defaults, doc.unknown_types), (vec![], vec![]));
    doc.input.unwrap()
}

#[test]
fn types_that_a_file_names_are_put_where_they_are_named() {
    let orders = "
/**
 * An order.
 * @typedef {object} Order
 * @property {number} id - its number
 * @property {string[]} [tags]
 * @property {Line[]} lines
 * @prop {object} [ship]
 * @prop {string} ship.to
 * @prop {Mode} [mode='fast']
 */

/** @typedef {'fast'|'slow'|null} Mode */
/**
 * @typedef Line
 * @property {string} sku
 * @property {number} [count=1]
 */
";
    let schema = typed(orders, "Order");
    for good in [
        json!({"id": 1, "lines": []}),
        json!({"id": 1, "tags": ["a"], "lines": [{"sku": "b", "count": 2}], "ship": {"to": "x"}, "mode": null}),
    ] {
        assert_eq!(schema.validate(&good), [], "{good}");
    }
    for (bad, place) in [
        (json!({"lines": []}), ""),
        (json!({"id": "1", "lines": []}), "/id"),
        (json!({"id": 1, "lines": [], "tags": [1]}), "/tags/0"),
        (json!({"id": 1, "lines": [{"count": 1}]}), "/lines/0"),
        (json!({"id": 1, "lines": [], "ship": {}}), "/ship"),
        (json!({"id": 1, "lines": [], "mode": "none"}), "/mode"),
    ] {
        let violations = schema.validate(&bad);
        assert_eq!(violations.len(), 1, "{bad}: {violations:?}");
        assert_eq!(violations[0].path, place, "{bad}");
    }
    let mut filled = json!({"id": 1, "lines": [{"sku": "b"}]});
    schema.fill(&mut filled).unwrap();
    assert_eq!(
        filled,
        json!({"id": 1, "lines": [{"sku": "b", "count": 1}], "mode": "fast"})
    );

    for (of_input, good, bad) in [
        ("Order[]", json!([{"id": 1, "lines": []}]), json!([{}])),
        ("?Line", json!(null), json!({})),
        (
            "{line: Line, mode?: Mode}",
            json!({"line": {"sku": "a"}}),
            json!({"line": {}}),
        ),
        (
            "Record<string, Line>",
            json!({"a": {"sku": "a"}}),
            json!({"a": 1}),
        ),
        ("Partial<Line>", json!({"count": 2}), json!({"count": "2"})),
        (
            "Line & {at: string}",
            json!({"sku": "a", "at": "b"}),
            json!({"sku": "a"}),
        ),
        ("Line | string", json!("a"), json!(1)),
    ] {
        let schema = typed(orders, of_input);
        assert_eq!(schema.validate(&good), [], "{of_input}");
        assert_ne!(schema.validate(&bad), [], "{of_input}");
    }
}

#[test]
fn types_within_themselves_and_very_many_are_bounded() {
    let tree = "/** @typedef {object} Tree\n * @property {string} name\n * @property {Tree[]} nodes\n */\n";
    let schema = typed(tree, "Tree");
    assert_eq!(schema.validate(&json!({"name": "a", "nodes": [7]})), []);
    assert_ne!(schema.validate(&json!({"name": "a", "nodes": 7})), []);

    // Each is twice the one before.
    let mut doubled = "/** @typedef {{a: string}} T0 */\n".to_owned();
    for at in 1..90 {
        let before = at - 1;
        doubled += &format!("/** @typedef {{{{a: T{before}, b: T{before}}}}} T{at} */\n");
    }
    for of_input in ["T5", "T12", "T30", "T89"] {
        let schema = serde_json::to_string(&typed(&doubled, of_input)).unwrap();
        assert!(schema.len() < 1_000_000, "{of_input}: {}", schema.len());
        serde_json::from_str::<Schema>(&schema).unwrap();
    }
    let many: String = (0..3_000)
        .map(|at| format!("/** @typedef {{string}} S{at} */\n"))
        .collect();
    assert_eq!(typed(&many, "S5").validate(&json!(1)).len(), 1);
    assert_eq!(typed(&many, "S2999").validate(&json!(1)), []);
}

#[test]
fn a_misspelt_type_is_told_with_its_place() {
    let unknown = |tags: &str| {
        let doc = parse(&format!("/**\n * @task t\n{tags} */\nexport default 1"));
        let places = doc.unknown_types.into_iter();
        places
            .map(|unknown| format!("{}: {}", unknown.place, unknown.name))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        unknown(
            " * @param {object} input\n * @param {strnig} input.a\n * @param {Array<nubmer>} [input.b]\n * @param {text} context.c\n"
        ),
        ["input.a: strnig", "input.b: nubmer"]
    );
    // Names with capitals may be those of other files, and what is not understood says nothing.
    assert_eq!(
        unknown(
            " * @param {Partial<Foo>} input\n * @param {function(foo): bar} input.f\n * @param {import('./x').y} input.g\n \
             * @param {symbol|bigint|unknown} input.h\n * @param {keyof typeof foo} input.i\n * @param {a.b} input.j\n"
        ),
        [""; 0]
    );
}

#[test]
fn the_whole_input_may_have_one_type() {
    let typed = |source: &str| {
        let doc = parse(source);
        let places: Vec<_> = doc.unknown_types.into_iter().map(|one| one.place).collect();
        (doc.input, places)
    };
    let order = "/** @typedef {{id: number}} Order */\n";
    // In any comment, with a task's own or without one.
    for source in [
        format!("{order}/** @input {{Order}} */\nexport default 1"),
        format!("/** @task t */\nexport default 1\n{order}/** @input {{Order}} */\n"),
        format!(
            "/**\n * @task t\n * @param input - What came\n */\nexport default 1\n{order}/** @input {{Order}} */"
        ),
    ] {
        let (schema, unknown) = typed(&source);
        let schema = schema.unwrap_or_else(|| panic!("{source}"));
        assert_eq!(schema.validate(&json!({ "id": 1 })), [], "{source}");
        assert_eq!(schema.validate(&json!({ "id": "1" })).len(), 1, "{source}");
        assert_eq!(unknown, [""; 0]);
    }
    // Types of `@param` count first.
    let (schema, _) =
        typed("/** @task t\n * @param {string} input */\nexport default 1\n/** @input {number} */");
    assert_eq!(schema.unwrap().validate(&json!("a")), []);
    assert_eq!(typed("/** @input {nubmer} */").1, ["input"]);
    assert_eq!(typed("/** @input */").0, None);
}
