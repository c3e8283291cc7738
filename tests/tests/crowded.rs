//! A database server that allows fewer connections than the nodes would take: work waits for its turn, and nothing is lost.

use std::thread;

use serde_json::json;
use tasker_postgres_server::{Durability, Server};
use tasker_tests::{App, Settings, result};

/// Two nodes would take more in a burst, and keep what they have taken.
const CONNECTIONS: u32 = 30;

const CLIENTS: usize = 40;
const RUNS_OF_EACH: usize = 5;

const TASK: &str = "module.exports = async function execute({ ns }) {
    for (let i = 0; i < 3; i++) await tools.keystore.set(ns, 'key', i);
    return tools.keystore.get(ns, 'key');
};";

#[test]
fn a_burst_on_a_server_that_is_full_loses_nothing() {
    let server = Server::start_with_connections(Durability::None, CONNECTIONS);
    let settings = Settings::default()
        .variable("database_url", server.database())
        .shared_key();
    let nodes = [(); 2].map(|()| App::start(&settings));
    nodes[0].client().publish("set-and-get", TASK);
    let work = |number: usize| {
        let client = nodes[number % nodes.len()].client();
        let submit =
            |run: usize| client.submit("set-and-get", json!({ "ns": format!("{number}-{run}") }));
        let runs: Vec<_> = (0..RUNS_OF_EACH).map(submit).collect();
        for run in runs {
            assert_eq!(result(&client.wait_for(run, 120)), 2);
        }
    };
    thread::scope(|scope| {
        for number in 0..CLIENTS {
            scope.spawn(move || work(number));
        }
    });
}
