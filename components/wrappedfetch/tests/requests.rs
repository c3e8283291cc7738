//! What is sent, and what cannot be.

mod common;

use common::{asked, bare, open, redirect, request, text};
use serde_json::{Value, json};
use tasker_domain::ErrorCode;

const URL: &str = "https://api.example.com/v1";

/// The one request that a call makes.
fn sent(init: &Value) -> tasker_service::http::Request {
    let host = open([text("ok")]);
    request(&host, init).unwrap_or_else(|error| panic!("{init}: {error:?}"));
    host.sent().remove(0)
}

fn header<'r>(request: &'r tasker_service::http::Request, name: &str) -> Option<&'r str> {
    let found = request.headers.iter().find(|(other, _)| other == name);
    found.map(|(_, value)| value.as_str())
}

#[test]
fn a_request_is_sent_as_it_is_said() {
    let plain = sent(&json!({ "url": "HTTPS://API.example.com/a b?q=`ü`#top" }));
    assert_eq!(plain.url, "https://api.example.com/a%20b?q=%60%C3%BC%60");
    assert_eq!((plain.method.as_str(), plain.body.len()), ("GET", 0));
    let expected = [("accept", "*/*"), ("accept-encoding", "identity")];
    let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(plain.headers, expected);

    let full = sent(&json!({
        "url": URL, "method": "post", "redirect": "manual",
        "headers": [["X-One", " 1 "], ["x-one", "2"], ["Cookie", "a=1"], ["cookie", "b=2"], ["Authorization", ["Bearer ", "key"]],
            ["Content-Type", "text/plain"], ["accept", "text/plain"]],
        "body": { "text": "grün" },
    }));
    assert_eq!(
        (full.method.as_str(), full.body.as_slice()),
        ("POST", "grün".as_bytes())
    );
    for (name, value) in [
        ("x-one", "1, 2"),
        ("cookie", "a=1; b=2"),
        ("authorization", "Bearer key"),
        ("content-type", "text/plain"),
        ("accept", "text/plain"),
    ] {
        assert_eq!(header(&full, name), Some(value), "{name}");
    }
    let put = |body: Value| sent(&json!({ "url": URL, "method": "PUT", "body": body }));
    assert_eq!(put(json!({ "base64": "/wA=" })).body, [0xff, 0]);
    assert_eq!(put(json!({ "text": "" })).body, b"");
    assert_eq!(put(json!(null)).body, b"");
    let json = put(json!({ "json": { "b": 1.50, "a": ["ü"] } }));
    assert_eq!(json.body, r#"{"b":1.5,"a":["ü"]}"#.as_bytes());
    assert_eq!(header(&json, "content-type"), Some("application/json"));
    // Only the methods that everybody knows are the same in small letters.
    for (written, method) in [
        ("delete", "DELETE"),
        ("patch", "patch"),
        ("PROPFIND", "PROPFIND"),
    ] {
        assert_eq!(
            sent(&json!({ "url": URL, "method": written })).method,
            method
        );
    }
}

#[test]
fn what_is_the_connections_business_is_left_out() {
    let names = [
        "Connection",
        "Content-Length",
        "Expect",
        "Host",
        "Keep-Alive",
        "Proxy-Authorization",
        "TE",
        "Trailer",
        "Transfer-Encoding",
        "Upgrade",
        "Accept-Encoding",
    ];
    let headers: Vec<Value> = names.iter().map(|name| json!([name, "gzip"])).collect();
    let request = sent(&json!({ "url": URL, "headers": headers }));
    let left: Vec<_> = request
        .headers
        .iter()
        .map(|(name, _)| name.as_str())
        .collect();
    assert_eq!(left, ["accept", "accept-encoding"]);
    assert_eq!(header(&request, "accept-encoding"), Some("identity"));
}

#[test]
fn what_cannot_be_sent_is_refused_without_being_quoted() {
    let host = open([]);
    let large = "x".repeat(20_000);
    for init in [
        json!("https://api.example.com/"),
        json!(null),
        json!({}),
        json!({ "url": "/relative" }),
        json!({ "url": "s3cret" }),
        json!({ "url": format!("{URL}?{large}") }),
        json!({ "url": URL, "method": "CONNECT" }),
        json!({ "url": URL, "method": "trace" }),
        json!({ "url": URL, "method": "GET /s3cret" }),
        json!({ "url": URL, "method": "" }),
        json!({ "url": URL, "headers": { "x": "s3cret" } }),
        json!({ "url": URL, "headers": [["x: s3cret", "y"]] }),
        json!({ "url": URL, "headers": [["", "s3cret"]] }),
        json!({ "url": URL, "headers": [["x", "a\r\ny: s3cret"]] }),
        json!({ "url": URL, "headers": [["x", "a\0s3cret"]] }),
        json!({ "url": URL, "headers": [["x", ["a\n", "s3cret"]]] }),
        json!({ "url": URL, "headers": [["x", "s3cret".repeat(20_000)]] }),
        json!({ "url": URL, "body": { "text": "s3cret" } }),
        json!({ "url": URL, "method": "HEAD", "body": { "text": "" } }),
        json!({ "url": URL, "method": "POST", "body": "s3cret" }),
        json!({ "url": URL, "method": "POST", "body": { "base64": "s3cret!" } }),
        json!({ "url": URL, "method": "POST", "body": { "text": "s3cret", "base64": "" } }),
        json!({ "url": URL, "redirect": "s3cret" }),
        json!({ "url": URL, "s3cret": 1 }),
    ] {
        let error = request(&host, &init).unwrap_err();
        assert!(
            error.error.is(ErrorCode::InvalidArguments) && !error.retryable,
            "{init:.200}: {error:?}"
        );
        assert!(!error.error.message.contains("s3cret"), "{error:?}");
        assert!(error.error.message.len() < 400, "{error:?}");
    }
    assert!(host.sent().is_empty());
    let host = open([text("ok")]);
    let body = |bytes: usize| json!({ "url": URL, "method": "PUT", "body": { "text": "x".repeat(bytes) } });
    let error = request(&host, &body((16 << 20) + 1)).unwrap_err();
    assert!(error.error.is(ErrorCode::ArgsTooLarge) && !error.retryable);
    request(&host, &body(16 << 20)).unwrap();
    assert_eq!(host.sent().len(), 1);
}

#[test]
fn redirects_are_followed_by_the_rules_of_fetch() {
    for (method, status, then) in [
        ("GET", 301, "GET"),
        ("HEAD", 303, "HEAD"),
        ("POST", 301, "GET"),
        ("POST", 302, "GET"),
        ("POST", 303, "GET"),
        ("PUT", 303, "GET"),
        ("PUT", 302, "PUT"),
        ("DELETE", 301, "DELETE"),
        ("POST", 307, "POST"),
        ("PATCH", 308, "PATCH"),
    ] {
        let host = open([redirect(status, "../two?x=1#y"), text("ok")]);
        let has_body = !matches!(method, "GET" | "HEAD");
        let answer = request(
            &host,
            &json!({
                "url": "https://api.example.com/a/b", "method": method,
                "headers": [["content-type", "text/x"], ["content-language", "de"], ["x-kept", "1"], ["authorization", "a"]],
                "body": has_body.then(|| json!({ "text": "body" })),
            }),
        )
        .unwrap();
        assert_eq!(
            asked(&host),
            [
                format!("{method} https://api.example.com/a/b"),
                format!("{then} https://api.example.com/two?x=1")
            ]
        );
        assert_eq!(answer["url"], "https://api.example.com/two?x=1");
        assert_eq!(
            (&answer["redirected"], &answer["status"]),
            (&json!(true), &json!(200))
        );
        let second = &host.sent()[1];
        let keeps = then == method;
        assert_eq!(
            second.body,
            if keeps && has_body {
                b"body".to_vec()
            } else {
                Vec::new()
            },
            "{method} {status}"
        );
        assert_eq!(
            header(second, "content-type").is_some(),
            keeps,
            "{method} {status}"
        );
        assert_eq!(header(second, "content-language").is_some(), keeps);
        assert_eq!(
            (header(second, "x-kept"), header(second, "authorization")),
            (Some("1"), Some("a"))
        );
    }
}

#[test]
fn credentials_stay_with_their_origin() {
    for (location, kept) in [
        ("/two", true),
        ("https://api.example.com:443/two", true),
        ("https://www.example.com/", false),
        ("https://api.example.com:8443/", false),
        ("http://api.example.com/", false),
    ] {
        let host = common::host("*:*", [redirect(307, location), text("ok")]);
        let headers = json!([["Authorization", "a"], ["COOKIE", "b"], ["x-other", "c"]]);
        request(&host, &json!({ "url": URL, "headers": headers })).unwrap();
        let second = &host.sent()[1];
        for name in ["authorization", "cookie"] {
            assert_eq!(header(second, name).is_some(), kept, "{location} {name}");
        }
        assert_eq!(header(second, "x-other"), Some("c"));
    }
    // Once gone, they do not come back with the way.
    let host = open([
        redirect(302, "https://www.example.com/"),
        redirect(302, URL),
        text("ok"),
    ]);
    request(
        &host,
        &json!({ "url": URL, "headers": [["authorization", "a"]] }),
    )
    .unwrap();
    assert_eq!(header(&host.sent()[2], "authorization"), None);
}

#[test]
fn a_redirect_may_be_the_answer_or_an_error() {
    let host = open([redirect(302, "https://www.example.com/")]);
    let manual = request(&host, &json!({ "url": URL, "redirect": "manual" })).unwrap();
    assert_eq!(
        (&manual["status"], &manual["redirected"]),
        (&json!(302), &json!(false))
    );
    assert_eq!(
        manual["headers"],
        json!([["location", "https://www.example.com/"]])
    );
    let host = open([redirect(302, "https://www.example.com/")]);
    let error = request(&host, &json!({ "url": URL, "redirect": "error" })).unwrap_err();
    assert!(
        error.error.is(ErrorCode::UpstreamInvalid) && !error.retryable && error.answer.is_none()
    );
    // Without a place to go, it is an answer like any other.
    for status in [300, 302, 304] {
        let host = open([bare(status, &[])]);
        assert_eq!(
            request(&host, &json!({ "url": URL })).unwrap()["status"],
            status
        );
    }
    let host = open(
        (0..20)
            .map(|_| redirect(302, "/again"))
            .chain([text("there")]),
    );
    assert_eq!(
        request(&host, &json!({ "url": URL })).unwrap()["body"],
        json!({ "text": "there" })
    );
    let host = open((0..21).map(|_| redirect(302, "/again")));
    let error = request(&host, &json!({ "url": URL })).unwrap_err();
    assert!(
        error.error.message.contains("more than 20") && !error.retryable,
        "{error:?}"
    );
}
