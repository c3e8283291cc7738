//! Clients that take their time, and too many of them.

use std::time::Duration;

use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::{BodyExt, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::{Folder, Running, front, serve};

/// Sends something, then a byte each time the server has had a moment to end the connection; gives what it said.
async fn trickle(app: &Running, beginning: &str) -> String {
    let mut stream = TcpStream::connect(app.address).await.unwrap();
    stream.write_all(beginning.as_bytes()).await.unwrap();
    let mut said = Vec::new();
    loop {
        let mut bytes = [0; 1024];
        let read = tokio::time::timeout(Duration::from_millis(20), stream.read(&mut bytes)).await;
        match read {
            Ok(Ok(0) | Err(_)) => return String::from_utf8(said).unwrap(),
            Ok(Ok(read)) => said.extend_from_slice(&bytes[..read]),
            Err(_) if beginning.is_empty() => {}
            // What the server has closed says so at the next read.
            Err(_) => _ = stream.write_all(b" ").await,
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn slow_clients_are_not_waited_for() {
    let folder = Folder::new(&front("")).await;
    let mut options = folder.options();
    options.patience = Duration::from_millis(200);
    let app = serve(folder, options).await;
    assert_eq!(trickle(&app, "").await, "");
    let half = trickle(&app, "GET /headers HTTP/1.1\r\nhost: a\r\nx-").await;
    assert!(!half.contains(" 200 "), "{half}");
    let post = "POST /echo HTTP/1.1\r\nhost: a\r\ncontent-length: 1000000\r\n\r\n";
    let begun = trickle(&app, post).await;
    assert!(begun.starts_with("HTTP/1.1 200 "), "{begun}");
    assert_eq!(app.get("/headers").await.0, StatusCode::OK);
}

/// Makes a request that is at work for as long as the sender of its body is kept.
async fn hold(app: &Running, path: &str) -> (StatusCode, impl Sized + use<>) {
    let (send, parts) = futures::channel::mpsc::unbounded::<Result<Frame<Bytes>, std::io::Error>>();
    let client = Client::builder(TokioExecutor::new()).build_http();
    let request = Request::post(app.url(path)).body(StreamBody::new(parts));
    send.unbounded_send(Ok(Frame::data("x".into()))).unwrap();
    let answer: http::Response<Incoming> = client.request(request.unwrap()).await.unwrap();
    let status = answer.status();
    if status == StatusCode::SERVICE_UNAVAILABLE {
        assert_eq!(answer.headers()["retry-after"], "1");
    }
    let mut body = answer.into_body();
    // It is at work once a part of its answer is there.
    let first = body.frame().await;
    assert_eq!(first.is_some(), status == StatusCode::OK);
    (status, (send, body))
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_that_wait_leave_room_for_others_and_others_are_told_when_to_come_again() {
    let folder = Folder::new(&front("")).await;
    let mut options = folder.options();
    options.requests = 8;
    options.patience = Duration::from_secs(600);
    let app = serve(folder, options).await;
    let mut held = Vec::new();
    for _ in 0..7 {
        let (status, waiting) = hold(&app, "/echo?wait=20").await;
        assert_eq!(status, StatusCode::OK);
        held.push(waiting);
    }
    assert_eq!(
        hold(&app, "/echo?wait=20").await.0,
        StatusCode::SERVICE_UNAVAILABLE
    );
    assert_eq!(app.get("/headers").await.0, StatusCode::OK);
    // The place is free when the handler is done, which may be after its answer.
    let last = loop {
        let (status, last) = hold(&app, "/echo").await;
        if status == StatusCode::OK {
            break last;
        }
    };
    let none = (StatusCode::SERVICE_UNAVAILABLE, Value::Null);
    assert_eq!(app.get("/headers").await, none);
    drop(last);
    while app.get("/headers").await.0 != StatusCode::OK {}
    drop(held);
}
