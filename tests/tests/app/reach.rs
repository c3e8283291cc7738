//! Which tasks a task may call and start, which events it may wait for, and what whoever publishes it sees of that.

use serde_json::{Value, json};
use tasker_api::{Added, CreatedApiKey, PublishedTask, Task};
use tasker_tests::{Answer, App, Client, Settings};

use crate::apps::{asleep, live};

/// Calls and starts the task that its input names, and says what came of it.
const CALLER: &str = "module.exports = async function execute({ name }) {
    const seen = (call) => call.then(() => 'done', (error) => error.code);
    return [await seen(tools.tasks.execute(name)), await seen(tools.tasks.start(name))];
};";
const DONE: [&str; 2] = ["done", "done"];
const DENIED: [&str; 2] = ["call_denied", "call_denied"];
const READS: &str = "module.exports = async ({ namespace }) => tools.keystore.get(namespace, 'k').catch((error) => error.code);";

fn holder(admin: &Client, name: &str, limits: &Value) -> Client {
    let mut key = json!({ "name": name, "roles": ["deploy", "submit"] });
    key.as_object_mut()
        .unwrap()
        .extend(limits.as_object().unwrap().clone());
    let made: CreatedApiKey = admin.post("/api-keys", &key).expect(201);
    Client::new(admin.url(), &made.key)
}

fn publish(client: &Client, name: &str, code: &str, asked: Value) -> Answer {
    let mut body = asked;
    body["code"] = json!(code);
    client.put(&format!("/tasks/{name}"), &body)
}

fn published(client: &Client, name: &str, code: &str, asked: Value) -> PublishedTask {
    let answer = publish(client, name, code, asked);
    answer.expect(if answer.status == 201 { 201 } else { 200 })
}

#[track_caller]
fn forbidden(answer: &Answer) {
    let problem: Value = answer.expect(403);
    assert_eq!(problem["code"], "forbidden", "{problem}");
}

#[test]
fn a_task_calls_no_task_whose_publisher_may_do_more() {
    for app in [live(), asleep()] {
        let admin = app.client();
        let team = holder(admin, "reach-team", &json!({ "tasks": ["reach-a-*"] }));
        let again = holder(admin, "reach-team-2", &json!({ "tasks": ["reach-a-*"] }));
        let other = holder(admin, "reach-other", &json!({ "tasks": ["reach-b-*"] }));
        let narrow = json!({ "tasks": ["reach-a-*"], "namespaces": ["reach-a"] });
        let narrow = holder(admin, "reach-narrow", &narrow);
        let one = "module.exports = async () => 1;";
        publish(admin, "reach-all", one, json!({}));
        publish(admin, "reach-a-admin", one, json!({}));
        publish(&other, "reach-b-one", one, json!({}));
        publish(&again, "reach-a-exchanged", one, json!({}));
        publish(
            &narrow,
            "reach-a-narrow",
            one,
            json!({ "keystore": ["reach-a"] }),
        );
        publish(&team, "reach-a-caller", CALLER, json!({}));
        publish(
            &narrow,
            "reach-a-narrow-caller",
            CALLER,
            json!({ "keystore": ["reach-a"] }),
        );
        publish(admin, "reach-caller", CALLER, json!({}));
        let tried = |caller: &str, name: &str| admin.result(caller, json!({ "name": name }));
        for (name, of_team, of_narrow) in [
            ("reach-all", DENIED, DENIED),
            ("reach-a-admin", DENIED, DENIED),
            ("reach-b-one", DENIED, DENIED),
            ("reach-a-exchanged", DONE, DENIED),
            ("reach-a-narrow", DONE, DONE),
            ("reach-none", ["task_not_found"; 2], ["task_not_found"; 2]),
        ] {
            assert_eq!(tried("reach-a-caller", name), json!(of_team), "{name}");
            assert_eq!(
                tried("reach-a-narrow-caller", name),
                json!(of_narrow),
                "{name}"
            );
            if name != "reach-none" {
                assert_eq!(tried("reach-caller", name), json!(DONE), "{name}");
            }
        }
        // Who publishes a version again is its publisher.
        publish(&team, "reach-a-admin", one, json!({}));
        assert_eq!(tried("reach-a-caller", "reach-a-admin"), json!(DONE));

        // A header does not widen what the key is for.
        for calls in ["reach-all", "reach-b-*", "*", "reach-a-one, reach-*"] {
            let code = format!("/** @task reach-a-wide\n * @calls {calls} */\n{CALLER}");
            forbidden(&publish(&team, "reach-a-wide", &code, json!({})));
            let calls: Vec<_> = calls.split(", ").collect();
            forbidden(&publish(
                &team,
                "reach-a-wide",
                CALLER,
                json!({ "calls": calls }),
            ));
        }
        assert_eq!(admin.get("/tasks/reach-a-wide").status, 404);

        // Without `@keystore` it has what is its own.
        admin.put("/keys/reach-secret/k", &json!({ "value": 7 }));
        admin.put("/keys/reach-a-reads/k", &json!({ "value": 8 }));
        let granted = published(&team, "reach-a-reads", READS, json!({}));
        assert_eq!(granted.keystore, Some(vec!["reach-a-reads".to_owned()]));
        let read =
            |namespace: &str| admin.result("reach-a-reads", json!({ "namespace": namespace }));
        assert_eq!(read("reach-a-reads"), json!(8));
        assert_eq!(read("reach-secret"), json!("keystore_denied"));
        for key in ["reach-team", "reach-team-2", "reach-other", "reach-narrow"] {
            admin.call("DELETE", &format!("/api-keys/{key}"), None);
        }
    }
}

#[test]
fn a_task_with_granted_namespaces_reads_no_others_by_another_task() {
    for app in [live(), asleep()] {
        let client = app.client();
        client.put("/keys/deputy-pay/k", &json!({ "value": 1_000_000 }));
        let reads = "module.exports = async () => tools.keystore.get('deputy-pay', 'k');";
        publish(
            client,
            "deputy-payroll",
            reads,
            json!({ "keystore": ["deputy-pay"] }),
        );
        publish(client, "deputy-any", reads, json!({}));
        publish(
            client,
            "deputy-none",
            "module.exports = async () => 1;",
            json!({ "keystore": [] }),
        );
        let tried = |asked: Value, name: &str| {
            publish(client, "deputy-caller", CALLER, asked);
            client.result("deputy-caller", json!({ "name": name }))
        };
        for (keystore, of_payroll) in [
            (json!([]), DENIED),
            (json!(["deputy-p"]), DENIED),
            (json!(["deputy-pay"]), DONE),
            (json!(["deputy-*"]), DONE),
        ] {
            let asked = json!({ "keystore": keystore });
            assert_eq!(
                tried(asked.clone(), "deputy-payroll"),
                json!(of_payroll),
                "{keystore}"
            );
            assert_eq!(
                tried(asked.clone(), "deputy-any"),
                json!(DENIED),
                "{keystore}"
            );
            assert_eq!(tried(asked, "deputy-none"), json!(DONE), "{keystore}");
        }
        let with_calls = json!({ "keystore": [], "calls": ["deputy-payroll"] });
        assert_eq!(tried(with_calls.clone(), "deputy-payroll"), json!(DONE));
        assert_eq!(tried(with_calls, "deputy-none"), json!(DENIED));
        // What the code says of itself confines nobody, and frees nobody who is confined.
        let code = format!("/** @task deputy-says\n * @keystore\n * @calls deputy-* */\n{CALLER}");
        let payroll = json!({ "name": "deputy-payroll" });
        publish(client, "deputy-says", &code, json!({}));
        assert_eq!(client.result("deputy-says", &payroll), json!(DONE));
        publish(client, "deputy-says", &code, json!({ "keystore": [] }));
        assert_eq!(client.result("deputy-says", &payroll), json!(DENIED));
    }
}

#[test]
fn a_header_limits_what_a_task_calls_and_hears() {
    const HEARS: &str = "module.exports = async function execute({ names, depth }) {
        if (depth) return tools.tasks.execute('says-hears', { names });
        const wait = (name) => tools.waitForEvent(name, { timeout: 1 }).catch((error) => error.code);
        return Promise.all(names.map(wait));
    };";
    for app in [live(), asleep()] {
        let client = app.client();
        for name in ["says-one", "says-other"] {
            publish(client, name, "module.exports = async () => 1;", json!({}));
        }
        let code = format!("/** @task says-calls\n * @calls says-one, says-t* */\n{CALLER}");
        publish(client, "says-calls", &code, json!({}));
        let tried = |name: &str| client.result("says-calls", json!({ "name": name }));
        assert_eq!(tried("says-one"), json!(DONE));
        assert_eq!(tried("says-other"), json!(DENIED));
        let shown: Task = client.get("/tasks/says-calls").expect(200);
        assert_eq!(shown.calls.unwrap(), ["says-one", "says-t*"]);

        // A task calls itself, whatever it says.
        let code = format!(
            "/** @task says-hears\n * @calls says-none\n * @hears order-*, paid */\n{HEARS}"
        );
        publish(client, "says-hears", &code, json!({}));
        let names = json!(["order-1", "paid", "order", "paid-2"]);
        let heard = json!([
            "event_timeout",
            "event_timeout",
            "event_denied",
            "event_denied"
        ]);
        for depth in [0, 1] {
            let input = json!({ "names": names, "depth": depth });
            assert_eq!(client.result("says-hears", input), heard);
        }
        publish(client, "says-hears", &code, json!({ "hears": [] }));
        let input = json!({ "names": ["paid"], "depth": 0 });
        assert_eq!(client.result("says-hears", &input), json!(["event_denied"]));
    }
}

#[test]
fn all_tasks_call_those_that_are_shared() {
    let app = App::start(&Settings::default().variable("shared_tasks", "shared-*, mail"));
    let admin = app.client();
    let team = holder(admin, "team", &json!({ "tasks": ["a-*"] }));
    let code = "module.exports = async () => 1;";
    for name in ["shared-one", "mail", "mail-2"] {
        publish(admin, name, code, json!({ "keystore": ["all"] }));
    }
    publish(&team, "a-caller", CALLER, json!({ "keystore": [] }));
    for (name, seen) in [("shared-one", DONE), ("mail", DONE), ("mail-2", DENIED)] {
        assert_eq!(
            admin.result("a-caller", json!({ "name": name })),
            json!(seen),
            "{name}"
        );
    }
    forbidden(&publish(
        &team,
        "a-caller",
        CALLER,
        json!({ "calls": ["mail-2"] }),
    ));
    published(&team, "a-caller", CALLER, json!({ "calls": ["mail"] }));
    assert_eq!(
        admin.result("a-caller", json!({ "name": "mail" })),
        json!(DONE)
    );
    assert_eq!(
        admin.result("a-caller", json!({ "name": "shared-one" })),
        json!(DENIED)
    );
}

#[test]
fn publishing_shows_what_is_asked_for_and_what_of_it_is_new() {
    let app = live();
    let client = app.client();
    let header = |says: &str| format!("/** @task asks\n{says} */\nmodule.exports = async () => 1;");
    let list = |patterns: &[&str]| {
        patterns
            .iter()
            .map(|one| (*one).to_owned())
            .collect::<Vec<_>>()
    };
    let added = |keystore: &[&str], calls: &[&str], hears: &[&str]| Added {
        keystore: list(keystore),
        calls: list(calls),
        hears: list(hears),
    };
    let publish = |code: &str, asked: Value| published(client, "asks", code, asked);
    let first = publish(
        &header(" * @keystore mail, reports-*\n * @calls tax"),
        json!({}),
    );
    assert_eq!(first.added, added(&["mail", "reports-*"], &["tax"], &["*"]));
    assert_eq!((first.calls, first.hears), (Some(list(&["tax"])), None));
    // Less is not new, and what a pattern covered neither.
    let less = publish(
        &header(" * @keystore reports-2026\n * @calls tax\n * @hears paid"),
        json!({}),
    );
    assert_eq!(less.added, Added::default());
    let more = publish(
        &header(" * @keystore mail, reports-*\n * @calls tax, mail\n * @hears paid"),
        json!({}),
    );
    assert_eq!(more.added, added(&["mail", "reports-*"], &["mail"], &[]));
    let asked = json!({ "keystore": ["reports-*"], "calls": [], "hears": ["paid", "x"] });
    let by_request = publish(
        &header(" * @keystore mail, reports-*\n * @calls tax, mail\n * @hears paid"),
        asked,
    );
    assert_eq!(by_request.added, added(&[], &[], &["x"]));
    assert_eq!(by_request.keystore, Some(list(&["reports-*"])));
    // Who says nothing may do what all may.
    let silent = publish("module.exports = async () => 2;", json!({}));
    assert_eq!(silent.added, added(&["*"], &["*"], &["*"]));
    assert_eq!(
        (silent.keystore, silent.calls, silent.hears),
        (None, None, None)
    );
    let audit: Value = client
        .get("/audit?action=publishTask&target=asks")
        .expect(200);
    let detail = &audit["items"][1]["detail"];
    assert_eq!(detail["added"]["hears"], json!(["x"]), "{audit}");
    assert_eq!(detail["calls"], json!([]), "{audit}");
    for (member, value) in [
        ("calls", json!([""])),
        ("hears", json!(["x".repeat(201)])),
        ("calls", json!(vec!["a"; 65])),
    ] {
        let answer = super::reach::publish(
            client,
            "asks",
            "module.exports = async () => 2;",
            json!({ member: value }),
        );
        assert_eq!(answer.expect::<Value>(422)["code"], "task_invalid");
    }
}
