//! What the API refuses: each with its status, its code and the form of a problem, and without a
//! trace in the database.

use serde_json::json;
use tasker_api::{INPUT_MAX_BYTES, PUBLISH_MAX_BYTES, Submitted};
use tasker_domain::ErrorCode::{self, *};
use tasker_tests::{Answer, App, Client, Database, Settings, raw};

use crate::apps::publish_tasks;

const ORIGIN: &str = "https://app.example.com";
const NO_RUN: &str = "0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b";

#[test]
fn what_is_refused_leaves_no_trace() {
    let app = App::start(&Settings::default().variable("cors_origins", ORIGIN));
    let client = app.client();
    publish_tasks(client);
    let finished = client.run("double", json!({ "n": 1 })).task_run_id;
    let used = json!({ "taskName": "double", "input": { "n": 1 }, "idempotencyKey": "used" });
    let used: Submitted = client.post("/tasks", &used).expect(202);
    client.wait(used.task_run_id);
    client.put("/keys/kept/key", &json!({ "value": 1 }));
    let before = contents(&app.database());

    bodies(client);
    paths_and_methods(client, &finished.to_string());
    tokens(client);
    origins(client);
    private_components(client);

    assert_eq!(contents(&app.database()), before);
    assert_eq!(client.get("/health").status, 200);
    assert_eq!(client.result("double", json!({ "n": 2 })), 4);
}

/// Every table with the number of its rows. What the system writes by itself as time goes by is left out, and the audit,
/// which notes what is refused to holders of keys.
fn contents(database: &Database) -> Vec<(String, Vec<String>)> {
    let by_itself = ["sweeps", "leases", "figures", "wrong_keys", "audit"];
    let mut tables = database.tables();
    tables.retain(|table| !by_itself.contains(&table.as_str()));
    tables
        .into_iter()
        .map(|table| {
            let rows = database.texts(&format!("SELECT count(*) FROM {table}"));
            (table, rows)
        })
        .collect()
}

fn bodies(client: &Client) {
    let json_type = Some("application/json");
    let long_name = format!("/tasks/{}", "n".repeat(129));
    let big_input = format!(
        r#"{{"taskName":"double","input":{{"n":"{}"}}}}"#,
        "x".repeat(INPUT_MAX_BYTES)
    );
    let big_code = format!(r#"{{"code":"{}"}}"#, " ".repeat(PUBLISH_MAX_BYTES));
    let long_key = format!(
        r#"{{"taskName":"double","idempotencyKey":"{}"}}"#,
        "k".repeat(201)
    );
    let cases: &[(&str, &str, Option<&str>, &str, ErrorCode)] = &[
        ("POST", "/tasks", json_type, "", BadRequest),
        ("POST", "/tasks", json_type, "{", BadRequest),
        ("POST", "/tasks", json_type, "[]", BadRequest),
        ("POST", "/tasks", json_type, r#"{"taskName":7}"#, BadRequest),
        ("POST", "/tasks", json_type, r#"{"input":{}}"#, BadRequest),
        (
            "POST",
            "/tasks",
            json_type,
            r#"{"taskName":"double","input":{"n":1},"extra":1}"#,
            BadRequest,
        ),
        (
            "POST",
            "/tasks",
            json_type,
            r#"{"taskName":"double","idempotencyKey":""}"#,
            BadRequest,
        ),
        (
            "POST",
            "/tasks",
            json_type,
            r#"{"taskName":"double","idempotencyKey":"two words"}"#,
            BadRequest,
        ),
        ("POST", "/tasks", json_type, &long_key, BadRequest),
        ("POST", "/tasks", json_type, &big_input, BodyTooLarge),
        (
            "POST",
            "/tasks",
            Some("text/plain"),
            r#"{"taskName":"double","input":{"n":1}}"#,
            UnsupportedMediaType,
        ),
        (
            "POST",
            "/tasks",
            json_type,
            r#"{"taskName":"no-such-task"}"#,
            TaskNotFound,
        ),
        (
            "POST",
            "/tasks",
            json_type,
            r#"{"taskName":"double"}"#,
            InputInvalid,
        ),
        (
            "POST",
            "/tasks",
            json_type,
            r#"{"taskName":"double","input":{"n":"1"}}"#,
            InputInvalid,
        ),
        (
            "POST",
            "/tasks",
            json_type,
            r#"{"taskName":"double","input":{"n":2},"idempotencyKey":"used"}"#,
            IdempotencyConflict,
        ),
        ("PUT", "/tasks/new", json_type, "nonsense", BadRequest),
        ("PUT", "/tasks/new", json_type, r#"{"code":1}"#, BadRequest),
        (
            "PUT",
            "/tasks/new",
            json_type,
            r#"{"modules":{}}"#,
            BadRequest,
        ),
        (
            "PUT",
            "/tasks/new",
            json_type,
            r#"{"code":"","unknown":1}"#,
            BadRequest,
        ),
        ("PUT", "/tasks/new", json_type, &big_code, BodyTooLarge),
        (
            "PUT",
            "/tasks/new",
            Some("text/javascript"),
            "module.exports = () => 1",
            UnsupportedMediaType,
        ),
        (
            "PUT",
            "/tasks/new",
            json_type,
            r#"{"code":"module.exports = async ( => 1"}"#,
            TaskInvalid,
        ),
        (
            "PUT",
            "/tasks/new",
            json_type,
            r#"{"code":"/** @task other */ module.exports = () => 1"}"#,
            TaskInvalid,
        ),
        (
            "PUT",
            "/tasks/.hidden",
            json_type,
            r#"{"code":"module.exports = () => 1"}"#,
            BadRequest,
        ),
        (
            "PUT",
            "/tasks/two%20words",
            json_type,
            r#"{"code":"module.exports = () => 1"}"#,
            BadRequest,
        ),
        (
            "PUT",
            &long_name,
            json_type,
            r#"{"code":"module.exports = () => 1"}"#,
            BadRequest,
        ),
        (
            "PUT",
            "/keys/kept/new",
            json_type,
            r#"{"values":1}"#,
            BadRequest,
        ),
        (
            "PUT",
            "/tasks/new",
            json_type,
            r#"{"code":"module.exports = () => 1 // \u0000"}"#,
            TextInvalid,
        ),
        (
            "PUT",
            "/keys/kept/%00",
            json_type,
            r#"{"value":1}"#,
            TextInvalid,
        ),
    ];
    let authorization = format!("Bearer {}", client.token());
    for (method, path, media_type, body, code) in cases {
        let mut headers = vec![("authorization", authorization.as_str())];
        headers.extend(media_type.map(|media_type| ("content-type", media_type)));
        let answer = client.send(method, path, &headers, Some(body.as_bytes()));
        check(
            &answer,
            *code,
            &format!("{method} {path} {}", &body[..body.len().min(80)]),
        );
    }
    // What does not fit is named by place.
    let answer = client.post(
        "/tasks",
        &json!({ "taskName": "double", "input": { "n": "1" } }),
    );
    let problem = answer.expect_problem(InputInvalid);
    assert_eq!(
        problem.errors.first().map(|error| error.path.as_str()),
        Some("/n"),
        "{problem:?}"
    );
    // Where the code does not parse is told.
    let problem = client
        .put(
            "/tasks/new",
            &json!({ "code": "// a comment\nmodule.exports = async ( => 1" }),
        )
        .expect_problem(TaskInvalid);
    assert!(problem.detail.contains('2'), "{problem:?}");
}

fn paths_and_methods(client: &Client, finished: &str) {
    let cases = [
        ("GET", "/".to_owned(), RouteNotFound),
        ("GET", "/nothing/here".to_owned(), RouteNotFound),
        ("GET", "/tasks/no-such-task".to_owned(), TaskNotFound),
        ("DELETE", "/tasks/no-such-task".to_owned(), TaskNotFound),
        ("GET", format!("/runs/{NO_RUN}"), RunNotFound),
        ("GET", format!("/tasks/status/{NO_RUN}?wait=1"), RunNotFound),
        ("GET", format!("/runs/{NO_RUN}/journal"), RunNotFound),
        ("GET", format!("/runs/{NO_RUN}/stack"), RunNotFound),
        ("GET", format!("/runs/{NO_RUN}/logs"), RunNotFound),
        ("POST", format!("/runs/{NO_RUN}/cancel"), RunNotFound),
        ("POST", format!("/runs/{finished}/cancel"), RunFinished),
        ("GET", format!("/runs/{finished}?wait=soon"), BadRequest),
        ("GET", format!("/runs/{finished}?wait=-1"), BadRequest),
        ("GET", format!("/runs/{finished}?unknown=1"), BadRequest),
        (
            "GET",
            format!("/runs/{finished}/journal?cursor=!!"),
            BadRequest,
        ),
        ("GET", "/runs?status=sleepy".to_owned(), BadRequest),
        ("GET", "/runs?limit=0".to_owned(), BadRequest),
        ("GET", "/runs?limit=201".to_owned(), BadRequest),
        ("GET", "/runs?limit=many".to_owned(), BadRequest),
        ("GET", "/runs?cursor=AAAA".to_owned(), BadRequest),
        ("GET", "/tasks?unknown=1".to_owned(), BadRequest),
        ("GET", "/keys/kept/no-such-key".to_owned(), KeyNotFound),
        ("DELETE", "/keys/kept/no-such-key".to_owned(), KeyNotFound),
    ];
    for (method, path, code) in &cases {
        check(
            &client.call(method, path, None),
            *code,
            &format!("{method} {path}"),
        );
    }
    for (method, path, allowed) in [
        ("DELETE", "/tasks", ["GET", "POST"].as_slice()),
        ("POST", "/tasks/double", &["GET", "PUT", "DELETE"]),
        ("PUT", "/runs", &["GET"]),
        ("GET", "/sweep", &["POST"]),
        ("POST", "/health", &["GET"]),
        ("PROPFIND", "/tasks", &["GET", "POST"]),
    ] {
        let answer = client.call(method, path, None);
        check(&answer, MethodNotAllowed, &format!("{method} {path}"));
        let listed: Vec<_> = answer.header("allow").split(',').map(str::trim).collect();
        assert!(
            allowed.iter().all(|method| listed.contains(method)),
            "{path}: {listed:?}"
        );
    }
}

fn tokens(client: &Client) {
    let right = client.token();
    let basic = format!("Basic {right}");
    let longer = format!("Bearer {right}x");
    let shorter = format!("Bearer {}", &right[..right.len() - 1]);
    for (method, path) in [
        ("GET", "/tasks"),
        ("GET", "/runs"),
        ("POST", "/tasks"),
        ("PUT", "/tasks/double"),
        ("POST", "/sweep"),
        ("GET", "/metrics"),
        ("GET", "/keys/kept/key"),
        ("GET", "/nothing/here"),
    ] {
        for given in [
            None,
            Some(""),
            Some(right),
            Some("Bearer"),
            Some("Bearer "),
            Some(&basic),
            Some(&longer),
            Some(&shorter),
        ] {
            let headers: Vec<_> = given
                .iter()
                .map(|value| ("authorization", *value))
                .collect();
            let answer = client.send(method, path, &headers, None);
            check(
                &answer,
                Unauthorized,
                &format!("{method} {path} with {given:?}"),
            );
            assert!(!answer.text().contains(right));
            assert!(
                answer.header("www-authenticate").starts_with("Bearer"),
                "{:?}",
                answer.headers
            );
        }
    }
    for open in [
        "/health",
        "/health/ready",
        "/openapi.json",
        "/errors/unauthorized",
    ] {
        assert_eq!(client.send("GET", open, &[], None).status, 200, "{open}");
    }
}

fn origins(client: &Client) {
    let preflight = |origin: &str| {
        let headers = [
            ("origin", origin),
            ("access-control-request-method", "POST"),
            (
                "access-control-request-headers",
                "authorization,content-type",
            ),
        ];
        client.send("OPTIONS", "/tasks", &headers, None)
    };
    let allowed = preflight(ORIGIN);
    assert!(matches!(allowed.status, 200 | 204), "{}", allowed.text());
    assert_eq!(allowed.header("access-control-allow-origin"), ORIGIN);
    assert!(
        allowed
            .header("access-control-allow-methods")
            .contains("POST")
    );
    assert!(
        allowed
            .header("access-control-allow-headers")
            .to_ascii_lowercase()
            .contains("authorization")
    );
    assert!(
        allowed
            .header("vary")
            .to_ascii_lowercase()
            .contains("origin")
    );

    for origin in [
        "https://evil.example.com",
        "https://app.example.com.example.org",
        "null",
    ] {
        let refused = preflight(origin);
        check(&refused, OriginForbidden, origin);
        assert_eq!(refused.header("access-control-allow-origin"), "");
    }
    // Errors, too, are readable by the page that may call.
    let authorization = format!("Bearer {}", client.token());
    let from = |origin| {
        client.send(
            "GET",
            "/runs",
            &[
                ("origin", origin),
                ("authorization", authorization.as_str()),
            ],
            None,
        )
    };
    assert_eq!(
        (
            from(ORIGIN).status,
            from(ORIGIN).header("access-control-allow-origin")
        ),
        (200, ORIGIN)
    );
    assert_eq!(
        from("https://evil.example.com").header("access-control-allow-origin"),
        ""
    );
    let unauthorized = client.send("GET", "/runs", &[("origin", ORIGIN)], None);
    assert_eq!(
        (
            unauthorized.status,
            unauthorized.header("access-control-allow-origin")
        ),
        (401, ORIGIN)
    );
}

/// No address that a client can write reaches a private component.
fn private_components(client: &Client) {
    let token = client.token();
    let host = client.url().trim_start_matches("http://");
    for (component, path) in [
        ("stack-processor", "/sweep"),
        ("stack-processor", "/drain"),
        ("quickjs", "/check"),
        ("quickjs", "/execute"),
        ("wrappedkeystore", "/call"),
    ] {
        let internal = format!("{component}.spin.internal");
        for (target, host) in [
            (path.to_owned(), internal.as_str()),
            (format!("http://{internal}{path}"), host),
            (format!("http://{internal}{path}"), internal.as_str()),
            (format!("//{internal}{path}"), host),
            (format!("/{component}{path}"), host),
        ] {
            // As a client without the token: the one component that can be reached asks for it.
            let head = format!(
                "POST {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: 2\r\n"
            );
            let answer = raw::exchange(client.url(), &format!("{head}\r\n{{}}"));
            // Spin itself hangs up on a host that stands for a component.
            let names_it = host == internal || target.contains(&internal);
            let hung_up = |answer: &str| names_it && answer.is_empty();
            assert!(
                hung_up(&answer) || matches!(raw::status(&answer), 400 | 401 | 404 | 421),
                "{target} at {host}: {answer}"
            );
            assert!(!answer.contains("reclaimed"), "{answer}");
            // And with it: there is nothing but the public API.
            if !matches!(path, "/sweep") {
                let head = format!("{head}Authorization: Bearer {token}\r\n");
                let answer = raw::exchange(client.url(), &format!("{head}\r\n{{}}"));
                assert!(
                    hung_up(&answer) || matches!(raw::status(&answer), 400 | 404 | 405 | 421),
                    "{target} at {host}: {answer}"
                );
            }
        }
    }
}

#[track_caller]
fn check(answer: &Answer, code: ErrorCode, what: &str) {
    assert!(
        answer.text().contains(code.as_str()),
        "{what}: {} {}",
        answer.status,
        answer.text()
    );
    answer.expect_problem(code);
}
