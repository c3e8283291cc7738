//! Answers as no upstream should give them, arguments as no task should: all end in a value or a typed error.

mod common;

use common::{FakeHost, answer, answering, call, json_answer};
use serde_json::{Value, json};
use tasker_domain::ErrorCode;
use tasker_service::retryable;

const STREAM: &str = "text/event-stream";

fn chat(stream: bool) -> Value {
    json!([{"model": "m", "messages": [], "stream": stream}])
}

#[test]
fn answers_that_cannot_be_used_are_errors_without_another_attempt() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let bomb = [0x1f, 0x8b, 0x08, 0, 0, 0, 0, 0, 0, 3, 0xed, 0xc1];
    for body in [
        &b"{"[..],
        b"",
        b"nul",
        b"{\"a\":1}}",
        b"\xff\xfe{}",
        deep.as_bytes(),
        &bomb,
        b"<html>",
        b"{\"a\":1e999}",
    ] {
        let outcome = call(
            &answering([answer(200, "application/json", body)]),
            "models.retrieve",
            &json!(["m"]),
        );
        if body.is_empty() {
            assert_eq!(outcome.unwrap(), "null");
            continue;
        }
        let error = outcome.expect_err(&String::from_utf8_lossy(&body[..body.len().min(20)]));
        assert!(
            !error.retryable && error.error.is(ErrorCode::UpstreamInvalid),
            "{error:?}"
        );
        assert!(error.error.message.len() < 300, "{error:?}");
    }
    // Of the wrong shape, but JSON: the task sees it as it is.
    for body in [
        "[]",
        "5",
        "\"x\"",
        "null",
        r#"{"object":"response","output":5}"#,
        r#"{"data":{"a":1}}"#,
    ] {
        for (method, args) in [
            ("models.list", json!([])),
            ("files.list", json!([])),
            ("responses.create", json!([{"model": "m"}])),
            ("chat.completions.create", chat(false)),
            ("chat.completions.parse", chat(false)),
            ("responses.parse", json!([{"model": "m"}])),
        ] {
            let value = call(&answering([json_answer(200, body)]), method, &args);
            let value: Value = serde_json::from_str(
                &value.unwrap_or_else(|error| panic!("{method} {body}: {error:?}")),
            )
            .unwrap();
            let text = value.to_string();
            assert!(
                value.is_object() || text == body,
                "{method} {body}: {value}"
            );
        }
    }
    let wrong = call(
        &answering([json_answer(200, "[]")]),
        "embeddings.create",
        &json!([{"model": "m", "input": "x"}]),
    );
    assert!(wrong.unwrap_err().error.is(ErrorCode::UpstreamInvalid));
    // Numbers keep every digit.
    let exact = r#"{"id":9007199254740993,"p":0.1234567890123456789}"#;
    assert_eq!(
        call(
            &answering([json_answer(200, exact)]),
            "models.retrieve",
            &json!(["m"])
        )
        .unwrap(),
        exact
    );
}

#[test]
fn streams_that_are_cut_or_wrong_are_errors() {
    let chunk = r#"data: {"id":"c","choices":[{"index":0,"delta":{"role":"assistant","content":"x"},"finish_reason":null}]}"#;
    let created =
        r#"data: {"type":"response.created","response":{"status":"in_progress","output":[]}}"#;
    for (method, body, again) in [
        ("chat.completions.create", String::new(), true),
        ("chat.completions.create", format!("{chunk}\n\n"), true),
        ("chat.completions.create", chunk.to_owned(), true),
        ("chat.completions.create", "data: {\"choices\":[{\"index\":4294967295,\"delta\":{}}]}\n\n".to_owned(), false),
        ("chat.completions.create", "data: {\"choices\":[{\"index\":-1,\"delta\":{}}]}\n\n".to_owned(), false),
        ("chat.completions.create", "data: [1]\n\n".to_owned(), false),
        ("chat.completions.create", "data: {\n\n".to_owned(), false),
        ("chat.completions.create", "data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":999999999,\"id\":\"x\"}]}}]}\n\n".to_owned(), false),
        ("chat.completions.create", format!("data: {}\n\n", "[".repeat(200_000)), false),
        ("responses.create", format!("{created}\n\n"), true),
        ("responses.create", "data: {\"type\":\"response.output_text.delta\"}\n\n".to_owned(), false),
        ("responses.create", format!("{created}\n\ndata: {{\"type\":\"response.output_item.done\",\"output_index\":18446744073709551615,\"item\":{{}}}}\n\n"), false),
        ("responses.create", format!("{created}\n\ndata: {{\"type\":\"response.output_text.delta\",\"output_index\":0,\"content_index\":0,\"delta\":\"x\"}}\n\n"), false),
        ("completions.create", "data: {\"choices\":[{\"index\":0,\"text\":\"x\",\"finish_reason\":null}]}\n\n".to_owned(), true),
        ("images.generate", String::new(), true),
    ] {
        let host = answering([answer(200, STREAM, body.as_bytes())]);
        let error = call(&host, method, &chat(true)).expect_err(&body);
        assert!(error.error.is(ErrorCode::UpstreamInvalid), "{body:.100}: {error:?}");
        assert_eq!(error.retryable, again, "{body:.100}: {error:?}");
    }
    for (body, code, again) in [
        (
            r#"{"error":{"message":"Overloaded","code":"server_error"}}"#,
            "server_error",
            true,
        ),
        (
            r#"{"error":{"message":"Too long","type":"invalid_request_error","code":null}}"#,
            "invalid_request_error",
            false,
        ),
        (
            r#"{"type":"error","message":"No","code":"bad"}"#,
            "bad",
            false,
        ),
        (r#"{"error":"text"}"#, "upstream_failed", false),
    ] {
        let host = answering([answer(
            200,
            STREAM,
            format!("{chunk}\n\ndata: {body}\n\n").as_bytes(),
        )]);
        let error = call(&host, "chat.completions.create", &chat(true)).unwrap_err();
        assert_eq!(
            (
                error.error.name.as_str(),
                error.error.code.as_deref(),
                error.retryable
            ),
            ("APIError", Some(code), again)
        );
    }
    // A server that does not stream in spite of what was asked.
    let plain = call(
        &answering([json_answer(200, r#"{"id":"c"}"#)]),
        "chat.completions.create",
        &chat(true),
    );
    assert_eq!(plain.unwrap(), r#"{"id":"c"}"#);
}

#[test]
fn streams_of_other_methods_are_gathered_too() {
    let gathered = |method: &str, args: Value, body: &str| -> Value {
        let value = call(
            &answering([answer(200, STREAM, body.as_bytes())]),
            method,
            &args,
        )
        .unwrap();
        serde_json::from_str(&value).unwrap()
    };
    let text = gathered(
        "completions.create",
        json!([{"model": "m", "prompt": "x", "stream": true}]),
        "data: {\"id\":\"c\",\"choices\":[{\"index\":0,\"text\":\"a\",\"finish_reason\":null}]}\n\ndata: {\"id\":\"c\",\"choices\":[{\"index\":0,\"text\":\"b\",\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n",
    );
    assert_eq!(
        text["choices"],
        json!([{"index": 0, "text": "ab", "finish_reason": "stop"}])
    );
    let image = gathered(
        "images.generate",
        json!([{"prompt": "x", "stream": true}]),
        "event: a\ndata: {\"type\":\"image_generation.partial_image\"}\n\ndata: {\"type\":\"image_generation.completed\",\"b64_json\":\"AA\"}\n\n",
    );
    assert_eq!(image["type"], "image_generation.completed");
    let any = gathered(
        "post",
        json!(["/x", {"body": {"stream": true}}]),
        "data: 1\n\ndata: {\"a\":2}\n\n",
    );
    assert_eq!(any, json!([1, {"a": 2}]));
    let custom = gathered(
        "chat.completions.create",
        chat(true),
        "data: {\"id\":\"c\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"tool_calls\":[{\"index\":0,\"id\":\"t\",\"type\":\"custom\",\"custom\":{\"name\":\"n\",\"input\":\"a\"}}]}}]}\n\ndata: {\"id\":\"c\",\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":0,\"custom\":{\"input\":\"b\"}}]},\"finish_reason\":\"tool_calls\"}]}\n\n",
    );
    assert_eq!(
        custom["choices"][0]["message"]["tool_calls"][0]["custom"],
        json!({"name": "n", "input": "ab"})
    );
}

#[test]
fn the_upstream_says_whether_and_when_to_try_again() {
    let refused = |status: u16, headers: &[(&str, &str)], body: &str| {
        let mut response = json_answer(status, body);
        response.headers.extend(
            headers
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
        );
        call(&answering([response]), "models.list", &json!([])).unwrap_err()
    };
    for (status, headers, body, again, wait) in [
        (408, vec![], "{}", true, None),
        (409, vec![], "{}", true, None),
        (429, vec![("retry-after", "2")], "{}", true, Some(2_000)),
        (
            429,
            vec![("retry-after", "2"), ("retry-after-ms", "1500.5")],
            "{}",
            true,
            Some(1_500),
        ),
        (429, vec![("x-should-retry", "false")], "{}", false, None),
        (400, vec![("x-should-retry", "true")], "{}", true, None),
        (
            503,
            vec![("retry-after", "Tue, 14 Nov 2023 22:13:30 GMT")],
            "",
            true,
            Some(10_000),
        ),
        (429, vec![("retry-after-ms", "NaN")], "{}", true, None),
        (
            429,
            vec![],
            r#"{"error":{"message":"quota","code":"insufficient_quota"}}"#,
            false,
            None,
        ),
        (401, vec![], "{}", false, None),
    ] {
        let error = refused(status, &headers, body);
        assert_eq!(
            (error.retryable, error.retry_after_ms),
            (again, wait),
            "{status} {headers:?}"
        );
        assert_eq!(error.error.status, Some(status));
    }
    let huge = refused(500, &[], &"x".repeat(1 << 20)).error;
    assert!(huge.message.len() < 2_100 && huge.body.unwrap().len() < 10_000);

    for (code, name) in [
        (ErrorCode::UpstreamUnreachable, "APIConnectionError"),
        (ErrorCode::UpstreamTimeout, "APIConnectionTimeoutError"),
        (ErrorCode::UpstreamTooLarge, "Error"),
    ] {
        let error = call(
            &answering([]).failing(retryable(code, "x", None)),
            "models.list",
            &json!([]),
        )
        .unwrap_err();
        assert_eq!(
            (
                error.error.name.as_str(),
                error.error.is(code),
                error.retryable
            ),
            (name, true, true)
        );
    }
}

#[test]
fn calls_that_cannot_be_made_say_why() {
    for (method, args, part) in [
        (
            "chat.completion.create",
            json!([{}]),
            "did you mean `chat.completions.create`?",
        ),
        (
            "chat.completions.create",
            json!([]),
            "`tools.openai.chat.completions.create(body, options)`",
        ),
        ("chat.completions.create", json!(["x"]), "must be an object"),
        ("chat.completions.create", json!([{}, {}, {}]), "at most 2"),
        ("models.retrieve", json!([5]), "id must be a string"),
        ("models.retrieve", json!([".."]), "the id of something"),
        (
            "models.list",
            json!([{"headers": {"authorization": "Bearer x"}}]),
            "`authorization`",
        ),
        (
            "vectorStores.files.retrieve",
            json!(["f", {}]),
            "`vector_store_id` must be a string",
        ),
        (
            "vectorStores.files.retrieve",
            json!(["f"]),
            "(id, params, options)",
        ),
        (
            "get",
            json!(["https://example.com/x"]),
            "must begin with `/`",
        ),
        ("get", json!(["/a/../b"]), "`..`"),
        ("post", json!(["/a", {"body": {}, "form": {}}]), "not both"),
        ("post", json!(["/a", {"bodi": {}}]), "no `bodi`"),
        (
            "files.create",
            json!([{"file": {"name": "a", "base64": "***"}}]),
            "`file.base64`",
        ),
        (
            "models.list",
            json!([{"query": {"a": "x".repeat(20_000)}}]),
            "the query is longer",
        ),
    ] {
        let host = answering([]);
        let error = call(&host, method, &args).unwrap_err();
        assert!(
            error.error.message.contains(part) && !error.retryable,
            "{method}: {error:?}"
        );
        assert!(host.sent().is_empty());
    }
    let deep = format!("[{}{}]", "[".repeat(500), "]".repeat(500));
    let request = serde_json::from_value(json!({
        "run": "0190b6f0-0000-7000-8000-000000000000", "task": "t", "method": ["models", "list"], "args": deep, "idempotencyKey": "k",
    }));
    let refused = futures::executor::block_on(tasker_service::Service::call(
        &wrappedopenai::OpenAi,
        &answering([]),
        &request.unwrap(),
    ));
    assert!(refused.unwrap_err().error.is(ErrorCode::InvalidArguments));
}

#[test]
fn the_operators_settings_hold() {
    let sent = |host: FakeHost, args: &Value| {
        call(&host, "models.list", args).unwrap();
        host.sent().remove(0)
    };
    let ok = || answering([json_answer(200, "{}")]);
    let header = |request: &tasker_service::http::Request, name: &str| {
        let all: Vec<_> = request
            .headers
            .iter()
            .filter(|(other, _)| other == name)
            .map(|(_, value)| value.clone())
            .collect();
        all.join(",")
    };
    let other = json!([{"headers": {"OpenAI-Organization": "other", "OpenAI-Project": "other"}, "timeout": 1500}]);
    let request = sent(ok(), &other);
    assert_eq!(
        (
            header(&request, "openai-organization"),
            header(&request, "openai-project")
        ),
        ("org-1".into(), "proj-1".into())
    );
    assert_eq!(request.timeout.unwrap().as_millis(), 1_500);
    let request = sent(ok().with("openai_organization", ""), &other);
    assert_eq!(header(&request, "openai-organization"), "other");

    // A private server, at the root, without a key.
    let request = sent(
        ok().with("openai_base_url", "http://127.0.0.1:8080/")
            .with("openai_base_path", "")
            .without_credentials(),
        &json!([]),
    );
    assert_eq!(
        (request.url.as_str(), header(&request, "authorization")),
        ("http://127.0.0.1:8080/models", String::new())
    );
    for (host, code, part) in [
        (
            answering([])
                .without_credentials()
                .with("openai_base_url", "https://api.openai.com"),
            ErrorCode::CredentialMissing,
            "`openai_api_key`",
        ),
        (
            answering([]).with("openai_base_url", "https://api.example.com/v1"),
            ErrorCode::ServiceUnavailable,
            "`openai_base_path`",
        ),
        (
            answering([]).with("openai_base_path", "/../x"),
            ErrorCode::ServiceUnavailable,
            "`openai_base_path`",
        ),
    ] {
        let error = call(&host, "models.list", &json!([])).unwrap_err();
        assert!(
            error.error.is(code) && error.error.message.contains(part) && !error.retryable,
            "{error:?}"
        );
    }

    let host = answering([json_answer(200, "{}"), json_answer(200, "{}")]);
    call(&host, "responses.cancel", &json!(["r"])).unwrap();
    call(
        &host,
        "responses.cancel",
        &json!(["r", {"idempotencyKey": "mine"}]),
    )
    .unwrap();
    let keys: Vec<_> = host
        .sent()
        .iter()
        .map(|request| header(request, "idempotency-key"))
        .collect();
    assert_eq!(keys, ["run:0.1", "mine"]);
}
