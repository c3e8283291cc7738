//! The apps that the scenarios share, and the tasks published in them.

use std::sync::Arc;

use tasker_tests::{App, Client, Settings, Shared};

static LIVE: Shared = Shared::new(Settings::default);
static ASLEEP: Shared = Shared::new(|| Settings::default().variable("inline_window_ms", 0));

/// The app as it is by default: calls are made while the VM is live.
pub(crate) fn live() -> Arc<App> {
    with_tasks(LIVE.get())
}

/// The app in which every VM sleeps at every await.
pub(crate) fn asleep() -> Arc<App> {
    with_tasks(ASLEEP.get())
}

fn with_tasks(app: Arc<App>) -> Arc<App> {
    publish_tasks(app.client());
    app
}

/// Publishes the tasks in `tests/tasks`.
pub(crate) fn publish_tasks(client: &Client) {
    for (name, code) in [
        ("catcher", include_str!("../../tasks/catcher.js")),
        ("depth", include_str!("../../tasks/depth.js")),
        ("double", include_str!("../../tasks/double.js")),
        ("fan-out", include_str!("../../tasks/fan-out.js")),
        ("gate", include_str!("../../tasks/gate.js")),
        ("race", include_str!("../../tasks/race.js")),
        ("sleeper", include_str!("../../tasks/sleeper.js")),
    ] {
        client.publish(name, code);
    }
}

/// Opens the gate of a namespace.
pub(crate) fn open_gate(client: &Client, namespace: &str, value: &str) {
    let answer = client.put(
        &format!("/keys/{namespace}/gate"),
        &serde_json::json!({ "value": value }),
    );
    assert!(
        matches!(answer.status, 200 | 201 | 204),
        "{}",
        answer.text()
    );
}
