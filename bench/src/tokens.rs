//! What it costs to see who calls: with an API key, which is looked up, and with a public token, which is not.

use std::hint::black_box;
use std::time::Instant;

use serde_json::json;
use tasker_api::{
    Allowed, CreatedApiKey, CreatedPublicToken, PublicToken, RawJson, SealKey, Sealed, SubmitTask,
};
use tasker_tests::{App, Client, Settings};

use crate::figure::{Report, Unit, median};

const REQUESTS: usize = 500;
const CHECKS: u32 = 20_000;

pub(crate) fn measure(report: &mut Report) {
    report.add_with_target(
        "checking the largest public token, mean",
        check(),
        Unit::Milliseconds,
        0.1,
    );
    let app = App::start(&Settings::default());
    let client = app.client();
    client.publish("nothing", include_str!("../tasks/nothing.js"));
    let run = client.submit("nothing", json!({ "n": 1 }));
    client.wait(run);
    let key: CreatedApiKey = client
        .post(
            "/api-keys",
            &json!({ "name": "bench", "roles": ["submit"] }),
        )
        .expect(201);
    let body = json!({ "allow": { "read": { "runId": run } } });
    let token: CreatedPublicToken = client.post("/tokens", &body).expect(201);
    let path = format!("/runs/{run}");
    let holders = [key.key, token.token].map(|held| Client::new(client.url(), &held));
    let mut times = [Vec::new(), Vec::new()];
    // In turns, so that both meet the machine as it is.
    for _ in 0..REQUESTS {
        for (holder, times) in holders.iter().zip(&mut times) {
            let begin = Instant::now();
            assert_eq!(holder.get(&path).status, 200);
            times.push(begin.elapsed().as_secs_f64() * 1_000.0);
        }
    }
    let [mut by_key, mut by_token] = times;
    report.add(
        "asking for a run with an API key, median",
        median(&mut by_key),
        Unit::Milliseconds,
    );
    report.add(
        "with a public token",
        median(&mut by_token),
        Unit::Milliseconds,
    );
}

/// The time of one check (ms), natively.
fn check() -> f64 {
    let key = SealKey::of(
        Sealed::PublicToken,
        ["a secret of the bench, which is long enough"],
    );
    let key = key.expect("the secret is long enough");
    let fixed = json!({ "text": "x".repeat(2_700) });
    let allow = Allowed::Submit(SubmitTask {
        task_name: "nothing".to_owned(),
        input: RawJson::of(&fixed).ok(),
        open: Vec::new(),
        repeat: false,
        read: false,
    });
    let token = PublicToken::new("bench".to_owned(), allow, (None, None), 900, 0);
    let text = token.seal(&key).expect("it is not too long");
    let begin = Instant::now();
    for _ in 0..CHECKS {
        let opened = PublicToken::open(black_box(&text), &key);
        assert!(opened.is_some_and(|token| !token.is_over(1_000)));
    }
    begin.elapsed().as_secs_f64() * 1_000.0 / f64::from(CHECKS)
}
