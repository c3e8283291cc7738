//! The public HTTP API as types: what requests and answers look like, and the rules that need no
//! I/O. The server, the command line and the OpenAPI document are all made from them.

#![allow(
    clippy::result_large_err,
    reason = "a problem is made once per request, as its answer"
)]

mod allowed;
mod api_key;
mod audit;
pub mod auth;
mod bulk;
mod convert;
pub mod cors;
mod doctor;
mod event;
mod history;
mod inspect;
mod key;
mod limit;
mod metrics;
mod page;
mod problem;
mod public_run;
mod public_token;
mod query;
mod raw;
mod retry;
mod run;
mod schedule;
mod schema;
mod seal;
mod send;
mod session;
mod settings;
mod signed;
mod system;
mod task;
mod time;

pub use allowed::{Allowed, ReadRun, SendNamed, SubmitTask, not_allowed};
pub use api_key::{ApiKey, CreatedApiKey, NewApiKey};
pub use audit::{AuditQuery, Deed};
pub use bulk::{
    BULK_DEFAULT, BulkAction, CancelRuns, ChangeRuns, ChangedRuns, RetryRuns, RunsFilter, Selection,
};
pub use doctor::{
    BACKLOG_COUNTED, Check, DAMAGE_SHOWN, DamageFound, Diagnosis, DoctorQuery, Readiness, Repaired,
    Trouble, Verdict, WAITING_SHOWN, Waiting, is_late, worst,
};
pub use event::{EVENT_STREAM, EVENTS_MAX_SECONDS, EventId, NotAnEventId, RunEvent, RunMoved};
pub use history::{
    FailedAttempt, JournalEntry, LogEntry, PendingCall, StackEntry, StackKind, StackSnapshot,
};
pub use inspect::{AwaitedCall, FrameState, INSPECT_MAX, InspectQuery, Inspection, SnapshotState};
pub use key::{KeyNamespace, KeyValue, RotatedKeys, SetKey};
pub use limit::{
    BODY_MAX_BYTES, BY_MAX, GRANT_MAX, GRANTS_MAX, IDEMPOTENCY_KEY_MAX, INPUT_MAX_BYTES,
    MODULE_PATH_MAX, MODULES_MAX, PAGE_DEFAULT, PAGE_MAX, PUBLISH_MAX_BYTES, REASON_MAX,
    RUN_AT_MAX_MS, TASK_NAME_MAX, WAIT_MAX_SECONDS, check_cancel, check_grants,
    check_idempotency_key, check_modules, check_reach, check_tags, check_task_name, deadline,
    page_limit, run_at, too_many_tags, wait_limit,
};
pub use metrics::Metrics;
pub use page::{Cursor, Page};
pub use problem::{FieldError, Problem};
pub use public_run::{PublicError, PublicRun};
pub use public_token::{
    CreatedPublicToken, NewPublicToken, PUBLIC_TOKEN_MAX_SECONDS, PUBLIC_TOKEN_PREFIX,
    PUBLIC_TOKEN_SECONDS, PublicToken, WantedPublicToken, public_token_seconds,
};
pub use query::{
    CursorQuery, EventsQuery, LogsQuery, NoQuery, PageQuery, RunsQuery, TimesQuery, WaitQuery,
    id_range, parse_cursor, parse_query,
};
pub use raw::RawJson;
pub use retry::{RetryRun, RunAgain, Versions, retry_tag};
pub use run::{
    CancelRun, Cancelled, Run, RunExport, RunProgress, RunStop, RunSummary, RunTags, SubmitRun,
    Submitted, TaskError, WebhookTarget, WebhookView,
};
pub use schedule::{
    SCHEDULES_MAX, Schedule, SetSchedule, SkippedMoments, TIMES_DEFAULT, TIMES_MAX,
    check_schedule_name, policies,
};
pub use schema::id as id_schema;
pub use seal::{SealKey, Sealed};
pub use send::{
    EVENT_DATA_MAX_BYTES, EVENT_TTL_MAX_SECONDS, EVENT_TTL_SECONDS, SendEvent, SentEvent,
    event_expiry,
};
pub use session::{
    SESSION_HEADER, SESSION_PATH, SESSION_ROOT, Session, SessionHolder, SignIn, no_session_cookie,
};
pub use settings::{
    AT_ONCE_MAX, CONCURRENCY_KEY_MAX, PRIORITY_MAX, check_concurrency_key, concurrency_scope,
    concurrency_tag, concurrency_unlimited, key_at, priority, priority_tag, retention_tag,
};
pub use signed::{SignedEvent, event_page, event_page_policy, event_problem_page, event_sent_page};
pub use system::{Health, SweepReport};
pub use task::{
    Added, Change, PublishTask, PublishedTask, RunLimit, RunSettings, Task, TaskSummary,
};
pub use time::Timestamp;
