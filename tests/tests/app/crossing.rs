//! What crosses between requests, tasks and the journal, and what is refused there.

use serde_json::json;
use tasker_api::Submitted;
use tasker_tests::{error, result};

use crate::apps::{asleep, live};

const INNER: &str = r#"
export default async function ({ kind }) {
    await tools.sleep(1);
    if (kind === "any") {
        const mirror = async (name) => { await tools.sleep(1); throw Object.assign(new RangeError(`mirror ${name}: down`), { tries: 3 }) };
        await Promise.any([mirror("a"), mirror("b")]);
    }
    if (kind === "cause") throw Object.assign(new Error("not sent", { cause: new TypeError("no address", { cause: { order: 7 } }) }), { code: 42 });
    return { ratio: 1 / 0 };
}
"#;

const OUTER: &str = r#"
export default async function () {
    const thrown = async (kind) => tools.tasks.execute("crossing-inner", { kind }).catch((error) => error);
    const any = await thrown("any"), cause = await thrown("cause"), number = await thrown("number");
    await tools.sleep(1);
    return [
        any instanceof AggregateError, any.errors.map((error) => [error instanceof RangeError, error.message, error.tries]),
        cause.code, cause.cause instanceof TypeError, cause.cause.message, cause.cause.cause, cause.stack.split("\n")[0],
        number instanceof TypeError, number.message, await tools.tasks.execute("crossing-inner", { n: NaN }).catch((error) => error.message),
    ];
}
"#;

#[test]
fn errors_cross_with_all_that_they_carry_and_what_is_no_number_does_not() {
    for app in [live(), asleep()] {
        let client = app.client();
        client.publish("crossing-inner", INNER);
        client.publish("crossing-outer", OUTER);
        assert_eq!(
            result(&client.run("crossing-outer", json!({}))),
            json!([
                true,
                [[true, "mirror a: down", 3], [true, "mirror b: down", 3]],
                42,
                true,
                "no address",
                { "order": 7 },
                "Error: not sent",
                true,
                "result.ratio is Infinity and cannot cross as JSON; pass null or text",
                "args[1].n is NaN and cannot cross as JSON; pass null or text",
            ])
        );
        let failed = client.run("crossing-inner", json!({ "kind": "cause" }));
        assert_eq!(error(&failed).message, "not sent");
    }
}

#[test]
fn halves_of_surrogate_pairs_are_read_from_any_request() {
    const ECHO: &str =
        "export default async (input) => [input, (await tools.waitForEvent('crossing-half')).data]";
    for app in [live(), asleep()] {
        let client = app.client();
        client.publish("crossing-echo", ECHO);
        let post = |path: &str, body: &str| {
            let token = format!("Bearer {}", client.token());
            let headers = [
                ("content-type", "application/json"),
                ("authorization", token.as_str()),
            ];
            client.send("POST", path, &headers, Some(body.as_bytes()))
        };
        let body = r#"{"taskName":"crossing-echo","input":{"\ud83d":"\udc4b \ud83d\udc4b"}}"#;
        let run = post("/tasks", body).expect::<Submitted>(202).task_run_id;
        let event = format!(r#"{{"name":"crossing-half","runId":"{run}","data":"\ud83d!"}}"#);
        // The run may wait for it already or not.
        let sent = post("/events", &event);
        assert!([200, 202].contains(&sent.status), "{sent:?}");
        assert_eq!(
            result(&client.wait(run)),
            json!([{ "\u{fffd}": "\u{fffd} 👋" }, "\u{fffd}!"])
        );
    }
}
