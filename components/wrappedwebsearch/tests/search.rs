//! Searches: what is asked of the engines, and what is read of their answers.

mod common;

use common::{FakeHost, answer, answering, call, html, urls};
use serde_json::{Value, json};
use tasker_domain::ErrorCode;

const PAGE: &str = include_str!("pages/duckduckgo.html");
const LITE: &str = include_str!("pages/duckduckgo-lite.html");

#[test]
fn duckduckgos_results_are_read_without_advertisements_and_redirects() {
    let host = answering([html(PAGE)]);
    let found = call(&host, "search", &json!([" durable \"tasks\" "])).unwrap();
    assert_eq!(
        found,
        json!({
            "query": "durable \"tasks\"",
            "engine": "duckduckgo",
            "results": [
                {"title": "Durable tasks & friends", "url": "https://www.example.com/durable?utm_source=ddg&a=1+1#top", "snippet": "What a task is, and why it should <survive>."},
                {"title": "Plain link", "url": "https://docs.example.org/tasks?ref=1&x=%20y", "snippet": ""},
            ],
            "nextPage": "s=10&v=l&o=json&dc=11&api=d.js&vqd=4-123456789",
        })
    );
    let request = &host.sent()[0];
    assert_eq!(
        (request.method.as_str(), request.url.as_str()),
        (
            "GET",
            "https://html.duckduckgo.com/html/?q=durable+%22tasks%22"
        )
    );
    assert!(
        request
            .headers
            .iter()
            .any(|(name, value)| name == "user-agent" && value.contains("tasker/"))
    );

    let host = answering([html(LITE)]);
    let found = call(&host, "search", &json!(["tasks"])).unwrap();
    assert_eq!(
        found["results"],
        json!([
            {"title": "One", "url": "https://www.example.com/one", "snippet": "First snippet"},
            {"title": "Two", "url": "https://www.example.com/two", "snippet": "Second"},
        ])
    );
    let none = call(
        &answering([html(
            "<div id=links><div class=no-results>No results.</div></div>",
        )]),
        "search",
        &json!(["x"]),
    )
    .unwrap();
    assert_eq!(
        none,
        json!({"query": "x", "engine": "duckduckgo", "results": []})
    );
}

#[test]
fn options_become_the_engines_parameters() {
    let options = json!({"page": 3, "region": "DE-de", "time": "w", "safeSearch": false});
    let asked = |host: FakeHost| {
        let _ = call(&host, "search", &json!(["a b", options])).unwrap();
        urls(&host).remove(0)
    };
    assert_eq!(
        asked(answering([html(PAGE)])),
        "https://html.duckduckgo.com/html/?q=a+b&s=25&dc=26&kl=de-de&df=w&kp=-2"
    );
    let brave =
        answering([answer(200, "application/json", "{}")]).with("websearch_engine", "brave");
    assert_eq!(
        asked(brave),
        "https://api.search.brave.com/res/v1/web/search?q=a+b&count=10&offset=2&country=DE&search_lang=de&freshness=pw&safesearch=off"
    );
    let searxng = answering([answer(200, "application/json", "{}")])
        .with("websearch_engine", "searxng")
        .with("websearch_base_url", "http://search.example.com:8080/")
        .with("websearch_base_path", "/searxng/");
    assert_eq!(
        asked(searxng),
        "http://search.example.com:8080/searxng/search?q=a+b&format=json&pageno=3&language=de-DE&time_range=week&safesearch=0"
    );
    // The address of the search itself will do as well.
    let whole = answering([html(PAGE)])
        .with("websearch_base_url", "http://127.0.0.1:9000")
        .with("websearch_base_path", "/html/");
    assert!(asked(whole).starts_with("http://127.0.0.1:9000/html/?q=a+b&"));
    // A page's continuation, with the question's own options.
    let host = answering([html(PAGE)]);
    call(
        &host,
        "search",
        &json!(["a", {"page": "s=10&dc=11&vqd=4-1&q=other", "safeSearch": "strict"}]),
    )
    .unwrap();
    assert_eq!(
        urls(&host),
        ["https://html.duckduckgo.com/html/?q=a&s=10&dc=11&vqd=4-1&kp=1"]
    );
}

#[test]
fn a_limit_is_reached_over_pages() {
    let page = |first: u32, next: bool| {
        let results: Vec<Value> = (first..first + 3).map(|n| json!({"title": format!("<strong>T</strong> &#x27;{n}&#x27;"), "url": format!("https://www.example.com/{n}"), "description": "a&amp;b"})).collect();
        answer(
            200,
            "application/json",
            json!({"query": {"more_results_available": next}, "web": {"results": results}})
                .to_string(),
        )
    };
    let brave = |answers| answering(answers).with("websearch_engine", "brave");
    // The second page repeats a result of the first.
    let host = brave(vec![page(1, true), page(3, true)]);
    let found = call(&host, "search", &json!(["x", {"limit": 5}])).unwrap();
    let urls: Vec<_> = found["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|result| result["url"].as_str().unwrap()[24..].to_owned())
        .collect();
    assert_eq!(
        (urls.join(","), &found["nextPage"]),
        ("1,2,3,4,5".into(), &json!(3))
    );
    assert_eq!(
        found["results"][0],
        json!({"title": "T '1'", "url": "https://www.example.com/1", "snippet": "a&b"})
    );
    assert!(
        host.sent()[0]
            .headers
            .contains(&("x-subscription-token".to_owned(), "brave-key".to_owned()))
    );
    let found = call(
        &brave(vec![page(1, false)]),
        "search",
        &json!(["x", {"limit": 50}]),
    )
    .unwrap();
    assert_eq!(
        (
            found["results"].as_array().unwrap().len(),
            found.get("nextPage")
        ),
        (3, None)
    );
    let host = brave((0..5).map(|n| page(n * 3, true)).collect());
    let found = call(&host, "search", &json!(["x", {"limit": 50}])).unwrap();
    assert_eq!(
        (
            found["results"].as_array().unwrap().len(),
            &found["nextPage"]
        ),
        (15, &json!(6)),
        "five pages at most"
    );
}

#[test]
fn keys_go_to_the_operators_engine_alone() {
    let host = answering([html(PAGE)]).with("websearch_engine", "brave");
    call(&host, "search", &json!(["x", {"engine": "duckduckgo"}])).unwrap();
    assert!(host.sent().iter().all(|request| {
        request
            .headers
            .iter()
            .all(|(_, value)| !value.contains("brave-key"))
    }));
    assert_eq!(urls(&host), ["https://html.duckduckgo.com/html/?q=x"]);
    let keyless = answering([answer(200, "application/json", "{}")])
        .with("websearch_engine", "brave")
        .with("websearch_base_url", "http://127.0.0.1:8080")
        .without_credentials();
    call(&keyless, "search", &json!(["x"])).unwrap();
    assert!(
        keyless.sent()[0]
            .headers
            .iter()
            .all(|(name, _)| name != "x-subscription-token")
    );
    for (host, options, code, part) in [
        (
            answering([])
                .with("websearch_engine", "brave")
                .without_credentials(),
            json!({}),
            ErrorCode::CredentialMissing,
            "`websearch_api_key`",
        ),
        (
            answering([]),
            json!({"engine": "brave"}),
            ErrorCode::ServiceUnavailable,
            "set up for `duckduckgo`",
        ),
        (
            answering([]).with("websearch_engine", "searxng"),
            json!({}),
            ErrorCode::ServiceUnavailable,
            "`websearch_base_url`",
        ),
        (
            answering([]).with("websearch_engine", "other"),
            json!({}),
            ErrorCode::ServiceUnavailable,
            "`websearch_engine`",
        ),
        (
            answering([]).with("websearch_base_url", "https://example.com/html"),
            json!({}),
            ErrorCode::ServiceUnavailable,
            "`websearch_base_path`",
        ),
    ] {
        let error = call(&host, "search", &json!(["x", options])).unwrap_err();
        assert!(
            error.error.is(code) && error.error.message.contains(part) && !error.retryable,
            "{error:?}"
        );
        assert!(host.sent().is_empty());
    }
}

#[test]
fn engines_that_fail_are_errors() {
    let deep = "<div id=links>".to_owned() + &"<div class=result>".repeat(100_000);
    for (response, retryable, part) in [
        (
            answer(
                202,
                "text/html",
                "<div class=\"anomaly-modal__title\">Unfortunately, bots use DuckDuckGo too.</div>",
            ),
            true,
            "for a bot's",
        ),
        (
            html("<form id=challenge-form action=\"//duckduckgo.com/anomaly.js?x\">"),
            true,
            "for a bot's",
        ),
        (answer(429, "text/html", "slow"), true, "429"),
        (answer(500, "text/html", ""), true, "500"),
        (answer(403, "text/html", ""), false, "403"),
        (html("<h1>Something else</h1>"), false, "no page of results"),
        (html(deep), false, "no page of results"),
        (
            html(b"\xff\xfe\x00".repeat(1_000)),
            false,
            "no page of results",
        ),
    ] {
        let error = call(&answering([response]), "search", &json!(["x"])).unwrap_err();
        assert!(
            error.retryable == retryable && error.error.message.contains(part),
            "{part}: {error:?}"
        );
    }
    let brave = |body: &str, status| {
        call(
            &answering([answer(status, "application/json", body)])
                .with("websearch_engine", "brave"),
            "search",
            &json!(["x"]),
        )
    };
    let error = brave(r#"{"type":"ErrorResponse","error":{"code":"SUBSCRIPTION_TOKEN_INVALID","detail":"Bad token"}}"#, 422).unwrap_err();
    assert_eq!(
        (error.error.code.as_deref(), error.error.message.as_str()),
        (
            Some("SUBSCRIPTION_TOKEN_INVALID"),
            "`Brave` answered 422: Bad token"
        )
    );
    assert!(
        brave("<html>", 200)
            .unwrap_err()
            .error
            .is(ErrorCode::UpstreamInvalid)
    );
    for body in [
        "[]",
        "5",
        r#"{"web":{"results":{"a":1}}}"#,
        r#"{"web":{"results":[1,{"url":5},{"url":"ftp://example.com"},{"url":"nothing"}]}}"#,
    ] {
        assert_eq!(brave(body, 200).unwrap()["results"], json!([]), "{body}");
    }
    let searxng = answering([answer(403, "text/html", "Forbidden")])
        .with("websearch_engine", "searxng")
        .with("websearch_base_url", "https://search.example.com");
    assert!(
        call(&searxng, "search", &json!(["x"]))
            .unwrap_err()
            .error
            .message
            .contains("`search.formats`")
    );
}

#[test]
fn arguments_are_checked() {
    for (args, part) in [
        (json!([]), "first argument"),
        (json!([" "]), "first argument"),
        (json!(["x".repeat(501)]), "500"),
        (json!(["x", 5]), "object"),
        (json!(["x", {}, 1]), "at most 2"),
        (json!(["x", {"limit": 0}]), "`limit`"),
        (json!(["x", {"limit": 51}]), "`limit`"),
        (json!(["x", {"page": 0}]), "`page`"),
        (json!(["x", {"page": "host=evil"}]), "`nextPage`"),
        (json!(["x", {"region": "germany"}]), "`region`"),
        (json!(["x", {"region": "é-é"}]), "`region`"),
        (json!(["x", {"time": "hour"}]), "`time`"),
        (json!(["x", {"safeSearch": "no"}]), "`safeSearch`"),
        (json!(["x", {"engine": "google"}]), "`engine`"),
        (json!(["x", {"limits": 5}]), "no option `limits`"),
    ] {
        let error = call(&answering([]), "search", &args).unwrap_err();
        assert!(
            error.error.is(ErrorCode::InvalidArguments) && error.error.message.contains(part),
            "{args}: {error:?}"
        );
    }
    let error = call(&answering([]), "serch", &json!([])).unwrap_err();
    assert!(error.error.message.contains("did you mean `search`?"));
}

#[test]
fn instant_answers_are_told_in_short() {
    let body = json!({
        "Heading": "Task", "AbstractText": "A thing to do.", "AbstractSource": "Example", "AbstractURL": "https://www.example.com/task", "Type": "A",
        "Answer": "", "Image": "", "Definition": "", "Redirect": "",
        "Results": [{"FirstURL": "https://www.example.com/", "Text": "Official <b>site</b>"}],
        "RelatedTopics": [
            {"FirstURL": "https://duckduckgo.com/Job", "Text": "Job &amp; work"},
            {"Name": "Others", "Topics": [{"FirstURL": "https://duckduckgo.com/Play", "Text": "Play"}, {"Name": "Deep", "Topics": 5}]},
            {"Text": 5}, null,
        ],
    });
    let host = answering([answer(200, "application/x-javascript", body.to_string())]);
    assert_eq!(
        call(&host, "instant", &json!(["task"])).unwrap(),
        json!({
            "query": "task", "type": "A", "heading": "Task", "abstract": "A thing to do.", "source": "Example", "url": "https://www.example.com/task",
            "related": [{"text": "Job & work", "url": "https://duckduckgo.com/Job"}, {"text": "Play", "url": "https://duckduckgo.com/Play", "group": "Others"}],
            "results": [{"text": "Official site", "url": "https://www.example.com/"}],
        })
    );
    assert_eq!(
        urls(&host),
        ["https://api.duckduckgo.com/?q=task&format=json&no_html=1&no_redirect=1"]
    );
    let moved = answering([answer(200, "application/json", "{}")])
        .with("websearch_base_url", "http://127.0.0.1:8080");
    assert_eq!(
        call(&moved, "instant", &json!(["x"])).unwrap(),
        json!({"query": "x", "related": [], "results": []})
    );
    assert_eq!(
        urls(&moved),
        ["http://127.0.0.1:8080/?q=x&format=json&no_html=1&no_redirect=1"]
    );
}
