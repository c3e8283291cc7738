//! What is the service's own: bytes, retries, refusals, and what keeps a chain within its part.

mod common;

use common::{KEY, answering, call, failing, project, request, run};
use serde_json::{Value, json};
use tasker_domain::ErrorCode;
use tasker_service::testing::FakeHost;
use tasker_service::{Service, refused, retryable};
use wrappedsupabase::Supabase;

fn json_answer(status: u16, body: &str) -> FakeHost {
    answering(status, &[("content-type", "application/json")], body)
}

#[test]
fn bytes_go_as_base64() {
    let fake = json_answer(200, r#"{"Id":"1","Key":"b/x.bin"}"#);
    let upload =
        "supabase.storage.from('b').upload('x.bin', { base64: 'AP8Q', contentType: 'image/png' })";
    assert_eq!(
        run(upload, &fake).unwrap(),
        json!({"data": {"path": "x.bin", "id": "1", "fullPath": "b/x.bin"}, "error": null})
    );
    let sent = &fake.sent()[0];
    assert_eq!(sent.body, [0, 255, 16]);
    assert!(
        sent.headers
            .contains(&("content-type".into(), "image/png".into()))
    );

    let mut answer = tasker_service::http::Response {
        status: 200,
        headers: vec![("content-type".into(), "image/png".into())],
        body: vec![0, 255, 16],
    };
    let download = "supabase.storage.from('b').download('x.bin')";
    let bytes = json!({"base64": "AP8Q", "size": 3, "type": "image/png"});
    assert_eq!(
        run(download, &project(answer.clone())).unwrap(),
        json!({"data": bytes, "error": null})
    );
    // A function's body and its answer too.
    answer.headers[0].1 = "application/octet-stream".into();
    let fake = project(answer);
    let invoke = "supabase.functions.invoke('f', { body: { base64: 'AP8Q' } })";
    assert_eq!(run(invoke, &fake).unwrap()["data"]["base64"], "AP8Q");
    assert_eq!(fake.sent()[0].body, [0, 255, 16]);

    let refused = run(
        "supabase.storage.from('b').upload('x', { base64: '*' })",
        &json_answer(200, "{}"),
    );
    assert_eq!(refused.unwrap_err()["code"], "invalid_arguments");
}

#[test]
fn what_another_attempt_may_mend_is_left_to_the_executor() {
    let chains = [
        r#"[["from","t"],["select"]]"#,
        r#"[["from","t"],["insert",{"a":1}]]"#,
        r#"["storage",["from","b"],["list"]]"#,
        r#"["auth","admin",["listUsers"]]"#,
        r#"["functions",["invoke","f"]]"#,
    ];
    for chain in chains {
        for status in [408, 429, 500, 502, 503, 504, 520] {
            let fake = answering(status, &[("retry-after", "2")], r#"{"message":"busy"}"#);
            let error = call(&fake, chain).unwrap_err();
            assert!(error.retryable, "{chain} {status}");
            assert_eq!(
                (error.retry_after_ms, error.error.status),
                (Some(2_000), Some(status))
            );
            assert_eq!(error.error.message, "busy");
        }
        let lost = retryable(ErrorCode::UpstreamUnreachable, "no connection", None);
        assert_eq!(call(&failing(lost.clone()), chain).unwrap_err(), lost);
        for status in [400, 401, 403, 409] {
            let value = call(
                &json_answer(status, r#"{"message":"no","msg":"no"}"#),
                chain,
            )
            .unwrap();
            let value: Value = serde_json::from_str(&value).unwrap();
            assert!(value["error"]["message"].is_string(), "{chain} {status}");
        }
    }
    // The chain's own word on retries, and an answer that the database itself gave.
    let once = r#"[["from","t"],["select"],["retry",false]]"#;
    let value = call(&json_answer(503, r#"{"message":"busy"}"#), once).unwrap();
    assert!(value.contains(r#""status":503"#));
    let lost = retryable(ErrorCode::UpstreamUnreachable, "no connection", None);
    assert!(!call(&failing(lost), once).unwrap_err().retryable);
    let own = json_answer(500, r#"{"code":"42P17","message":"infinite recursion"}"#);
    assert!(call(&own, chains[0]).is_ok());
    let down = json_answer(500, r#"{"code":"57P03","message":"starting up"}"#);
    assert!(call(&down, chains[0]).unwrap_err().retryable);
}

#[test]
fn errors_are_thrown_where_the_chain_says_so() {
    let body = r#"{"code":"23505","details":"Key (id)=(1) already exists.","hint":null,"message":"duplicate"}"#;
    let error = call(
        &json_answer(409, body),
        r#"[["from","t"],["insert",{}],["throwOnError"]]"#,
    )
    .unwrap_err();
    assert!(!error.retryable);
    let error = error.error;
    assert_eq!(
        (error.name.as_str(), error.message.as_str()),
        ("PostgrestError", "duplicate")
    );
    assert_eq!(
        (error.code.as_deref(), error.status),
        (Some("23505"), Some(409))
    );
    assert_eq!(error.body.as_deref(), Some(body));

    let body = r#"{"statusCode":"404","error":"not_found","message":"Object not found"}"#;
    let args = r#"["storage",["from","b"],["throwOnError"],["download","x"]]"#;
    let error = call(&json_answer(400, body), args).unwrap_err().error;
    assert_eq!(
        (error.name.as_str(), error.code.as_deref()),
        ("StorageApiError", Some("404"))
    );
}

#[test]
fn what_is_not_there_is_refused_with_what_is() {
    let fake = json_answer(200, "[]");
    for (args, part) in [
        (r#"[["form","t"],["select"]]"#, "did you mean `from`?"),
        (r#"[["from","t"],["selct"]]"#, "did you mean `select`?"),
        (r#"[["from","t"],["eq","a",1]]"#, "select, insert, upsert"),
        (
            r#"[["from","t"],["select"],["likeAll","a",[]]]"#,
            "did you mean `likeAllOf`?",
        ),
        (
            r#"[["from","t"],["select"],["ordered"]]"#,
            "did you mean `order`?",
        ),
        (r#"[["from","t"],["select"],"eq"]"#, "has no method `eq`"),
        (
            r#"["storage",["from","b"],["uplaod","x"]]"#,
            "did you mean `upload`?",
        ),
        (
            r#"["storage",["listBucket"]]"#,
            "did you mean `listBuckets`?",
        ),
        (
            r#"["auth","admin",["createUsers"]]"#,
            "did you mean `createUser`?",
        ),
        (r#"["auth",["signInWithPassword",{}]]"#, "only `admin`"),
        (r#"["functions",["call","f"]]"#, "invoke"),
        (r#"["realtime",["channel","x"]]"#, "there are: from, rpc"),
        (r#"[["from","t"]]"#, "nothing to do after from"),
        (r#"[["schema","s"]]"#, "nothing to do after schema"),
        (r#"["storage"]"#, "is not a function"),
        (r#"["auth","admin"]"#, "is not a function"),
        (r#"["functions"]"#, "is not a function"),
        (r#"[["from",""],["select"]]"#, "non-empty string"),
        (
            r#"[["from","t"],["select"],["csv"],["stripNulls"]]"#,
            "cannot be used with csv",
        ),
        (r#"{}"#, "not the steps of a chain"),
        ("[]", "not the steps of a chain"),
    ] {
        let error = call(&fake, args).unwrap_err();
        assert!(
            !error.retryable && error.error.message.contains(part),
            "{args}: {error:?}"
        );
    }
    let many = vec![r#"["eq","a",1]"#; 499].join(",");
    let error = call(&fake, &format!(r#"[["from","t"],["select"],{many}]"#)).unwrap_err();
    assert!(error.error.message.contains("1 to 500"));
    assert!(fake.sent().is_empty());
}

#[test]
fn no_name_leads_out_of_its_part() {
    let fake = json_answer(200, "[]");
    for args in [
        r#"[["from","../../auth/v1/admin/users"],["select"]]"#,
        r#"[["from","rpc/secret"],["select"]]"#,
        r#"[["from",".."],["select"]]"#,
        r#"[["from","%2e%2E"],["select"]]"#,
        r#"[["from","..?x"],["select"]]"#,
        r#"[["from",".\t."],["select"]]"#,
        r#"[["rpc","..\\..\\auth"]]"#,
        r#"[["rpc","a/b"]]"#,
        r#"["storage",["from","b/../c"],["list"]]"#,
        r#"["storage",["from","b"],["download","../../../rest/v1/users"]]"#,
        r#"["storage",["from","b"],["upload","a/..//../../x","y"]]"#,
        r#"["storage",["getBucket","../object"]]"#,
        r#"["functions",["invoke","../../rest/v1/users"]]"#,
        r#"["functions",["invoke","a/%2e%2e/../b"]]"#,
        r#"[["from","t"],["select"],["setHeader","host","example.com"]]"#,
        r#"[["from","t"],["select"],["setHeader","x-a","b\r\nx-c: d"]]"#,
        r#"[["from","t"],["select"],["setHeader","a b","c"]]"#,
        r#"["functions",["invoke","f",{"headers":{"Content-Length":"1"}}]]"#,
        r#"["functions",["invoke","f",{"method":"CONNECT"}]]"#,
        r#"["auth","admin",["getUserById","../users"]]"#,
    ] {
        let error = call(&fake, args).unwrap_err();
        assert!(
            error.error.is(ErrorCode::InvalidArguments),
            "{args}: {error:?}"
        );
    }
    let long = format!(
        r#"[["from","t"],["select"],["in","id",["{}"]]]"#,
        "x".repeat(40_000)
    );
    assert!(
        call(&fake, &long)
            .unwrap_err()
            .error
            .message
            .contains("at most 32768")
    );
    let headers: String = (0..80)
        .map(|index| format!(r#",["setHeader","x-{index}","y"]"#))
        .collect();
    assert!(call(&fake, &format!(r#"[["from","t"],["select"]{headers}]"#)).is_err());
    assert!(fake.sent().is_empty());
}

#[test]
fn the_project_is_the_operators() {
    let select = r#"[["from","t"],["select"]]"#;
    for (url, path, expected) in [
        (
            "https://project.example.com/",
            "",
            "https://project.example.com/rest/v1/t?select=*",
        ),
        (
            " http://127.0.0.1:54321",
            "/",
            "http://127.0.0.1:54321/rest/v1/t?select=*",
        ),
        (
            "https://example.com",
            "base/",
            "https://example.com/base/rest/v1/t?select=*",
        ),
    ] {
        let fake = json_answer(200, "[]")
            .with("supabase_url", url)
            .with("supabase_base_path", path);
        call(&fake, select).unwrap();
        assert_eq!(fake.sent()[0].url, expected);
    }
    for url in [
        "",
        "project.example.com",
        "ftp://example.com",
        "https://",
        "https://example.com?x=y",
        "https://example.com/rest/v1",
    ] {
        let fake = json_answer(200, "[]").with("supabase_url", url);
        let error = call(&fake, select).unwrap_err();
        assert!(
            error.error.message.contains("supabase_url"),
            "{url}: {error:?}"
        );
    }
    let keyless = json_answer(200, "[]").without_credentials();
    let error = call(&keyless, select).unwrap_err();
    assert!(error.error.is(ErrorCode::CredentialMissing));
    // A URL is made without the key.
    let public = r#"["storage",["from","b"],["getPublicUrl","a.png"]]"#;
    assert!(
        call(&keyless, public)
            .unwrap()
            .contains("/storage/v1/object/public/b/a.png")
    );

    for error in [
        call(&json_answer(429, "slow down"), select).unwrap_err(),
        call(&failing(refused(ErrorCode::HostForbidden, "no")), select).unwrap_err(),
        call(
            &json_answer(400, "{"),
            r#"[["from","t"],["select"],["throwOnError"]]"#,
        )
        .unwrap_err(),
    ] {
        assert!(!format!("{error:?}").contains(KEY));
    }
}

#[test]
fn a_policy_sees_what_is_called_not_what_is_said() {
    let said = vec!["from".to_owned(), "select".to_owned()];
    let call = request(said, r#"[["from","users"],["delete"],["eq","id",1]]"#);
    assert_eq!(Supabase.policy_path(&call).unwrap(), ["from", "delete"]);
    assert!(Supabase.policy_path(&request(vec![], "5")).is_err());
}

#[test]
fn hostile_answers_are_answers() {
    let deep = "[".repeat(100_000);
    for body in [
        "",
        "null",
        "[]",
        "5",
        "\"x\"",
        "{",
        "\u{feff}[1]",
        deep.as_str(),
        r#"{"error":{"message":5}}"#,
    ] {
        for status in [200, 201, 204, 304, 400, 404, 418] {
            for args in [
                r#"[["from","t"],["select","*",{"count":"exact"}],["maybeSingle"]]"#,
                r#"[["rpc","f"],["throwOnError"]]"#,
                r#"["storage",["from","b"],["createSignedUrls",["x"],1]]"#,
                r#"["storage",["from","b"],["createSignedUploadUrl","x"]]"#,
                r#"["storage",["from","b"],["info","x"]]"#,
                r#"["auth","admin",["listUsers"]]"#,
                r#"["auth","admin",["generateLink",{}]]"#,
                r#"["functions",["invoke","f"]]"#,
            ] {
                let headers = [
                    ("content-type", "application/json"),
                    ("content-range", "0-1/99999999999999999999"),
                    ("link", ";,=;=,<a=ü>;rel"),
                    ("x-total-count", "many"),
                ];
                if let Ok(json) = call(&answering(status, &headers, body), args) {
                    let value: Value = serde_json::from_str(&json).expect("JSON");
                    assert!(value.get("data").is_some() && value.get("error").is_some());
                }
            }
        }
    }
}
