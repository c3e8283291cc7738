//! The audit: who has done what, and who was refused it.

use serde_json::{Value, json};
use tasker_api::{CreatedApiKey, Deed};
use tasker_domain::ErrorCode::Forbidden;
use tasker_tests::Client;

use crate::apps::live;

const VALUE: &str = "a value that stands in no audit 41c8";

fn holder(admin: &Client, name: &str, mut key: Value) -> Client {
    key["name"] = json!(name);
    let made: CreatedApiKey = admin.post("/api-keys", &key).expect(201);
    Client::new(admin.url(), &made.key)
}

fn deeds(client: &Client, query: &str) -> Vec<Deed> {
    client.pages(&format!("/audit?{query}"))
}

#[test]
fn it_says_who_has_done_what() {
    let app = live();
    let admin = app.client();
    let ci = holder(
        admin,
        "audited",
        json!({ "roles": ["deploy", "operate"], "tasks": ["audited-*"] }),
    );
    let code = json!({
        "code": format!("module.exports = async () => {VALUE:?};"), "keystore": ["audited-a"],
    });
    assert_eq!(ci.put("/tasks/audited-a", &code).status, 201);
    let run = admin.submit("audited-a", json!({ "secret": VALUE }));
    admin.wait(run);
    assert_eq!(ci.get(&format!("/runs/{run}/export")).status, 200);
    assert_eq!(
        ci.post(&format!("/runs/{run}/cancel"), &json!({})).status,
        409
    );
    let value = json!({ "value": VALUE, "secret": true, "hosts": ["api.example.com"] });
    assert_eq!(ci.put("/keys/audited-a/k", &value).status, 204);
    assert_eq!(ci.get("/keys/audited-a/k").status, 403);
    let filter =
        json!({ "filter": { "task": "audited-a" }, "dryRun": true, "by": "somebody else" });
    assert_eq!(ci.post("/runs/cancel", &filter).status, 200);
    for _ in 0..3 {
        assert_eq!(ci.call("DELETE", "/tasks/bank", None).status, 403);
    }
    // Reading what runs, and asking without a key, is not noted.
    assert_eq!(ci.get(&format!("/runs/{run}")).status, 200);
    assert_eq!(
        Client::new(admin.url(), "wrong")
            .post("/doctor", &json!({}))
            .status,
        401
    );

    let noted = deeds(admin, "key=audited");
    // Counted together, unless an hour has just ended.
    let (refused, noted): (Vec<_>, Vec<_>) = noted
        .into_iter()
        .partition(|deed| deed.code.as_deref() == Some(Forbidden.as_str()));
    assert!(
        refused
            .iter()
            .all(|deed| deed.action == "deleteTask" && deed.target == "bank")
    );
    assert_eq!(refused.iter().map(|deed| deed.times).sum::<u64>(), 3);
    assert!(refused.len() <= 2);
    let shown: Vec<_> = noted
        .iter()
        .map(|deed| {
            let code = deed.code.as_deref().unwrap_or("-");
            (deed.action.as_str(), deed.target.clone(), code, deed.times)
        })
        .collect();
    let run = run.to_string();
    assert_eq!(
        shown,
        [
            ("cancelRuns", String::new(), "-", 1),
            ("showKey", "audited-a/k".to_owned(), "secret_hidden", 1),
            ("setKey", "audited-a/k".to_owned(), "-", 1),
            ("cancelRun", run.clone(), "run_finished", 1),
            ("exportRun", run, "-", 1),
            ("publishTask", "audited-a".to_owned(), "-", 1),
        ]
    );
    let detail = |at: usize| -> Value { noted[at].detail.as_ref().unwrap().read().unwrap() };
    assert_eq!(detail(0)["filter"], json!({ "task": "audited-a" }));
    assert_eq!(
        detail(2),
        json!({ "secret": true, "hosts": ["api.example.com"] })
    );
    assert_eq!(detail(5)["keystore"], json!(["audited-a"]));
    assert_eq!(detail(5)["change"], "created");
    assert!(
        noted
            .iter()
            .all(|deed| deed.client == "127.0.0.1" && deed.key_id == refused[0].key_id)
    );
    let all = serde_json::to_string(&admin.pages::<Deed>("/audit")).unwrap();
    assert!(!all.contains(VALUE) && !all.contains("somebody else"));
    for client in [admin, &ci] {
        assert!(!all.contains(client.token()));
    }

    // The key's making is the doing of who made it, with what the key may.
    let made = deeds(admin, "action=createApiKey&target=audited");
    assert_eq!(
        (made[0].key.as_str(), made[0].key_id.as_ref()),
        ("api_token", None)
    );
    let allowed: Value = made[0].detail.as_ref().unwrap().read().unwrap();
    assert_eq!(allowed["tasks"], json!(["audited-*"]));
    assert_eq!(admin.call("DELETE", "/api-keys/audited", None).status, 204);
    assert_eq!(deeds(admin, "action=revokeApiKey&target=audited").len(), 1);
}

#[test]
fn it_is_read_by_those_who_may() {
    let app = live();
    let admin = app.client();
    let collector = holder(admin, "collector", json!({ "roles": ["audit"] }));
    let first: Value = collector.get("/audit?limit=1").expect(200);
    assert_eq!(first["items"].as_array().unwrap().len(), 1);
    let next = first["nextCursor"].as_str();
    if let Some(next) = next {
        let second: Value = collector
            .get(&format!("/audit?limit=1&cursor={next}"))
            .expect(200);
        assert_ne!(second["items"], first["items"]);
    }
    assert_eq!(collector.get("/audit?before=1").status, 400);
    assert_eq!(collector.get("/runs").status, 403);
    for (name, key) in [
        (
            "operator",
            json!({ "roles": ["operate", "deploy", "observe"] }),
        ),
        ("of-tasks", json!({ "roles": ["audit"], "tasks": ["a-*"] })),
        (
            "of-namespaces",
            json!({ "roles": ["audit"], "namespaces": ["a-*"] }),
        ),
    ] {
        let answer = holder(admin, name, key).get("/audit");
        let problem: Value = answer.expect(403);
        assert_eq!(problem["code"], Forbidden.as_str(), "{name}");
    }
}
