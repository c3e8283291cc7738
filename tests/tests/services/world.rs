//! An app whose outside world is a sandbox.

use serde_json::{Value, json};
use tasker_sandbox::Sandbox;
use tasker_tests::{App, Client, Settings, result};

/// An app and the sandbox that it takes for the world.
pub(crate) struct World {
    pub(crate) sandbox: Sandbox,
    pub(crate) app: App,
}

impl World {
    /// Starts both; `change` has the last word on the app's settings.
    pub(crate) fn start(change: impl FnOnce(Settings, &Sandbox) -> Settings) -> Self {
        let sandbox = sandbox();
        let settings = Settings::default().upstream(sandbox.url());
        let app = App::start(&change(settings, &sandbox));
        app.client()
            .publish("caller", include_str!("../../tasks/caller.js"));
        Self { sandbox, app }
    }

    pub(crate) fn client(&self) -> &Client {
        self.app.client()
    }

    /// Makes calls side by side, by one task. Each is `[name, …arguments]`, and has come to `{ value }` or `{ error }`.
    #[track_caller]
    pub(crate) fn calls(&self, calls: &[Value]) -> Vec<Value> {
        match result(&self.client().run("caller", json!({ "calls": calls }))) {
            Value::Array(outcomes) => outcomes,
            other => panic!("{other}"),
        }
    }

    /// Makes one call.
    #[track_caller]
    pub(crate) fn call(&self, call: &Value) -> Value {
        self.calls(std::slice::from_ref(call)).remove(0)
    }

    /// How many requests the sandbox has seen to this path since the last reset.
    pub(crate) fn seen(&self, path: &str) -> usize {
        self.sandbox.record().count(path)
    }
}

/// Google's APIs by the sandbox's service account, on behalf of its administrator.
pub(crate) fn delegated(settings: Settings, sandbox: &Sandbox) -> Settings {
    let account = json!(sandbox.service_account());
    settings
        .variable("google_access_token", "")
        .variable("google_service_account", account)
        .variable("google_subject", "admin@example.com")
}

/// The members of an error that a call has come to.
///
/// # Panics
/// If it has come to a value.
#[track_caller]
pub(crate) fn error(outcome: &Value) -> &Value {
    match outcome.get("error") {
        Some(error) => error,
        None => panic!("not an error: {outcome}"),
    }
}

/// The value that a call has come to.
///
/// # Panics
/// If it has come to an error.
#[track_caller]
pub(crate) fn value(outcome: &Value) -> &Value {
    match outcome.get("value") {
        Some(value) => value,
        None => panic!("not a value: {outcome}"),
    }
}

/// A private sandbox.
pub(crate) fn sandbox() -> Sandbox {
    match Sandbox::start(&tasker_sandbox::Settings::default()) {
        Ok(sandbox) => sandbox,
        Err(error) => panic!("{error}"),
    }
}
