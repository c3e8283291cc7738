//! A mixed load: runs of random shapes with steps, fan-outs, nested tasks and keys.

use fastrand::Rng;
use serde_json::{Value, json};
use tasker_domain::RunId;

use crate::Client;

/// The shape of a mixed run.
#[derive(Debug, Clone, Copy)]
pub struct Shape {
    steps: i64,
    width: i64,
    depth: u32,
}

impl Shape {
    /// Any.
    #[must_use]
    pub fn random(rng: &mut Rng) -> Self {
        Self {
            steps: rng.i64(1..=3),
            width: rng.i64(1..=20),
            depth: rng.u32(0..=2),
        }
    }

    /// What the run gives.
    #[must_use]
    pub fn sum(self) -> i64 {
        let own: i64 = (1..=self.steps)
            .map(|i| i + self.width * (self.width + 1) / 2)
            .sum();
        own + 1 + self.below().map_or(0, |below| self.steps * 2 * below.sum())
    }

    /// How many journal entries it makes.
    #[must_use]
    pub fn entries(self) -> i64 {
        let step = 3 + 2 * self.width + self.below().map_or(0, |below| 3 + 2 * below.entries());
        self.steps * step + 1
    }

    /// How many keys it sets.
    #[must_use]
    pub fn keys(self) -> i64 {
        let step = 1 + self.width + self.below().map_or(0, |below| 1 + 2 * below.keys());
        self.steps * step
    }

    fn below(self) -> Option<Self> {
        (self.depth > 0).then(|| Self {
            depth: self.depth - 1,
            ..self
        })
    }

    /// Publishes the tasks that runs of these shapes are made of.
    pub fn publish(client: &Client) {
        client.publish("mixed", include_str!("../tasks/mixed.js"));
        client.publish("double", include_str!("../tasks/double.js"));
    }

    /// The input of a run that sets its keys in namespaces under this one.
    #[must_use]
    pub fn input(self, namespace: &str) -> Value {
        json!({ "ns": namespace, "steps": self.steps, "width": self.width, "depth": self.depth })
    }

    /// Submits a run that sets its keys in namespaces under this one.
    #[must_use]
    pub fn submit(self, client: &Client, namespace: &str) -> RunId {
        client.submit("mixed", self.input(namespace))
    }
}
