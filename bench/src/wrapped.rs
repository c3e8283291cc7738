//! Calls of wrapped services, beside the same HTTP requests made directly.

use std::time::Instant;

use serde_json::{Value, json};
use tasker_sandbox::{
    ACCESS_TOKEN, OPENAI_KEY, SUPABASE_KEY, Sandbox, Settings as SandboxSettings,
};
use tasker_tests::{App, Client, Settings};

use crate::figure::{Report, Unit, median};

/// In each repeat.
const CALLS: u32 = 50;
const REPEATS: usize = 40;
const TARGET: f64 = 1.5;

/// A method of a service, and the request that it makes.
struct Call {
    method: &'static str,
    args: Value,
    path: &'static str,
    token: &'static str,
}

pub(crate) fn measure(report: &mut Report) {
    let sandbox = Sandbox::start(&SandboxSettings::default()).expect("a sandbox starts");
    let app = App::start(&Settings::default().upstream(sandbox.url()));
    app.client()
        .publish("repeated", include_str!("../tasks/repeated.js"));
    let upstream = Client::new(sandbox.url(), "");
    for call in [
        Call {
            method: "openai.models.retrieve",
            args: json!(["gpt-4o"]),
            path: "/v1/models/gpt-4o",
            token: OPENAI_KEY,
        },
        Call {
            method: "gapi.gmail.users.getProfile",
            args: json!([{ "userId": "me" }]),
            path: "/gmail/v1/users/me/profile",
            token: ACCESS_TOKEN,
        },
        Call {
            method: "supabase.functions.invoke",
            args: json!(["hello", { "method": "GET" }]),
            path: "/functions/v1/hello",
            token: SUPABASE_KEY,
        },
    ] {
        compare(report, app.client(), &upstream, &call);
    }
}

/// Takes turns, so that both have the machine as it is at the time.
fn compare(report: &mut Report, app: &Client, upstream: &Client, call: &Call) {
    let wrapped = |calls: u32| {
        let input = json!({ "method": call.method, "args": call.args, "calls": calls });
        let begin = Instant::now();
        assert_eq!(app.result("repeated", input), calls);
        milliseconds(begin)
    };
    let direct = || {
        let authorization = format!("Bearer {}", call.token);
        let begin = Instant::now();
        let answer = upstream.send("GET", call.path, &[("authorization", &authorization)], None);
        assert_eq!(answer.status, 200, "{}", answer.text());
        milliseconds(begin)
    };
    wrapped(1);
    direct();
    let (mut direct_times, mut empty, mut full) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..REPEATS {
        direct_times.extend((0..CALLS).map(|_| direct()));
        empty.push(wrapped(0));
        full.push(wrapped(CALLS));
    }
    let request = median(&mut direct_times);
    // What a run costs besides its calls does not count for them.
    let wrapped = (median(&mut full) - median(&mut empty)) / f64::from(CALLS);
    for (name, value) in [("by a task", wrapped), ("the request alone", request)] {
        report.add(
            &format!("{}, {name}", call.method),
            value,
            Unit::Milliseconds,
        );
    }
    report.add_with_target(
        &format!("{}, overhead", call.method),
        wrapped - request,
        Unit::Milliseconds,
        TARGET,
    );
}

fn milliseconds(begin: Instant) -> f64 {
    begin.elapsed().as_secs_f64() * 1_000.0
}
