//! Sizes of stored snapshots.

use serde_json::{Value, json};
use tasker_tests::{App, Client, Settings, until};

use crate::figure::{Report, Unit};

pub(crate) fn measure(report: &mut Report) {
    let app = App::start(&Settings::default());
    let client = app.client();
    client.publish("wait", include_str!("../tasks/wait.js"));
    client.publish("objects", include_str!("../tasks/objects.js"));
    for (objects, target) in [(0, 12 << 10), (1_000, 100 << 10)] {
        let bytes = stored(client, objects);
        let name = format!("stored snapshot at the first await, {objects} live objects");
        report.add_with_target(&name, bytes, Unit::Bytes, f64::from(target));
    }
}

/// Bytes of the sleeping root frame.
fn stored(client: &Client, objects: u32) -> f64 {
    let run = client.submit("objects", json!({ "objects": objects }));
    let bytes = until("the run sleeps", 30, || {
        client
            .stack(run)
            .into_iter()
            .find(|entry| entry.path == "0")?
            .snapshot
            .map(|snapshot| snapshot.snapshot_bytes)
    });
    let _: Value = client
        .post(&format!("/runs/{run}/cancel"), &json!({}))
        .expect(202);
    bytes as f64
}
