//! The example tasks of the services, end to end, and the command that shows what one of them found.

use std::process::{Command, Output};

use serde_json::{Value, json};
use tasker_sandbox::faults::{Fault, Kind};
use tasker_tests::paths;

use crate::world::{World, delegated};

fn world() -> World {
    let world = World::start(|settings, sandbox| {
        let address = sandbox.url().trim_start_matches("http://");
        let port = sandbox.url().rsplit(':').next().unwrap_or_default();
        delegated(settings, sandbox)
            .variable("websearch_private_hosts", address)
            .variable("websearch_ports", port)
    });
    let published = tasker(&world, &["publish", "--all"]);
    assert!(published.status.success(), "{published:?}");
    world
}

fn tasker(world: &World, args: &[&str]) -> Output {
    Command::new(paths::program())
        .args(args)
        .current_dir(paths::root())
        .env("TASKER_URL", world.client().url())
        .env("TASKER_TOKEN", world.client().token())
        .output()
        .expect("the command line starts")
}

fn refuse(world: &World, path: &str) {
    world.sandbox.faults().order(Fault {
        method: None,
        path: path.to_owned(),
        count: 1,
        kind: Kind::Status {
            status: 403,
            retry_after: None,
            body: Some(
                json!({ "error": { "code": 403, "message": "Mail service not enabled" } })
                    .to_string(),
            ),
        },
    });
}

#[test]
fn gmail_is_searched_in_all_domains() {
    let world = world();
    let found = world.client().result(
        "gapi-list-domains-with-nested",
        json!({ "includeStats": true }),
    );
    let domains: Vec<&str> = found["domains"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|domain| domain["domainName"].as_str())
        .collect();
    assert_eq!(domains, ["example.com", "example.org"]);
    assert!(found["stats"].is_object());

    let input = json!({ "query": "in:inbox", "maxUsersPerDomain": 3, "maxResultsPerUser": 2 });
    let found = world.client().result("comprehensive-gmail-search", &input);
    assert_eq!(found["summary"]["domains"], 2);
    assert_eq!(found["summary"]["users"], 6);
    assert_eq!(found["summary"]["failures"], 0);
    let mailbox = &found["domains"][0]["users"][0];
    let messages = mailbox["messages"].as_array().expect("messages");
    assert!(!messages.is_empty() && messages.len() <= 2, "{found}");
    for member in ["id", "threadId", "date", "from", "subject", "snippet"] {
        assert!(
            messages[0][member]
                .as_str()
                .is_some_and(|text| !text.is_empty()),
            "{member}: {found}"
        );
    }

    // A mailbox and a domain that cannot be read are reported, and the rest is there.
    refuse(&world, "/gmail/v1/users/alan");
    let found = world.client().result("comprehensive-gmail-search", &input);
    assert_eq!(found["summary"]["failures"], 1);
    let failed: Vec<&Value> = found["domains"]
        .as_array()
        .into_iter()
        .flatten()
        .flat_map(|domain| domain["users"].as_array().into_iter().flatten())
        .filter(|user| user.get("error").is_some())
        .collect();
    assert_eq!(failed.len(), 1);
    assert_eq!(failed[0]["user"], "alan@example.com");
    assert_eq!(failed[0]["error"]["status"], 403);
    refuse(&world, "/admin/directory/v1/users");
    let found = world.client().result("comprehensive-gmail-search", &input);
    assert_eq!(
        (&found["summary"]["failures"], &found["summary"]["users"]),
        (&json!(1), &json!(3))
    );

    // The command line: for people, and for programs.
    refuse(&world, "/gmail/v1/users/alan");
    let search = [
        "gmail-search",
        "--query",
        "in:inbox",
        "--max-users-per-domain",
        "3",
        "--max-results-per-user",
        "2",
    ];
    let shown = tasker(&world, &search);
    let (out, progress) = (text(&shown.stdout), text(&shown.stderr));
    assert!(shown.status.success(), "{out} {progress}");
    for part in [
        "MAILBOX",
        "SUBJECT",
        "ada@example.com",
        "barbara@example.org",
        "failed: ",
        "in 6 mailboxes of 2 domains; 1 could not be read",
    ] {
        assert!(out.contains(part), "{part}: {out}");
    }
    assert!(
        progress.contains("discovering domains") && progress.contains("[6/6]"),
        "{progress}"
    );
    let json = tasker(&world, &[&search[..], &["--json"]].concat());
    let found: Value = serde_json::from_slice(&json.stdout).expect("the result is JSON");
    assert_eq!(
        (&found["query"], &found["summary"]["users"]),
        (&json!("in:inbox"), &json!(6))
    );
}

#[test]
fn a_text_is_written_from_a_search_and_stored() {
    let world = world();
    let input = json!({ "topic": "durable execution", "maxSources": 3 });
    let run = world.client().run("content-from-search", &input);
    let written = tasker_tests::result(&run);
    assert_eq!(
        written["stored"],
        json!({ "table": "generated_content", "run_id": run.task_run_id })
    );
    assert_eq!(
        written["sources"].as_array().map(Vec::len),
        Some(3),
        "{written}"
    );
    assert_eq!(written["skipped"], json!([]), "{written}");
    assert!(
        written["content"]
            .as_str()
            .is_some_and(|text| !text.is_empty())
    );
    let requests = world.sandbox.record().all();
    let asked = requests
        .iter()
        .find(|request| request.path == "/v1/chat/completions")
        .expect("the model was asked");
    assert!(asked.body.contains("[1] ") && asked.body.contains("This is page 1 of the sandbox"));
    let stored = requests
        .iter()
        .find(|request| request.method == "POST" && request.path == "/rest/v1/generated_content");
    let row: Value = serde_json::from_str(&stored.expect("it was stored").body).expect("JSON");
    assert_eq!(
        (&row["run_id"], &row["content"]),
        (&json!(run.task_run_id), &written["content"])
    );

    // What fails on the way is told, and the text is still there.
    let input = json!({ "topic": "durable execution", "maxSources": 3, "table": "no_such_table" });
    let written = world.client().result("content-from-search", &input);
    assert_eq!(
        (&written["stored"], &written["storeError"]["code"]),
        (&Value::Null, &json!("PGRST205"))
    );
    let input = json!({ "topic": "nothing" });
    let failed = world.client().run("content-from-search", &input);
    assert!(
        tasker_tests::error(&failed)
            .message
            .contains("nothing was found")
    );
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
