//! What commands that wait do when the app is away.

use serde_json::{Value, json};

use crate::support::{Request, Server, Tasker};

const RUN: &str = "019c2a5e-7d10-7b3a-9f6e-2f4f4f0d9c11";

fn problem(status: u16, code: &str) -> (u16, String) {
    let problem = json!({
        "type": format!("/errors/{code}"), "title": "No", "status": status, "detail": "not now", "code": code,
    });
    (status, problem.to_string())
}

fn ended() -> String {
    let run = json!({
        "taskRunId": RUN, "taskName": "report", "version": "0123456789abcdef", "status": "completed", "input": {},
        "result": 7, "error": null, "attempt": 1, "failures": [], "traceparent": "00-1-1-01", "idempotencyKey": null,
        "createdAt": "2026-01-31T09:30:00.000Z", "updatedAt": "2026-01-31T09:30:01.000Z", "startedAt": null,
        "finishedAt": "2026-01-31T09:30:01.000Z",
    });
    format!("id: 9-9-\nevent: end\ndata: {run}\n\n")
}

fn logged(id: u64) -> String {
    let line = json!({
        "seq": id, "frame": "0", "at": "2026-01-31T09:30:00.000Z", "level": "info", "message": format!("line {id}"),
    });
    format!("id: {id}-{id}-\nevent: log\ndata: {line}\n\n")
}

/// Gives one answer after another to each of two calls: to submit, and to follow. The last one is given for good.
fn server(submit: Vec<(u16, String)>, follow: Vec<(u16, String)>) -> Server {
    let (mut submits, mut follows) = (submit.into_iter(), follow.into_iter());
    let mut last = [(500, String::new()), (500, String::new())];
    Server::new(move |request: &Request| {
        let (index, next) = match request.line.as_str() {
            "POST /tasks" => (0, submits.next()),
            line if line.contains("/events?") => (1, follows.next()),
            line => panic!("{line}"),
        };
        last[index] = next.unwrap_or_else(|| last[index].clone());
        last[index].clone()
    })
}

fn submitted() -> (u16, String) {
    let submitted = json!({"taskRunId": RUN, "status": "queued"});
    (202, submitted.to_string())
}

#[test]
fn a_run_is_waited_for_through_everything_that_goes_by() {
    let cut = |text: &str| (0, format!("HTTP/1.1 {text}"));
    let server = server(
        vec![
            (0, String::new()),
            problem(503, "store_unavailable"),
            cut("202 X\r\ncontent-length: 90\r\n\r\n{\"taskRunId\": "),
            submitted(),
        ],
        vec![
            (502, "<html>Bad gateway".to_owned()),
            (200, logged(1)),
            cut("200 X\r\ncontent-length: 999\r\n\r\nid: 2-2-\nevent: log\nda"),
            problem(429, "rate_limited"),
            (200, logged(2) + &ended()),
        ],
    );
    let done = Tasker::with(&server).run(&["run", "report", "--wait"]);
    assert_eq!((done.code, done.stdout.as_str()), (0, "7\n"), "{done:?}");
    let tried = done.stderr.matches("trying again for 2m\n").count();
    let back = done.stderr.matches("the app answers again\n").count();
    assert_eq!((tried, back), (3, 3), "{done:?}");
    // Nothing that it logged is told twice, nor left out.
    let told = done.stderr.lines().filter(|line| line.contains("line "));
    assert_eq!(
        told.collect::<Vec<_>>(),
        ["info  line 1", "info  line 2"],
        "{done:?}"
    );

    // However often it is submitted, it is one run.
    let requests = server.requests();
    let bodies: Vec<Value> = requests
        .iter()
        .filter(|request| request.line == "POST /tasks")
        .map(|request| serde_json::from_str(&request.body).unwrap())
        .collect();
    assert_eq!(bodies.len(), 4);
    assert!(
        bodies.iter().all(|body| *body == bodies[0]) && bodies[0]["idempotencyKey"].is_string(),
        "{bodies:?}"
    );
    let asked: Vec<_> = requests
        .iter()
        .filter(|request| request.line.starts_with("GET "))
        .map(|request| request.last_event.as_deref())
        .collect();
    assert_eq!(
        asked,
        [None, None, Some("1-1-"), Some("1-1-"), Some("1-1-")]
    );
}

#[test]
fn a_run_whose_end_cannot_be_learned_has_not_failed() {
    let away = || server(vec![submitted()], vec![problem(503, "store_unavailable")]);
    let server_away = away();
    let wait = ["run", "report", "--wait", "--patience", "700ms"];
    let done = Tasker::with(&server_away).run(&wait);
    assert_eq!((done.code, done.stdout.as_str()), (3, ""), "{done:?}");
    assert!(
        done.stderr.contains("trying again for 700ms")
            && done
                .stderr
                .contains(&format!("how run {RUN} ends is not known"))
            && done.stderr.contains(&format!("tasker show {RUN}")),
        "{done:?}"
    );
    // Pauses grow, 200 ms and 400 ms, and the last one is what is left: on a slow machine there are fewer.
    let asked = server_away.requests().len() - 1;
    assert!((2..=4).contains(&asked), "{asked}: {done:?}");

    let done = Tasker::with(&away()).run(&[&wait[..], &["--json"]].concat());
    assert_eq!(
        (done.code, &done.json()["error"]["taskRunId"]),
        (3, &json!(RUN))
    );

    // What does not go by is not waited for, and what waits for nothing bears nothing.
    for (answer, code) in [
        (problem(401, "unauthorized"), 5),
        (problem(404, "run_not_found"), 6),
        ((200, "<html>Welcome".to_owned()), 3),
    ] {
        let strange = answer.0 == 200;
        let server = server(vec![submitted()], vec![answer]);
        let args = match strange {
            // A stream that tells nothing has been cut.
            true => &["run", "report", "--wait", "--patience", "0"][..],
            false => &["run", "report", "--wait"],
        };
        let done = Tasker::with(&server).run(args);
        assert_eq!((done.code, server.requests().len()), (code, 2), "{done:?}");
        assert!(!done.stderr.contains("trying again"), "{done:?}");
    }
    let server = server(vec![problem(503, "store_unavailable")], vec![]);
    let done = Tasker::with(&server).run(&["run", "report"]);
    assert_eq!((done.code, server.requests().len()), (3, 1), "{done:?}");
    assert!(!server.requests()[0].body.contains("idempotencyKey"));
}

#[test]
fn a_log_is_followed_through_an_outage() {
    let server = server(
        vec![],
        vec![
            (200, logged(1)),
            (0, String::new()),
            problem(503, "store_unavailable"),
            (200, logged(2) + &ended()),
        ],
    );
    let done = Tasker::with(&server).run(&["logs", RUN, "--follow", "--json"]);
    let seqs: Vec<_> = done
        .stdout
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["seq"].clone())
        .collect();
    assert_eq!((done.code, seqs), (0, vec![json!(1), json!(2)]));
    assert!(
        done.stderr.contains("trying again for 2m"),
        "{}",
        done.stderr
    );
}
