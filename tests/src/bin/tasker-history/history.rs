//! What the driver of a load did and saw.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use serde::Deserialize;
use serde_json::Value;

/// A line of the history.
#[derive(Debug, Clone, Deserialize)]
#[serde(
    tag = "event",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub(crate) enum Event {
    /// A run is about to be submitted. It may be submitted several times under its key, until an answer comes.
    Submit {
        /// The idempotency key.
        key: String,
        expect: Expected,
    },
    /// The app has answered that it has the run.
    Accepted { key: String, run: String },
    /// The app has told how a run is.
    Seen(Seen),
    /// The outside world was asked for something, on behalf of the call with this idempotency key.
    Request { call: String },
    /// Something was broken on purpose.
    Fault,
}

/// What a run must have come to.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Expected {
    pub(crate) status: String,
    /// `None`: any.
    pub(crate) result: Option<Value>,
    /// How many calls all its frames together have made.
    pub(crate) calls: usize,
    /// How many of them asked the outside world.
    #[serde(default)]
    pub(crate) requests: usize,
    /// A namespace of the keystore, and how many keys there are under it.
    pub(crate) keys: Option<(String, usize)>,
}

/// What the app told of a run.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Seen {
    pub(crate) run: String,
    pub(crate) status: String,
    pub(crate) result: Option<Value>,
    /// Milliseconds since the Unix epoch.
    pub(crate) finished_at: Option<i64>,
}

/// The history, sorted out.
#[derive(Debug, Default)]
pub(crate) struct History {
    /// By idempotency key.
    pub(crate) submitted: BTreeMap<String, Expected>,
    /// The runs that each key was answered with.
    pub(crate) accepted: BTreeMap<String, BTreeSet<String>>,
    /// By run, in the order of the history.
    pub(crate) seen: BTreeMap<String, Vec<Seen>>,
    /// The calls that the outside world was asked for.
    pub(crate) requests: Vec<String>,
    pub(crate) faults: usize,
}

impl History {
    pub(crate) fn read(path: &str) -> Result<Self, String> {
        let text = fs::read_to_string(path).map_err(|error| format!("{path}: {error}"))?;
        let events = text.lines().enumerate().map(|(index, line)| {
            serde_json::from_str(line).map_err(|error| format!("{path}:{}: {error}", index + 1))
        });
        Ok(events.collect::<Result<Vec<_>, _>>()?.into_iter().collect())
    }

    /// How many requests were made again.
    pub(crate) fn repeated_requests(&self) -> usize {
        let different: BTreeSet<_> = self.requests.iter().collect();
        self.requests.len() - different.len()
    }
}

impl FromIterator<Event> for History {
    fn from_iter<I: IntoIterator<Item = Event>>(events: I) -> Self {
        let mut history = Self::default();
        for event in events {
            match event {
                Event::Submit { key, expect } => {
                    history.submitted.insert(key, expect);
                }
                Event::Accepted { key, run } => {
                    history.accepted.entry(key).or_default().insert(run);
                }
                Event::Seen(seen) => history.seen.entry(seen.run.clone()).or_default().push(seen),
                Event::Request { call } => history.requests.push(call),
                Event::Fault => history.faults += 1,
            }
        }
        history
    }
}
