//! What a task gets: every status is an answer, and some failures are worth another attempt.

mod common;

use common::{bare, open, redirect, request, text};
use serde_json::{Value, json};
use tasker_domain::ErrorCode;
use tasker_domain::wire::ServiceError;
use tasker_service::http::Response;
use tasker_service::testing::answer;
use tasker_service::{refused, retryable};

const URL: &str = "https://api.example.com/v1";

fn fetch(init: &Value, response: Response) -> Result<Value, ServiceError> {
    request(&open([response]), init)
}

#[test]
fn an_answer_has_all_of_the_response() {
    let mut response = answer(200, "text/plain; charset=utf-8", "grün \u{1F600}");
    for value in ["a=1; Path=/", "b=2"] {
        response.headers.push(("set-cookie".into(), value.into()));
    }
    let value = fetch(
        &json!({ "url": "https://api.example.com/v1#here" }),
        response,
    )
    .unwrap();
    assert_eq!(
        value,
        json!({
            "url": URL, "status": 200, "statusText": "OK", "redirected": false,
            "headers": [["content-type", "text/plain; charset=utf-8"], ["set-cookie", "a=1; Path=/"], ["set-cookie", "b=2"]],
            "body": { "text": "grün \u{1F600}" },
        })
    );
    let get = |response| fetch(&json!({ "url": URL }), response).unwrap();
    assert_eq!(
        get(answer(200, "image/png", b"\xff\0"))["body"],
        json!({ "base64": "/wA=" })
    );
    assert_eq!(get(text(""))["body"], json!({ "text": "" }));
    assert_eq!(
        get(text("\u{feff}x"))["body"],
        json!({ "text": "\u{feff}x" })
    );
    for status in [204, 205, 304] {
        assert_eq!(get(bare(status, &[]))["body"], json!(null), "{status}");
    }
    let head = fetch(
        &json!({ "url": URL, "method": "HEAD" }),
        bare(200, &[("content-length", "5")]),
    )
    .unwrap();
    assert_eq!(
        (&head["body"], &head["headers"]),
        (&json!(null), &json!([["content-length", "5"]]))
    );
}

#[test]
fn what_is_compressed_cannot_be_read() {
    let mut response = text("not to be read");
    response
        .headers
        .push(("content-encoding".into(), "gzip".into()));
    let error = fetch(&json!({ "url": URL }), response.clone()).unwrap_err();
    assert!(
        error.error.is(ErrorCode::UpstreamInvalid) && !error.retryable && error.answer.is_none()
    );
    response.body.clear();
    assert!(fetch(&json!({ "url": URL }), response).is_ok());
}

#[test]
fn a_failure_that_passes_is_tried_again_and_is_the_answer_at_last() {
    for (status, again) in [
        (400, false),
        (401, false),
        (403, false),
        (404, false),
        (409, false),
        (422, false),
        (500, false),
        (501, false),
        (408, true),
        (425, true),
        (429, true),
        (502, true),
        (503, true),
        (504, true),
    ] {
        let body = json!({ "error": "no" }).to_string();
        let error = fetch(
            &json!({ "url": URL }),
            answer(status, "application/json", &body),
        )
        .unwrap_err();
        assert_eq!(
            (error.retryable, error.outcome_unknown),
            (again, false),
            "{status}"
        );
        assert_eq!(error.error.status, Some(status));
        let given: Value = serde_json::from_str(&error.answer.unwrap()).unwrap();
        assert_eq!(
            (&given["status"], &given["body"]),
            (&json!(status), &json!({ "text": body }))
        );
        assert!(
            !error.error.message.contains("/v1"),
            "{}",
            error.error.message
        );
    }
    for (status, header, wait) in [
        (429, "2", Some(2_000)),
        (503, "Tue, 14 Nov 2023 22:13:23 GMT", Some(3_000)),
        (403, "60", Some(60_000)),
        (503, "soon", None),
    ] {
        let error = fetch(
            &json!({ "url": URL }),
            bare(status, &[("retry-after", header)]),
        )
        .unwrap_err();
        assert_eq!(
            (error.retryable, error.retry_after_ms),
            (true, wait),
            "{status} {header}"
        );
    }
}

#[test]
fn what_may_be_done_only_once_is_tried_again_by_its_author_alone() {
    let busy = || bare(503, &[("retry-after", "1")]);
    for (method, headers, is_once) in [
        ("GET", json!([]), false),
        ("HEAD", json!([]), false),
        ("OPTIONS", json!([]), false),
        ("PUT", json!([]), false),
        ("DELETE", json!([]), false),
        ("POST", json!([]), true),
        ("PATCH", json!([]), true),
        ("PROPFIND", json!([]), true),
        ("POST", json!([["Idempotency-Key", "order-17"]]), false),
        ("POST", json!([["Idempotency-Key", ""]]), true),
    ] {
        let init = json!({ "url": URL, "method": method, "headers": headers });
        let error = fetch(&init, busy()).unwrap_err();
        assert_eq!(
            (error.retryable, error.outcome_unknown),
            (!is_once, is_once),
            "{init}"
        );
        assert!(error.answer.is_some());
        let unreachable = retryable(
            ErrorCode::UpstreamUnreachable,
            "it refuses the connection",
            None,
        );
        let error = request(&open([]).failing(unreachable), &init).unwrap_err();
        assert_eq!(
            (error.retryable, error.outcome_unknown),
            (!is_once, is_once),
            "{init}"
        );
        assert!(error.error.is(ErrorCode::UpstreamUnreachable) && error.answer.is_none());
        // What does not pass is the same for all.
        let error = fetch(&init, bare(404, &[])).unwrap_err();
        assert_eq!(
            (error.retryable, error.outcome_unknown),
            (false, false),
            "{init}"
        );
        let large = refused(ErrorCode::UpstreamTooLarge, "too large");
        let error = request(&open([]).failing(large), &init).unwrap_err();
        assert_eq!(
            (error.retryable, error.outcome_unknown),
            (false, false),
            "{init}"
        );
    }
    // A request that led there by a redirect may not be made again either.
    let host = open([redirect(303, "/made"), busy()]);
    let error = request(&host, &json!({ "url": URL, "method": "POST" })).unwrap_err();
    assert!(!error.retryable && error.outcome_unknown);
}

#[test]
fn there_is_one_method() {
    let host = open([]);
    let error =
        tasker_service::testing::call(&wrappedfetch::Fetch, &host, "get", &json!([])).unwrap_err();
    assert!(error.error.is(ErrorCode::UnknownMethod));
}
