//! Whatever stands in a task file, reading its JSDoc ends and gives a schema that can be used.

use serde_json::json;

const EXAMPLES: &[&str] = &[
    r#"/**
 * Greets someone.
 * @task greet
 * @param {object} input - what to do
 * @param {string} input.name - whom
 * @param {("a"|"b")[]} [input.kinds=["a"]]
 * @param {Object<string, {a: number, b?: ?boolean}>} input.map
 * @param {Array<Array<integer>>} input.deep
 * @keystore reports, shop-*
 * @timeout 1h 30m
 * @retention 7d
 * @priority -5
 * @concurrency 2 per input.customerId
 * @schedule "0 9 * * 1-5" Europe/Amsterdam overlap=skip
 * @returns {Promise<number>}
 */
module.exports = async function execute(input, context) { return 1; };"#,
    "export default async function run({ a, b = 2 }) {} /** @param {(a|b)} x.y.z */ exports.execute = 1;",
    "const s = \"/** @task no */\"; const t = `${/* x */ 1} /** @task no */`; const r = /\\/\\*\\*/g;\n/** @task yes */",
    "/** @param {{a: {b: {c: string[]}}}} input\u{2028}\r\n * @description \u{1F600} */ module.exports = 1",
];

#[test]
fn any_source_is_read() {
    tasker_fuzz::text(EXAMPLES, 20_000, |source| {
        let doc = tasker_jsdoc::parse(source);
        let Some(schema) = doc.input else { return };
        let stored = serde_json::to_string(&schema).expect("a schema is JSON");
        let read: tasker_jsdoc::Schema = serde_json::from_str(&stored).expect("it can be read");
        for value in [
            json!({}),
            json!(null),
            json!({ "name": 1, "map": { "x": [] } }),
        ] {
            assert_eq!(
                schema.validate(&value).len(),
                read.validate(&value).len(),
                "{stored}"
            );
        }
    });
}
