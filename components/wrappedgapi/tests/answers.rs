//! What Google answers, well or badly, and documents that are fetched.

mod common;

use common::{Fake, TOKEN_URL, json_response, response};
use futures::executor::block_on;
use serde_json::{Value, json};
use tasker_domain::ErrorCode;
use tasker_service::http::Response;

fn answering(answer: Response) -> Fake {
    Fake::new(move |request, _| match request.url == TOKEN_URL {
        true => json_response(200, &json!({})),
        false => answer.clone(),
    })
}

#[test]
fn answers_are_what_the_official_client_has_in_data() {
    let get = json!({"fileId": "1", "alt": "media"});
    for (content_type, body, options, value) in [
        (
            "application/json; charset=UTF-8",
            &b"{\"a\": 1.0}"[..],
            json!({}),
            json!({"a": 1.0}),
        ),
        ("application/json", b"", json!({}), json!("")),
        ("text/csv; charset=utf-8", b"a,b", json!({}), json!("a,b")),
        (
            "text/plain",
            b"{}",
            json!({"responseType": "json"}),
            json!({}),
        ),
        (
            "application/json",
            b"{}",
            json!({"responseType": "text"}),
            json!("{}"),
        ),
        ("text/plain", b"\xff", json!({}), json!("\u{fffd}")),
        (
            "image/png",
            b"\x89PNG",
            json!({}),
            json!({"contentType": "image/png", "base64": "iVBORw=="}),
        ),
        (
            "image/png",
            b"\x89PNG",
            json!({"responseType": "base64"}),
            json!("iVBORw=="),
        ),
        (
            "image/png",
            b"\x89PNG",
            json!({"responseType": "arraybuffer"}),
            json!("iVBORw=="),
        ),
    ] {
        let host = answering(response(200, content_type, body));
        let answer = block_on(host.call("drive.files.get", json!([get, options]))).unwrap();
        assert_eq!(answer, value, "{content_type} {options}");
    }
    let gone = answering(response(204, "text/html", b""));
    assert_eq!(
        block_on(gone.call("drive.files.delete", json!([{"fileId": "1"}]))).unwrap(),
        json!("")
    );
}

#[test]
fn errors_have_googles_reason_and_say_whether_to_try_again() {
    let old = |reason: &str| json!({"error": {"code": 0, "message": "Said.", "errors": [{"reason": reason, "domain": "global"}], "status": "X"}});
    let new = json!({"error": {"code": 403, "message": "Said.", "status": "PERMISSION_DENIED", "details": [
        {"@type": "type.googleapis.com/google.rpc.Help"},
        {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "ACCESS_TOKEN_SCOPE_INSUFFICIENT"},
    ]}});
    for (status, body, code, retryable) in [
        (404, old("notFound"), "notFound", false),
        (403, old("rateLimitExceeded"), "rateLimitExceeded", true),
        (
            403,
            old("userRateLimitExceeded"),
            "userRateLimitExceeded",
            true,
        ),
        (403, old("quotaExceeded"), "quotaExceeded", true),
        (403, old("forbidden"), "forbidden", false),
        (403, new, "ACCESS_TOKEN_SCOPE_INSUFFICIENT", false),
        (409, old("duplicate"), "duplicate", false),
        (412, old("conditionNotMet"), "conditionNotMet", false),
        (
            429,
            json!({"error": {"message": "Said.", "status": "RESOURCE_EXHAUSTED"}}),
            "RESOURCE_EXHAUSTED",
            true,
        ),
        (
            500,
            json!({"error": {"message": "Said.", "errors": "?"}}),
            "upstream_failed",
            true,
        ),
    ] {
        let mut answer = json_response(status, &body);
        answer
            .headers
            .push(("retry-after".to_owned(), "7".to_owned()));
        let error =
            block_on(answering(answer).call("tasks.tasklists.list", json!([]))).unwrap_err();
        assert_eq!(error.error.code.as_deref(), Some(code), "{body}");
        assert_eq!(
            (error.error.message.as_str(), error.error.status),
            ("Said.", Some(status))
        );
        assert_eq!(
            serde_json::from_str::<Value>(&error.error.body.unwrap()).unwrap(),
            body
        );
        assert_eq!(
            (error.retryable, error.retry_after_ms),
            (retryable, retryable.then_some(7_000)),
            "{body}"
        );
    }
}

#[test]
fn hostile_bodies_become_errors() {
    let deep = "[".repeat(100_000);
    for (status, body) in [
        (200, "{\"messages\": [".as_bytes()),
        (200, b"<html>"),
        (200, b"\xff\xfe{}"),
        (200, deep.as_bytes()),
        (400, b"<html>"),
        (404, b"{\"error\": [{\"errors\": 5}]}"),
        (500, deep.as_bytes()),
        (418, b"null"),
        (400, b"{\"error\": {\"message\": 5, \"errors\": [{\"reason\": {}}], \"details\": {\"a\": 1}, \"status\": []}}"),
    ] {
        for method in ["drive.files.list", "drive.files.create"] {
            let host = answering(response(status, "application/json", body));
            let error = block_on(host.call(method, json!([]))).unwrap_err();
            let reads = method.ends_with("list");
            assert_eq!(error.retryable, status == 500 || status == 200 && reads, "{error:?}");
            assert!(error.error.body.is_some_and(|body| body.len() < 20_000));
        }
    }
}

/// A small API that is not packed.
fn discovery() -> Value {
    json!({
        "kind": "discovery#restDescription", "name": "forms", "version": "v1",
        "rootUrl": "https://forms.googleapis.com/", "servicePath": "",
        "auth": {"oauth2": {"scopes": {"https://www.googleapis.com/auth/forms.body.readonly": {"description": "See"}}}},
        "parameters": {"fields": {"location": "query", "type": "string"}},
        "resources": {"forms": {
            "methods": {"get": {
                "id": "forms.forms.get", "httpMethod": "GET", "path": "v1/forms/{formId}",
                "parameters": {"formId": {"location": "path", "required": true, "type": "string"}},
                "scopes": ["https://www.googleapis.com/auth/forms.body.readonly"],
            }},
            "resources": {"responses": {"methods": {"list": {
                "httpMethod": "GET", "path": "v1/forms/{formId}/responses",
                "parameters": {"formId": {"location": "path", "required": true, "type": "string"}},
            }}}},
        }},
    })
}

#[test]
fn any_other_api_is_fetched_once() {
    let host = Fake::new(|request, _| {
        json_response(
            200,
            &match request.url.as_str() {
                "https://www.googleapis.com/discovery/v1/apis?name=forms&preferred=true" => {
                    json!({"items": [{"version": "v1"}]})
                }
                "https://www.googleapis.com/discovery/v1/apis/forms/v1/rest" => {
                    return json_response(404, &json!({}));
                }
                "https://forms.googleapis.com/$discovery/rest?version=v1" => discovery(),
                _ => json!({}),
            },
        )
    });
    let params = json!([{"formId": "f1", "fields": "title"}]);
    block_on(host.call("forms.forms.get", params.clone())).unwrap();
    let calls = host.calls();
    assert_eq!(calls.len(), 4);
    assert!(
        calls[..3]
            .iter()
            .all(|call| call.headers.iter().all(|(name, _)| name != "authorization"))
    );
    assert_eq!(
        calls[3].url,
        "https://forms.googleapis.com/v1/forms/f1?fields=title"
    );
    block_on(host.call("forms.forms.get", params)).unwrap();
    assert_eq!(host.calls().len(), 5, "the document is kept");
    let error = block_on(host.call("forms.forms.response.list", json!([]))).unwrap_err();
    assert!(
        error
            .error
            .message
            .contains("did you mean `forms.forms.responses.list`?"),
        "{error:?}"
    );
    assert_eq!(host.calls().len(), 5);
    host.now.set(host.now.get() + 25 * 60 * 60 * 1000);
    block_on(host.call("forms.forms.get", json!([{"formId": "f1"}]))).unwrap();
    assert_eq!(host.calls().len(), 9, "and fetched again after a day");
}

#[test]
fn documents_that_cannot_be_used_are_refused() {
    let elsewhere = |root: &str| {
        let mut document = discovery();
        document["rootUrl"] = root.into();
        document
    };
    let mut named = discovery();
    named["name"] = "gmail".into();
    let mut endless = json!({"methods": {}});
    for _ in 0..40 {
        endless = json!({"resources": {"a": endless}});
    }
    let mut deep = discovery();
    deep["resources"] = json!({"a": endless});
    for (document, code) in [
        (
            elsewhere("https://evil.example.com/"),
            ErrorCode::HostForbidden,
        ),
        (
            elsewhere("https://forms.googleapis.com.evil.example.com/"),
            ErrorCode::HostForbidden,
        ),
        (
            elsewhere("http://forms.googleapis.com/"),
            ErrorCode::HostForbidden,
        ),
        (named, ErrorCode::UpstreamInvalid),
        (deep, ErrorCode::UpstreamInvalid),
        (json!("x"), ErrorCode::UpstreamInvalid),
        (json!({}), ErrorCode::UpstreamInvalid),
    ] {
        let served = document.clone();
        let host = Fake::new(move |_, _| json_response(200, &served));
        let error =
            block_on(host.call("forms_v1.forms.get", json!([{"formId": "f1"}]))).unwrap_err();
        assert!(error.error.is(code), "{document}: {error:?}");
        assert_eq!((host.token_requests(), host.calls().len()), (0, 1));
    }
    let missing = Fake::new(|_, _| json_response(404, &json!({})));
    let error = block_on(missing.call("gmial_v1.users.getProfile", json!([]))).unwrap_err();
    assert!(
        error.error.message.contains("did you mean `gmail`?"),
        "{error:?}"
    );
}
