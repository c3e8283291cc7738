//! A load whose outcome can be foretold, run by run.

use fastrand::Rng;
use serde_json::{Value, json};
use tasker_api::Submitted;
use tasker_domain::RunId;

use crate::{Client, Shape};

/// A run to submit.
#[derive(Debug, Clone)]
pub struct Planned {
    /// Its idempotency key.
    pub key: String,
    /// What it must come to, as `tasker-history` has it.
    pub expect: Value,
    task: &'static str,
    input: Value,
}

impl Planned {
    /// Publishes the tasks of which the load is made.
    pub fn publish(client: &Client) {
        Shape::publish(client);
        client.publish("outside", include_str!("../tasks/outside.js"));
    }

    /// Any run. Two have different numbers.
    #[must_use]
    pub fn random(rng: &mut Rng, number: usize) -> Self {
        let key = format!("run-{number}");
        if rng.u8(..3) == 0 {
            let count = rng.usize(1..=10);
            return Self {
                expect: json!({ "status": "completed", "result": 2 * count, "calls": 2 * count, "requests": 2 * count }),
                task: "outside",
                input: json!({ "count": count }),
                key,
            };
        }
        let shape = Shape::random(rng);
        Self {
            expect: json!({
                "status": "completed", "result": shape.sum(), "calls": shape.entries(),
                "keys": [key, shape.keys()],
            }),
            task: "mixed",
            input: shape.input(&key),
            key,
        }
    }

    /// The body of its submission.
    #[must_use]
    pub fn body(&self) -> Value {
        json!({ "taskName": self.task, "input": self.input, "idempotencyKey": self.key })
    }

    /// Submits it. `None`: there was no answer, and nobody knows whether it arrived.
    #[must_use]
    pub fn try_submit(&self, client: &Client) -> Option<RunId> {
        let answer = client.try_call("POST", "/tasks", Some(&self.body()));
        let answer = answer
            .ok()
            .filter(|answer| matches!(answer.status, 200 | 202))?;
        let submitted: Submitted = answer.expect(answer.status);
        Some(submitted.task_run_id)
    }
}
