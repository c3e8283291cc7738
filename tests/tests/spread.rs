//! Several nodes on one database share the work of its queue, however it came there.

use std::time::{Duration, Instant};

use serde_json::json;
use tasker_api::SweepReport;
use tasker_postgres_server::{Durability, Server};
use tasker_sandbox::Sandbox;
use tasker_tests::{App, Settings, until};

/// More runs than one drainer has places, so that the queue is never empty.
const RUNS: usize = 12;

/// Questions of each: it outlasts the test.
const QUESTIONS: u32 = 100_000;

/// As long as a node stands in line, with slices of a second.
const SWEEP_EVERY: Duration = Duration::from_millis(500);

#[test]
fn a_node_that_was_given_nothing_takes_its_turn() {
    let server = Server::start(Durability::None);
    let url = server.database();
    // Each node asks a model of its own: so it shows who works.
    let models = [(); 2]
        .map(|()| Sandbox::start(&tasker_sandbox::Settings::default()).expect("a sandbox starts"));
    let nodes = models.each_ref().map(|model| {
        let settings = Settings::default()
            .upstream(model.url())
            .variable("database_url", &url)
            .variable("api_token", "a-token-that-both-of-the-nodes-take")
            .shared_key()
            .variable("slice_seconds", 1)
            // One for both: the node that has it hands over to itself.
            .variable("drainers", 1);
        App::start(&settings)
    });
    let client = nodes[0].client();
    client.publish("outside", include_str!("../tasks/outside.js"));
    for _ in 0..RUNS {
        client.submit("outside", json!({ "count": QUESTIONS }));
    }
    for turn in [0, 1, 0] {
        drop(models[turn].record().take());
        let mut swept = None::<Instant>;
        until("it is the node's turn", 60, || {
            // As its timer does; the answer does not wait for what comes of it.
            if swept.is_none_or(|at| at.elapsed() >= SWEEP_EVERY) {
                let sweep = nodes[turn].client().post("/sweep", &json!({}));
                sweep.expect::<SweepReport>(200);
                swept = Some(Instant::now());
            }
            (!models[turn].record().take().is_empty()).then_some(())
        });
    }
}
