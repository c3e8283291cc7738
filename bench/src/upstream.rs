//! An upstream that takes its time.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

/// Starts a server that answers each request after a time, however many there are; its address.
pub(crate) fn slow(time: Duration) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    thread::spawn(move || {
        for connection in listener.incoming().flatten() {
            thread::spawn(move || answer(connection, time));
        }
    });
    url
}

/// Answers one request without a body; a client that has gone needs no answer.
fn answer(mut connection: TcpStream, time: Duration) -> Option<()> {
    let lines = BufReader::new(connection.try_clone().ok()?).lines();
    let _head: Vec<String> = lines
        .map_while(Result::ok)
        .take_while(|line| !line.is_empty())
        .collect();
    thread::sleep(time);
    let body = r#"{"object":"list","data":[]}"#;
    write!(
        connection,
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    )
    .ok()
}
