//! Defaults of JSDoc: how they are read, what they bring into an input, and which are refused.

use std::borrow::Cow;

use serde_json::{Value, json};
use tasker_jsdoc::{DefaultsTooLarge, TaskDoc, parse, with_defaults};

fn doc(tags: &[&str]) -> TaskDoc {
    let lines: String = tags.iter().map(|tag| format!(" * {tag}\n")).collect();
    parse(&format!(
        "/**\n * @param {{object}} input\n{lines} */\nexport default async (input) => input"
    ))
}

fn schema(tags: &[&str]) -> String {
    let doc = doc(tags);
    assert_eq!(doc.unfit_defaults, [], "{tags:?}");
    serde_json::to_string(&doc.input).unwrap()
}

/// What the task is given.
fn given(schema: &str, input: &Value) -> Value {
    let input = input.to_string();
    serde_json::from_str(&with_defaults(schema, &input).unwrap()).unwrap()
}

#[test]
fn defaults_are_read_as_people_write_them() {
    for (tag, value) in [
        ("{number} [input.x=8]", json!(8)),
        ("{number} [input.x = -2.5] - how many", json!(-2.5)),
        ("{boolean} [input.x=false]", json!(false)),
        ("{string} [input.x=fast]", json!("fast")),
        ("{string} [input.x=two words]", json!("two words")),
        ("{string} [input.x=\"a]b\"] - quoted", json!("a]b")),
        ("{string} [input.x='it\\'s']", json!("it's")),
        ("{string} [input.x=it's]", json!("it's")),
        ("{string} [input.x=`a`]", json!("a")),
        ("{string} [input.x=]", json!("")),
        ("{string} [input.x=2.10]", json!("2.10")),
        (
            "{string} [input.x=from:me (draft)]",
            json!("from:me (draft)"),
        ),
        ("{'asc'|'desc'} [input.x='asc']", json!("asc")),
        ("{'asc'|'desc'} [input.x=desc]", json!("desc")),
        ("{?string} [input.x=null]", json!(null)),
        ("{string[]} [input.x=['a', \"b\"]]", json!(["a", "b"])),
        (
            "{object} [input.x={a: 1, b: {'c': []}}]",
            json!({"a": 1, "b": {"c": []}}),
        ),
        ("{*} [input.x=7]", json!(7)),
        ("[input.x=word] - of no type", json!("word")),
    ] {
        let schema = schema(&[&format!("@param {tag}")]);
        assert_eq!(given(&schema, &json!({})), json!({"x": value}), "{tag}");
        assert_eq!(
            given(&schema, &json!({"x": null})),
            json!({"x": null}),
            "{tag}: what is there stays"
        );
    }
    let without = schema(&[
        "@param {number} [input.x=undefined]",
        "@param {number} [input.y]",
    ]);
    assert_eq!(given(&without, &json!({})), json!({}));
}

#[test]
fn defaults_reach_into_objects_and_items() {
    let lines = schema(&[
        "@param {object[]} input.lines",
        "@param {string} input.lines[].sku",
        "@param {number} [input.lines[].n=1]",
        "@param {number[]} [input.lines[].tags=[]]",
    ]);
    assert_eq!(
        given(
            &lines,
            &json!({"lines": [{"sku": "a"}, {"n": 2, "sku": "b"}, 7], "more": {}})
        ),
        json!({"lines": [{"sku": "a", "n": 1, "tags": []}, {"n": 2, "sku": "b", "tags": []}, 7], "more": {}})
    );

    // An object that is described may be absent; one that is only the way to its members comes with them.
    let described = schema(&[
        "@param {object} [input.retry]",
        "@param {number} [input.retry.attempts=3]",
    ]);
    assert_eq!(given(&described, &json!({})), json!({}));
    assert_eq!(
        given(&described, &json!({"retry": {}})),
        json!({"retry": {"attempts": 3}})
    );
    let implied = schema(&[
        "@param {number} [input.page.size=10]",
        "@param {number} [input.page.at.row=1]",
    ]);
    assert_eq!(
        given(&implied, &json!({})),
        json!({"page": {"size": 10, "at": {"row": 1}}})
    );
    assert_eq!(
        given(&implied, &json!({"page": {"size": 5}})),
        json!({"page": {"size": 5, "at": {"row": 1}}})
    );
    let needed = schema(&[
        "@param {string} input.user.name",
        "@param {number} [input.user.age=1]",
    ]);
    assert_eq!(given(&needed, &json!({})), json!({}));
    // A default may be an object with defaults of its own, in any order of the tags.
    let own = schema(&[
        "@param {number} [input.a.x=1]",
        "@param {object} [input.a={y: 2}]",
    ]);
    assert_eq!(given(&own, &json!({})), json!({"a": {"y": 2, "x": 1}}));
    // What is given has the names that it was given, whatever they are.
    let odd = schema(&[
        "@param {number} [input.__proto__=1]",
        "@param {number} [input.a/b~c=2]",
    ]);
    assert_eq!(given(&odd, &json!({})), json!({"__proto__": 1, "a/b~c": 2}));
}

#[test]
fn an_input_that_lacks_nothing_is_the_same_text() {
    let schema = schema(&["@param {number} [input.x=1]"]);
    let sent = "{\"x\":1e2, \"y\": 12345678901234567890}";
    assert!(matches!(with_defaults(&schema, sent), Ok(Cow::Borrowed(text)) if text == sent));
    for input in ["null", "[]", "\"x\"", "no JSON"] {
        assert_eq!(with_defaults(&schema, input).as_deref(), Ok(input));
    }
    assert_eq!(
        with_defaults("no schema, \"default\"", "{}").as_deref(),
        Ok("{}")
    );
    assert_eq!(
        with_defaults("{\"type\":\"object\"}", "{ }").as_deref(),
        Ok("{ }")
    );
}

#[test]
fn defaults_are_bounded() {
    let text = "y".repeat(900);
    let schema = schema(&[
        "@param {object[]} input.rows",
        &format!("@param {{string}} [input.rows[].x={text}]"),
    ]);
    let rows = |count: usize| json!({"rows": vec![json!({}); count]}).to_string();
    assert!(with_defaults(&schema, &rows(1_000)).is_ok());
    assert_eq!(with_defaults(&schema, &rows(3_000)), Err(DefaultsTooLarge));
}

#[test]
fn a_default_that_cannot_be_applied_is_told() {
    for (tag, reason) in [
        (
            "{number} [input.x=lots]",
            "it must be a number, not a string",
        ),
        (
            "{integer} [input.x=2.5]",
            "it must be an integer, not a number",
        ),
        (
            "{boolean} [input.x='true']",
            "it must be a boolean, not a string",
        ),
        ("{number} [input.x=]", "it must be a number, not a string"),
        ("{string} [input.x=null]", "it must be a string, not null"),
        (
            "{string} [input.x=true]",
            "it must be a string, not a boolean",
        ),
        (
            "{'asc'|'desc'} [input.x=up]",
            "it must be one of \"asc\", \"desc\"",
        ),
        (
            "{string[]} [input.x=['a', 1]]",
            "/1 must be a string, not a number",
        ),
        (
            "{string} [input.x=process.cwd()]",
            "it is no JSON, and code is not run",
        ),
        (
            "{Date} [input.x=new Date()]",
            "it is no JSON, and code is not run",
        ),
        (
            "{string} [input.x='open]",
            "it is no JSON, and code is not run",
        ),
        (
            "{*} [input.x=Date.now()]",
            "it is no JSON, and code is not run",
        ),
    ] {
        let unfit = doc(&[&format!("@param {tag}")]).unfit_defaults;
        assert_eq!(unfit.len(), 1, "{tag}: {unfit:?}");
        assert_eq!(
            (&*unfit[0].place, &*unfit[0].reason),
            ("input.x", reason),
            "{tag}"
        );
    }
    let long = doc(&[&format!(
        "@param {{string}} [input.a.b=\"{}\"]",
        "y".repeat(2_000)
    )])
    .unfit_defaults;
    assert_eq!(
        (&*long[0].place, &*long[0].reason),
        ("input.a.b", "it may have 1000 bytes at most")
    );
    assert!(long[0].default.len() <= 80);
    // What only the whole shows: the tags of its members come later.
    let whole = doc(&[
        "@param {object[]} [input.rows=[{}, {n: 1}]]",
        "@param {number} input.rows[].n",
    ])
    .unfit_defaults;
    assert_eq!(
        (&*whole[0].place, &*whole[0].reason),
        ("input.rows", "/0 must have the property `n`")
    );
}
