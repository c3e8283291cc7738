//! The stable codes of everything that can go wrong. Each has a page `docs/errors/<code>.md`.

use std::fmt;

macro_rules! codes {
    ($($variant:ident = $text:literal, $status:literal, $title:literal;)+) => {
        /// A stable error code. Clients may match on its text; it never changes its meaning.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum ErrorCode {
            $(#[doc = $title] $variant),+
        }

        impl ErrorCode {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The code as clients see it.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }

            /// The HTTP status of an answer with this code; 0 for a code that only ends a run or
            /// is thrown inside a task.
            #[must_use]
            pub const fn http_status(self) -> u16 {
                match self { $(Self::$variant => $status),+ }
            }

            /// One line for people, the same for every occurrence.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self { $(Self::$variant => $title),+ }
            }
        }
    };
}

codes! {
    // Answers of the public API.
    BadRequest = "bad_request", 400, "The request is malformed";
    Unauthorized = "unauthorized", 401, "The bearer token is missing or wrong";
    Forbidden = "forbidden", 403, "The key may not do this";
    EventUrlInvalid = "event_url_invalid", 403, "The address does not send an event";
    OriginForbidden = "origin_forbidden", 403, "This origin may not call the API";
    SecretHidden = "secret_hidden", 403, "A secret is never shown";
    RouteNotFound = "route_not_found", 404, "There is nothing at this path";
    TaskNotFound = "task_not_found", 404, "No task of this name is published";
    RunNotFound = "run_not_found", 404, "No run has this id";
    KeyNotFound = "key_not_found", 404, "The keystore has no such key";
    ApiKeyNotFound = "api_key_not_found", 404, "There is no API key of this name";
    ScheduleNotFound = "schedule_not_found", 404, "There is no schedule of this name";
    MethodNotAllowed = "method_not_allowed", 405, "The path does not take this method";
    RunFinished = "run_finished", 409, "The run has already ended";
    EventUrlUsed = "event_url_used", 409, "The address has sent its event";
    RunPaused = "run_paused", 409, "The run is paused already";
    RunNotPaused = "run_not_paused", 409, "The run is not paused";
    RunStopping = "run_stopping", 409, "The run is being stopped";
    RunNotFinished = "run_not_finished", 409, "The run has not ended yet";
    ScheduleOfCode = "schedule_of_code", 409, "The schedule is declared in a task's code";
    RunLive = "run_live", 409, "The run has not ended";
    ApiKeyExists = "api_key_exists", 409, "There is an API key of this name";
    KeystoreFull = "keystore_full", 409, "The keystore has no room for this";
    IdempotencyConflict = "idempotency_conflict", 409, "The idempotency key was used for another request";
    EventUrlExpired = "event_url_expired", 410, "The address can no longer send its event";
    BodyTooLarge = "body_too_large", 413, "The request body is too large";
    UnsupportedMediaType = "unsupported_media_type", 415, "The body must be JSON";
    TaskInvalid = "task_invalid", 422, "The task cannot be published";
    InputInvalid = "input_invalid", 422, "The input does not fit the task";
    TimeInvalid = "time_invalid", 422, "A moment or time span cannot be used";
    CronInvalid = "cron_invalid", 422, "The cron expression cannot be used";
    TimeZoneUnknown = "time_zone_unknown", 422, "There is no such time zone";
    SchedulePolicyInvalid = "schedule_policy_invalid", 422, "A schedule's policy cannot be used";
    PriorityInvalid = "priority_invalid", 422, "A priority cannot be used";
    ConcurrencyInvalid = "concurrency_invalid", 422, "A concurrency limit or key cannot be used";
    FilterInvalid = "filter_invalid", 422, "A filter of runs cannot be used";
    RetryInvalid = "retry_invalid", 422, "How a run is to be retried cannot be used";
    TagsInvalid = "tags_invalid", 422, "A run cannot have these tags";
    WebhookInvalid = "webhook_invalid", 422, "The webhook cannot be used";
    TextInvalid = "text_invalid", 422, "A text cannot be stored";
    Internal = "internal", 500, "Tasker failed";
    StoreDamaged = "store_damaged", 500, "The database's file is damaged";
    TooManyWrongKeys = "too_many_wrong_keys", 429, "This client has sent too many wrong keys";
    TooManyRequests = "too_many_requests", 429, "This client makes too many requests";
    QueueFull = "queue_full", 429, "As many runs of the task wait as may";
    TokenWeak = "token_weak", 503, "The app's own token can be guessed";
    StoreUnavailable = "store_unavailable", 503, "The database cannot be reached";
    StoreFull = "store_full", 503, "There is no room for the database to grow";
    DatabaseLimit = "database_limit", 503, "The database is as large as it may be";
    ExecutorUnavailable = "executor_unavailable", 503, "The executor cannot be reached";

    // How a run can end, and errors that a task can catch.
    Stalled = "stalled", 0, "The task can never finish: nothing left to wait for";
    CallNotAwaited = "call_not_awaited", 0, "The task returned without awaiting a call that it made";
    UnhandledRejection = "unhandled_rejection", 0, "A promise was rejected and nobody handled it";
    ThrewNonError = "threw_non_error", 0, "The task threw something that is not an Error";
    CpuLimit = "cpu_limit", 0, "The task computed for too long without waiting for anything";
    MemoryLimit = "memory_limit", 0, "The task needed more memory than it may have";
    NotJson = "not_json", 0, "A value cannot cross as JSON";
    ArgsTooLarge = "args_too_large", 0, "The arguments of a call are too large";
    ResultTooLarge = "result_too_large", 0, "A result is too large";
    OutstandingLimit = "outstanding_limit", 0, "Too many calls are outstanding at once";
    DepthLimit = "depth_limit", 0, "Tasks are nested too deeply";
    FramesLimit = "frames_limit", 0, "Too many tasks of the run are unfinished at once";
    StartsLimit = "starts_limit", 0, "The run has started as many runs as it may";
    JournalLimit = "journal_limit", 0, "The run has journaled as much as it may";
    SnapshotTooLarge = "snapshot_too_large", 0, "The sleeping task would take too much room";
    JournalMismatch = "journal_mismatch", 0, "A replayed call differs from the journal";
    UnknownService = "unknown_service", 0, "There is no such service";
    UnknownMethod = "unknown_method", 0, "The service has no such method";
    InvalidArguments = "invalid_arguments", 0, "The service cannot use these arguments";
    ModuleNotFound = "module_not_found", 0, "A module is not packed with the task";
    ServiceUnavailable = "service_unavailable", 0, "The service cannot be reached";
    CallTimeout = "call_timeout", 0, "The service took too long to answer";
    OutcomeUnknown = "outcome_unknown", 0, "Nobody knows whether the upstream has done it";
    UpstreamFailed = "upstream_failed", 0, "The upstream answered with an error";
    UpstreamUnreachable = "upstream_unreachable", 0, "The upstream cannot be reached";
    UpstreamTimeout = "upstream_timeout", 0, "The upstream took too long to answer";
    UpstreamTooLarge = "upstream_too_large", 0, "The upstream's answer is too large";
    UpstreamInvalid = "upstream_invalid", 0, "The upstream's answer cannot be understood";
    HostForbidden = "host_forbidden", 0, "The service may not send requests to this host";
    CredentialMissing = "credential_missing", 0, "The service has no credential";
    PolicyDenied = "policy_denied", 0, "The service's policy does not allow this method";
    PolicyInvalid = "policy_invalid", 0, "The service's policy cannot be read";
    RateLimited = "rate_limited", 0, "The service's policy allows no more calls this minute";
    ConcurrencyLimited = "concurrency_limited", 0, "The service's policy allows no more calls at once";
    KeystoreDenied = "keystore_denied", 0, "The task was not granted this namespace of the keystore";
    CallDenied = "call_denied", 0, "The task may not call this task";
    EventDenied = "event_denied", 0, "The task may not wait for this event";
    SecretDenied = "secret_denied", 0, "The secret may not be used here";
    DecryptionFailed = "decryption_failed", 0, "A stored value cannot be decrypted";
    ExecutorLost = "executor_lost", 0, "The executor was lost again and again";
    EventTimeout = "event_timeout", 0, "No event came in time";
    Cancelled = "cancelled", 0, "The run was cancelled";
    RunTimeout = "run_timeout", 0, "The run did not end within its time";
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_unique_and_has_its_page() {
        let pages = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/errors");
        let mut seen = std::collections::BTreeSet::new();
        for code in ErrorCode::ALL {
            assert!(seen.insert(format!("{code}.md")), "{code} stands twice");
            let page = std::fs::read_to_string(pages.join(format!("{code}.md")))
                .unwrap_or_else(|error| panic!("docs/errors/{code}.md: {error}"));
            assert!(
                page.starts_with(&format!("# {code}\n")),
                "docs/errors/{code}.md: first line"
            );
            assert!(
                page.contains("## Cause") && page.contains("## What to do"),
                "docs/errors/{code}.md"
            );
        }
        for page in std::fs::read_dir(pages).unwrap() {
            let name = page.unwrap().file_name().into_string().unwrap();
            assert!(
                seen.contains(&name) || name == "README.md",
                "docs/errors/{name} is of no code"
            );
        }
    }
}
