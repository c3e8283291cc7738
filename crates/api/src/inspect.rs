//! `GET /runs/{id}/inspect`: what is stored of a run's VMs, decoded.

use serde::{Deserialize, Serialize};
use tasker_domain::wire::{CallState, InspectReply};
use tasker_domain::{RunId, StackStatus};
use utoipa::{IntoParams, ToSchema};

use crate::{Timestamp, schema};

/// Most frames that are looked into at once.
pub const INSPECT_MAX: u32 = 50;

/// `GET /runs/{id}/inspect`: the frames of a run, looked into.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Inspection {
    /// The run.
    #[schema(schema_with = schema::id)]
    pub task_run_id: RunId,
    /// The engine of this build.
    pub engine: String,
    /// Its live frames; none once it has ended.
    pub frames: Vec<FrameState>,
    /// Asks for the frames after these; absent if these are all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

/// A live frame and what is stored of its VM.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FrameState {
    /// Where it stands in the run.
    pub path: String,
    /// Its task.
    pub task_name: String,
    /// The version that it runs.
    pub version: String,
    /// Where it is.
    #[schema(schema_with = schema::stack_status)]
    pub status: StackStatus,
    /// Since when.
    pub since: Timestamp,
    /// How many of its calls it has seen settle.
    pub journal_position: u32,
    /// Its newest snapshot; `null` if it never slept.
    #[schema(required = true)]
    pub snapshot: Option<SnapshotState>,
    /// What is damaged: a kind of `GET /doctor`.
    #[schema(required = true)]
    pub damage: Option<String>,
}

/// A stored snapshot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SnapshotState {
    /// Size as stored.
    pub bytes: u64,
    /// Size of the difference to the booted VM before compression.
    pub raw_bytes: u64,
    /// The engine that made it.
    pub engine: String,
    /// The journal position at which it was taken.
    pub journal_position: u32,
    /// Why it cannot be restored: the frame then replays its journal. `null` if it can.
    #[schema(required = true)]
    pub problem: Option<String>,
    /// The first hundred calls that the VM waits for.
    pub pending_calls: Vec<AwaitedCall>,
}

/// A call that a sleeping VM waits for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AwaitedCall {
    /// Its number in the frame.
    pub call: u32,
    /// `service.method.path`
    pub label: String,
    /// Where the call is: `queued`, `settled` (seen when the frame wakes), `inFlight` or `lost`.
    pub state: String,
    /// The place in the task that made it, `file:line:column`; `null` if that is not known.
    #[schema(required = true)]
    pub at: Option<String>,
    /// The stack at that place, the innermost line first.
    pub stack: Vec<String>,
}

/// `GET /runs/{id}/inspect?cursor=…`
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct InspectQuery {
    /// `nextCursor` of the answer before.
    pub cursor: Option<String>,
}

impl Inspection {
    /// What the executor has found.
    #[must_use]
    pub fn of(run: RunId, reply: InspectReply, next_cursor: Option<String>) -> Self {
        let frames = reply.frames.into_iter().map(|frame| FrameState {
            path: frame.path.to_string(),
            task_name: frame.task,
            version: frame.version,
            status: frame.status,
            since: Timestamp::from_millis(frame.updated_at),
            journal_position: frame.journal_position,
            damage: frame.damage.map(|damage| damage.to_string()),
            snapshot: frame.snapshot.map(|snapshot| SnapshotState {
                bytes: snapshot.bytes,
                raw_bytes: snapshot.raw_bytes,
                engine: snapshot.engine,
                journal_position: snapshot.position,
                problem: snapshot.problem,
                pending_calls: snapshot
                    .calls
                    .into_iter()
                    .map(|call| AwaitedCall {
                        call: call.number,
                        label: call.label,
                        state: word(call.state).to_owned(),
                        at: call.stack.lines().next().and_then(place),
                        stack: call
                            .stack
                            .lines()
                            .map(|line| line.trim().to_owned())
                            .collect(),
                    })
                    .collect(),
            }),
        });
        Self {
            task_run_id: run,
            engine: reply.engine,
            frames: frames.collect(),
            next_cursor,
        }
    }
}

fn word(state: CallState) -> &'static str {
    match state {
        CallState::Queued => "queued",
        CallState::Settled => "settled",
        CallState::InFlight => "inFlight",
        CallState::Lost => "lost",
    }
}

/// `file:line:column` of a line of a stack: `at name (file:line:column)` or `at file:line:column`.
fn place(line: &str) -> Option<String> {
    let line = line.trim();
    let line = line.strip_prefix("at ").unwrap_or(line);
    let place = match (line.rfind('('), line.strip_suffix(')')) {
        (Some(open), Some(line)) => &line[open + 1..],
        _ => line,
    };
    (!place.is_empty()).then(|| place.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_of_a_call_is_read_from_its_stack() {
        assert_eq!(
            place("    at run (task.js:4:9)").as_deref(),
            Some("task.js:4:9")
        );
        assert_eq!(place("  at task.js:1:2").as_deref(), Some("task.js:1:2"));
        assert_eq!(
            place("at odd (name) (a b.js:3:1)").as_deref(),
            Some("a b.js:3:1")
        );
        assert_eq!(place(""), None);
    }
}
