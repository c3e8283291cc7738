//! What a task is given: the input as it was sent, with the defaults of its JSDoc; and files told apart by the parser.

use serde_json::{Value, json};
use tasker_api::{Schedule, Submitted};
use tasker_domain::ErrorCode;
use tasker_tests::{error, result};

use crate::apps::{asleep, live};

const DEFAULTS: &str = r#"
/**
 * @task inputs-defaults
 * @param {object} input
 * @param {number} [input.width=8]
 * @param {string} [input.page.order='asc']
 * @param {object[]} [input.lines]
 * @param {string} input.lines[].sku
 * @param {number} [input.lines[].count=1]
 */
export default async function (input) { await tools.sleep(1); return input }
"#;

/// One line, as a bundler leaves it.
const NULLABLE: &str = "/** @task inputs-nullable\n * @param {?object} input */ export default async function (input) { return [input] }";
const ANYTHING: &str = "export default async (input) => [input]";
const OBJECT: &str =
    "/** @task inputs-object\n * @param {object} input */ export default async (input) => [input]";

const PARENT: &str = r#"
export default async function () {
    const [filled, nullable, anything, object, none] = await Promise.all([
        tools.tasks.execute("inputs-defaults", { width: false, lines: [{ sku: "a" }] }).catch((e) => e.message),
        tools.tasks.execute("inputs-nullable", null),
        tools.tasks.execute("inputs-anything", null),
        tools.tasks.execute("inputs-object", null),
        tools.tasks.execute("inputs-anything"),
    ]);
    const nested = await tools.tasks.execute("inputs-defaults", { lines: [{ sku: "a" }] });
    return { filled, nullable, anything, object, none, nested };
}
"#;

#[test]
fn a_task_is_given_the_defaults_of_its_jsdoc_whoever_sends_the_input() {
    for app in [live(), asleep()] {
        let client = app.client();
        for (name, code) in [
            ("inputs-defaults", DEFAULTS),
            ("inputs-nullable", NULLABLE),
            ("inputs-anything", ANYTHING),
            ("inputs-object", OBJECT),
            ("inputs-parent", PARENT),
        ] {
            client.publish(name, code);
        }
        let sent = json!({ "lines": [{ "sku": "a" }, { "count": 2, "sku": "b" }] });
        let given = json!({
            "lines": [{ "sku": "a", "count": 1 }, { "count": 2, "sku": "b" }],
            "width": 8,
            "page": { "order": "asc" },
        });
        let run = client.run("inputs-defaults", &sent);
        assert_eq!(result(&run), given);
        // The run keeps what was sent, and what is run again is given the same.
        assert_eq!(run.input.read::<Value>().unwrap(), sent);
        let retry: Submitted = client
            .post(&format!("/runs/{}/retry", run.task_run_id), &json!({}))
            .expect(202);
        assert_eq!(result(&client.wait(retry.task_run_id)), given);

        // A key is for the input as it was sent.
        let keyed = |input: &Value| {
            client.post(
                "/tasks",
                &json!({ "taskName": "inputs-defaults", "input": input, "idempotencyKey": "inputs-1" }),
            )
        };
        let first: Submitted = keyed(&sent).expect(202);
        let again: Submitted = keyed(&sent).expect(202);
        assert_eq!(first.task_run_id, again.task_run_id);
        keyed(&given).expect_problem(ErrorCode::IdempotencyConflict);

        // A schedule's run.
        let body = json!({ "taskName": "inputs-defaults", "cron": "0 0 1 1 *", "input": sent });
        let _: Schedule = client.put("/schedules/inputs", &body).expect(201);
        let run: Submitted = client
            .post("/schedules/inputs/trigger", &json!({}))
            .expect(202);
        assert_eq!(result(&client.wait(run.task_run_id)), given);
        assert_eq!(client.call("DELETE", "/schedules/inputs", None).status, 204);

        // Nested tasks, and `null`.
        let nested = client.result("inputs-parent", json!({}));
        assert_eq!(
            nested["filled"],
            "the input does not fit the task `inputs-defaults`: /width must be a number, not a boolean"
        );
        assert_eq!(
            nested["nested"],
            json!({ "lines": [{ "sku": "a", "count": 1 }], "width": 8, "page": { "order": "asc" } })
        );
        for (name, value) in [
            ("nullable", json!([null])),
            ("anything", json!([null])),
            ("object", json!([{}])),
            ("none", json!([{}])),
        ] {
            assert_eq!(nested[name], value, "{name}, nested");
            if name != "none" {
                assert_eq!(
                    client.result(&format!("inputs-{name}"), Value::Null),
                    value,
                    "{name}"
                );
            }
        }
        let absent: Submitted = client
            .post("/tasks", &json!({ "taskName": "inputs-nullable" }))
            .expect(202);
        assert_eq!(result(&client.wait(absent.task_run_id)), json!([{}]));
    }
}

#[test]
fn what_the_jsdoc_says_wrongly_is_refused_by_its_name() {
    let app = live();
    let client = app.client();
    let refused = |tags: &str, code: ErrorCode| {
        let source =
            format!("/**\n * @task inputs-wrong\n{tags} */\nexport default async (input) => input");
        let answer = client.put("/tasks/inputs-wrong", &json!({ "code": source }));
        answer.expect_problem(code).detail
    };
    assert_eq!(
        refused(
            " * @param {number} [input.width=wide]\n",
            ErrorCode::TaskInvalid
        ),
        "its JSDoc gives `input.width` the default `wide`, which cannot be applied: it must be a number, not a string"
    );
    let schedules = " * @param {number} input.n\n * @schedule \"0 9 * * *\" UTC input={\"n\": 1}\n";
    assert_eq!(
        refused(
            &format!("{schedules} * @schedule \"0 6 * * *\" UTC input={{\"n\": \"x\"}}\n"),
            ErrorCode::InputInvalid
        ),
        "the schedule `inputs-wrong:2` (`@schedule \"0 6 * * *\"`): the input does not fit the task `inputs-wrong`: \
         /n must be a number, not a string"
    );
    assert_eq!(
        refused(
            &format!("{schedules} * @schedule \"0 6 * * *\"\n"),
            ErrorCode::InputInvalid
        ),
        "the schedule `inputs-wrong:2` (`@schedule \"0 6 * * *\"`): the input does not fit the task `inputs-wrong`: \
         it must have the property `n`"
    );
    let cron = refused(" * @schedule \"0 25 * * *\"\n", ErrorCode::CronInvalid);
    assert!(
        cron.starts_with("the schedule `inputs-wrong:1`")
            && cron.contains("its hour is `25`, but takes 0 to 23"),
        "{cron}"
    );
    let json = refused(
        " * @schedule \"0 6 * * *\" UTC input={n}\n",
        ErrorCode::TaskInvalid,
    );
    assert!(
        json.contains("`inputs-wrong:1`") && json.contains("its input is not JSON"),
        "{json}"
    );

    let unknown = refused(" * @param {strnig} input.name\n", ErrorCode::TaskInvalid);
    assert!(
        unknown.contains("`input.name` the type `strnig`"),
        "{unknown}"
    );
    let code = "export const execute = async () => 1; export const runTask = async () => 2";
    let two = client
        .put("/tasks/inputs-wrong", &json!({ "code": code }))
        .expect_problem(ErrorCode::TaskInvalid)
        .detail;
    assert!(two.contains("exports `execute` and `runTask`"), "{two}");

    let missing = client
        .put(
            "/tasks/inputs-wrong",
            &json!({ "code": "import './gone'; export default () => 1" }),
        )
        .expect_problem(ErrorCode::TaskInvalid)
        .detail;
    assert!(
        missing.starts_with("Error: cannot find module \"./gone\""),
        "{missing}"
    );
}

#[test]
fn a_call_that_nobody_awaited_is_found_by_its_line() {
    for app in [live(), asleep()] {
        let client = app.client();
        client.publish(
            "inputs-forgets",
            "export default async () => {\n  await tools.keystore.get('a', 'b');\n  tools.keystore.set('a', 'b', 1);\n}",
        );
        let run = client.run("inputs-forgets", json!({}));
        let error = error(&run);
        assert_eq!(error.code.as_deref(), Some("call_not_awaited"));
        assert!(
            error.message.contains("(call 2 at inputs-forgets.js:3:"),
            "{}",
            error.message
        );
        assert!(
            error
                .stack
                .as_deref()
                .unwrap_or_default()
                .contains("inputs-forgets.js:3:"),
            "{error:?}"
        );
    }
}
