//! What the HTTP trigger does with requests.

use std::time::Duration;

use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::Frame;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};

use crate::support::{Folder, component, front, serve, start};

#[tokio::test(flavor = "multi_thread")]
async fn requests_reach_the_component_of_their_route_with_the_headers_of_spin() {
    let triggers = r#"
        [[trigger.http]]
        route = "/items/:id/..."
        component = "items"
        [[trigger.http]]
        route = { private = true }
        component = "private"
        [[trigger.http]]
        route = "/fixed"
        static_response = { status_code = 418, headers = { x-fixed = "yes" }, body = "short" }
    "#;
    let app = start(&format!(
        "{triggers}{}{}",
        component("items", ""),
        component("private", "")
    ))
    .await;

    let (status, headers) = app.get("/items/7/headers/x?y=1").await;
    assert_eq!(status, StatusCode::OK);
    let host = app.address.to_string();
    for (name, value) in [
        ("spin-path-info", "/headers/x"),
        ("spin-full-url", &app.url("/items/7/headers/x?y=1")),
        ("spin-matched-route", "/items/:id/..."),
        ("spin-raw-component-route", "/items/:id/..."),
        ("spin-component-route", "/items/:id"),
        ("spin-base-path", "/"),
        ("spin-path-match-id", "7"),
    ] {
        assert_eq!(headers[name], value, "{name}");
    }
    let client = headers["spin-client-addr"].as_str().unwrap();
    assert!(client.starts_with("127.0.0.1:") && client != host);

    assert_eq!(
        app.get("/private").await,
        (StatusCode::NOT_FOUND, Value::Null)
    );
    assert_eq!(app.get("/items").await.0, StatusCode::NOT_FOUND);
    assert_eq!(
        app.get("/fixed").await,
        (StatusCode::IM_A_TEAPOT, json!("short"))
    );
    assert_eq!(
        app.get("/.well-known/spin/health").await,
        (StatusCode::OK, json!("OK"))
    );
    assert_eq!(
        app.get("/.well-known/spin/info").await.1,
        json!({ "name": "fixture" })
    );
    assert_eq!(
        app.get("/.well-known/spin/other").await.0,
        StatusCode::NOT_FOUND
    );

    let disguised =
        Request::get(app.url("/items/7/headers")).header("host", "private.spin.internal");
    let (status, _) = app.send(disguised.body(Full::default()).unwrap()).await;
    assert_eq!(
        status,
        StatusCode::BAD_REQUEST,
        "no one outside is a component"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_are_streamed_both_ways() {
    let app = start(&front("")).await;
    let (send, parts) = futures::channel::mpsc::unbounded::<Result<Frame<Bytes>, std::io::Error>>();
    let client = Client::builder(TokioExecutor::new()).build_http();
    let request = Request::post(app.url("/echo"))
        .body(StreamBody::new(parts))
        .unwrap();

    send.unbounded_send(Ok(Frame::data("first".into())))
        .unwrap();
    let mut body = client.request(request).await.unwrap().into_body();
    for part in ["first", "second", "third"] {
        let frame = body.frame().await.unwrap().unwrap();
        assert_eq!(
            frame.into_data().unwrap(),
            part,
            "before the next part is sent"
        );
        match part {
            "first" => send
                .unbounded_send(Ok(Frame::data("second".into())))
                .unwrap(),
            "second" => send
                .unbounded_send(Ok(Frame::data("third".into())))
                .unwrap(),
            _ => send.close_channel(),
        }
    }
    assert!(body.frame().await.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_instance_that_computes_without_a_pause_is_ended() {
    let folder = Folder::new(&front("")).await;
    let mut options = folder.options();
    options.computing = Duration::from_millis(200);
    let app = serve(folder, options).await;
    let ended = (StatusCode::LOOP_DETECTED, Value::Null);
    // As many as there are cores and more.
    let stalled = futures::future::join_all((0..8).map(|_| app.get("/stall"))).await;
    assert!(stalled.iter().all(|answer| *answer == ended), "{stalled:?}");
    // The answer to the client stays, and the instance goes.
    assert_eq!(app.get("/spin").await.0, StatusCode::OK);
    assert_eq!(app.get("/headers").await.0, StatusCode::OK);
    let (_, _, served) = app.stop();
    served.await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failing_request_fails_alone() {
    let app = start(&front("")).await;
    let failed = (StatusCode::INTERNAL_SERVER_ERROR, Value::Null);
    let (panicked, silent, unlinked, fine) = tokio::join!(
        app.get("/panic"),
        app.get("/silent"),
        app.get("/postgres"),
        app.get("/headers")
    );
    assert_eq!([&panicked, &silent, &unlinked], [&failed; 3]);
    assert_eq!(fine.0, StatusCode::OK);
    assert!(app.folder.log("front_stderr.txt").contains("as asked"));

    app.get("/print/words").await;
    assert_eq!(app.folder.log("front_stdout.txt"), "words\n");
    assert!(
        app.folder
            .log("front_stderr.txt")
            .ends_with("error words\n")
    );
}
