//! The contracts between components: JSON over HTTP by service chaining.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::diagnosis::DamageKind;
use crate::figures::Figure;
use crate::trace::TraceParent;
use crate::{Call, Claimed, ErrorValue, Json, Lease, Path, RunId, StackRunId, StackStatus};

/// The services that tasks can call, each wrapped by the component `wrapped<service>`.
pub const SERVICES: &[&str] = &[
    "fetch",
    "gapi",
    "keystore",
    "openai",
    "supabase",
    "websearch",
];

/// The keystore's namespaces with the services' own credentials: a task's grant covers one of them
/// only if it names it.
pub const CREDENTIALS: &[&str] = &["google", "openai", "supabase", "websearch"];

/// The services whose calls are written as chains: `tools.supabase.from("t").select().eq("id", 5)`.
pub const FLUENT_SERVICES: &[Fluent] = &[Fluent {
    service: "supabase",
    parts: &["from", "schema", "setHeader", "throwOnError"],
}];

/// How a fluent service's chains become calls.
///
/// The arguments of such a call are the chain's steps: a string for a property, `[name, …arguments]`
/// for a call of a method; its method is the steps' names. A chain that begins with a call is a
/// builder from the first call on that is not of a part: further calls change it, and each await of it
/// makes a call of the service. A chain that begins with a property makes one at its first call that is not of a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fluent {
    /// The service's name.
    pub service: &'static str,
    /// Methods that make no request, but give a part of the client.
    pub parts: &'static [&'static str],
}

impl Fluent {
    /// The rules of `service`; `None` if it is not fluent.
    #[must_use]
    pub fn of(service: &str) -> Option<&'static Fluent> {
        FLUENT_SERVICES
            .iter()
            .find(|fluent| fluent.service == service)
    }
}

/// The services of which any call may be made twice: they read, or know a call again by its key.
pub const HARMLESS_SERVICES: &[&str] = &["keystore", "openai", "websearch"];

/// The longest time that a call may be given; the official clients wait as long.
pub const LONGEST_CALL: Duration = Duration::from_secs(600);

/// The longest time of a call whose answer comes bit by bit, of which each may take as long as a call.
pub const LONGEST_STREAM: Duration = Duration::from_secs(3_600);

/// A caller that waits for an answer gets a sign of life this often: hosts take a connection for dead on which nothing
/// comes for ten minutes.
pub const SIGN_OF_LIFE: Duration = Duration::from_secs(20);

/// `POST /execute` to `quickjs`: run one slice of a claimed frame. The answer is of [`SliceLine`]s.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ExecuteRequest {
    /// The claimed frame.
    pub lease: Lease,
    /// How long a lease that the slice takes for a follower lasts, in milliseconds.
    pub lease_ms: i64,
    /// How long the caller can wait, in milliseconds; `None`: as long as it takes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within_ms: Option<i64>,
    /// How many calls the slice may make itself; `None`: as many as the host lets it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calls: Option<u32>,
    /// The frame's last executor was lost, perhaps while it made calls.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub was_lost: bool,
}

/// A line of the answer to `POST /execute`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
#[allow(clippy::large_enum_variant, reason = "it lives for a moment")]
pub enum SliceLine {
    /// What its VM does, while the slice goes on.
    News(SliceNews),
    /// The slice is over.
    Over(ExecuteReply),
}

/// What a VM does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum SliceNews {
    /// It has been waiting for calls for a while, so that others can compute in its place.
    Waits,
    /// It computes again.
    Computes,
}

/// What is said when a slice is over and its outcome committed. If the slice carries on, the answer stays
/// open until it is done, and then has another such line with what was measured since.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ExecuteReply {
    /// A stack run that became runnable through this slice and that the slice claimed for its
    /// caller: the parent that it woke, the child that it started, or the frame itself.
    pub next: Option<Claimed>,
    /// What the slice has measured, for the caller to store.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub figures: Vec<Figure>,
    /// Whether the slice continues with calls that were out when its frame fell asleep.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub carries_on: bool,
}

/// `POST /inspect` to `quickjs`: look into the stored snapshots of frames.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InspectRequest {
    /// All frames of this run; `None`: the sleeping frames of all runs, and of those only the damaged
    /// are answered.
    pub run: Option<RunId>,
    /// After this frame, in the order of ids.
    pub after: Option<StackRunId>,
    /// The most to look at.
    pub limit: u32,
    /// Whether to repair damage.
    pub repair: bool,
}

/// The answer to an inspection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InspectReply {
    /// The engine of this build.
    pub engine: String,
    /// How many frames were looked at.
    pub looked_at: u32,
    /// The frames.
    pub frames: Vec<InspectedFrame>,
    /// Where to go on, if there are more.
    pub next: Option<StackRunId>,
    /// How many were repaired.
    pub repaired: u32,
}

/// A frame, looked into.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InspectedFrame {
    /// Its run.
    pub run: RunId,
    /// Its task.
    pub task: String,
    /// The version of the task.
    pub version: String,
    /// Where it stands in the run.
    pub path: Path,
    /// Where it is.
    pub status: StackStatus,
    /// When its row last changed.
    pub updated_at: i64,
    /// How many entries of its journal it has seen.
    pub journal_position: u32,
    /// What is stored of its VM; `None` if it never slept.
    pub snapshot: Option<InspectedSnapshot>,
    /// What is damaged.
    pub damage: Option<DamageKind>,
}

/// A stored snapshot, decoded as far as that can be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InspectedSnapshot {
    /// Size as stored.
    pub bytes: u64,
    /// Size of the difference to the booted VM before compression.
    pub raw_bytes: u64,
    /// The engine that made it.
    pub engine: String,
    /// The journal position at which it was taken.
    pub position: u32,
    /// Why it cannot be restored, in words.
    pub problem: Option<String>,
    /// The calls that the VM waits for.
    pub calls: Vec<InspectedCall>,
}

/// A call that a sleeping VM waits for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InspectedCall {
    /// Its number in the frame.
    pub number: u32,
    /// `service.method.path`
    pub label: String,
    /// The stack of the place that made it: lines of the task's files, the innermost first.
    pub stack: String,
    /// Where the call is.
    pub state: CallState,
}

/// Where a call is that a sleeping VM waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum CallState {
    /// It has a row in the queue.
    Queued,
    /// It has settled since the snapshot, and the frame sees it when it wakes.
    Settled,
    /// The slice that took the snapshot was making it, or was about to.
    InFlight,
    /// It is nowhere.
    Lost,
}

/// `POST /check` to `quickjs`: whether a task can be loaded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckRequest {
    /// The task's name, for messages.
    pub name: String,
    /// The task file.
    pub code: String,
    /// Packed modules: path to source.
    #[serde(default)]
    pub modules: std::collections::BTreeMap<String, String>,
}

/// The answer to a check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckReply {
    /// Why it cannot be loaded; `None` if it can.
    pub error: Option<ErrorValue>,
}

/// `POST /call` to a wrapped service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ServiceRequest {
    /// The run on whose behalf the call is made.
    pub run: RunId,
    /// The frame that makes it; what its task was granted at publish bounds what the call may use.
    /// `None`: an operator's own call, which may use everything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frame: Option<Path>,
    /// The method path after the service's name.
    pub method: Vec<String>,
    /// The arguments: the text of a JSON array.
    pub args: Json,
    /// The same for every attempt of this call, and for no other call.
    pub idempotency_key: String,
    /// How long the caller waits (ms); `None`: for as long as any call may take.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within_ms: Option<i64>,
    /// An attempt was lost with its worker, and nobody knows what became of it: what may be done once
    /// only is not to be done again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub was_lost: bool,
    /// The span of this call in the trace of its run; requests to upstreams carry it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<TraceParent>,
}

impl ServiceRequest {
    /// The request for one call of a frame.
    #[must_use]
    pub fn new(run: RunId, frame: &Path, call: &Call, trace: Option<TraceParent>) -> Self {
        let path = frame.call(call.number);
        Self {
            trace: trace.map(|trace| trace.child(path.as_str())),
            run,
            frame: Some(frame.clone()),
            method: call.method.clone(),
            args: call.args.clone(),
            idempotency_key: call
                .options()
                .idempotency_key
                .unwrap_or_else(|| format!("{run}:{path}")),
            within_ms: None,
            was_lost: false,
        }
    }
}

/// The answer of a wrapped service. It is HTTP 200 whether the call worked or not: another status
/// means that the component itself failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(clippy::large_enum_variant, reason = "it lives for a moment")]
pub enum ServiceReply {
    /// The value that the task's `await` gives: JSON text.
    Ok(Json),
    /// The error that the task's `await` throws.
    Err(ServiceError),
}

/// Why a service call failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ServiceError {
    /// What the task sees if the call is not tried again.
    pub error: ErrorValue,
    /// Whether the same call may succeed later.
    pub retryable: bool,
    /// Not before this many milliseconds, if the upstream said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<i64>,
    /// The upstream may have done what was asked, and another attempt might do it twice.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub outcome_unknown: bool,
    /// What the call gives after all if it is not tried again: an upstream's answer, whatever it says. JSON text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<Json>,
}

/// The answer of `POST /sweep` of the stack processor: what the sweep did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SweepReply {
    /// Expired leases whose work was queued again.
    pub reclaimed: u32,
    /// Stack runs given up because their executor was lost too often.
    pub failed: u32,
    /// Sleeping frames that a settled call should have woken, woken now.
    pub woken: u32,
    /// Calls and runs whose time was up.
    pub expired: u32,
    /// Pending rows that are due now.
    pub due: u32,
    /// Runs that schedules made.
    #[serde(default)]
    pub scheduled: u32,
    /// Ended runs that were kept no longer.
    #[serde(default)]
    pub purged: u32,
}
