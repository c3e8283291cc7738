//! Nodes on one PostgreSQL database, ready for runs of `sequential`.

use serde_json::json;
use tasker_tests::{App, Settings};

/// Starts as many nodes, and has each do a run of some steps. The database knows a node as `node-0`, `node-1` and so on.
pub(crate) fn start(url: &str, count: usize, steps: u32) -> Vec<App> {
    let start = |number| {
        let url = format!("{url}&application_name=node-{number}");
        let settings = Settings::default().variable("database_url", url);
        App::start(&settings.shared_key())
    };
    let nodes: Vec<App> = (0..count).map(start).collect();
    let task = include_str!("../tasks/sequential.js");
    nodes[0].client().publish("sequential", task);
    for node in &nodes {
        let warm = json!({ "ns": "warm", "steps": steps });
        node.client().result("sequential", warm);
    }
    nodes
}
