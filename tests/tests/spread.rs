//! Several nodes on one database share the work of its queue, however it came there.

use serde_json::json;
use tasker_postgres_server::{Durability, Server};
use tasker_sandbox::Sandbox;
use tasker_tests::{App, Settings, paths, until};

/// More runs than one drainer has lanes, so that the queue is never empty.
const RUNS: usize = 12;

/// Questions of each: it outlasts the test.
const QUESTIONS: u32 = 100_000;

#[test]
fn a_node_that_was_given_nothing_takes_its_turn() {
    let server = Server::start(Durability::None);
    let url = server.database();
    // Each node asks a model of its own: so it shows who works.
    let models = [(); 2]
        .map(|()| Sandbox::start(&tasker_sandbox::Settings::default()).expect("a sandbox starts"));
    let nodes = models.each_ref().map(|model| {
        let settings = Settings::default()
            .manifest(paths::manifest_with_timer())
            .upstream(model.url())
            .variable("database_url", &url)
            .variable("api_token", "a-token-that-both-nodes-take")
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
    for model in [&models[0], &models[1], &models[0]] {
        drop(model.record().take());
        until("it is the node's turn", 60, || {
            (model.record().count("/embeddings") > 0).then_some(())
        });
    }
}
