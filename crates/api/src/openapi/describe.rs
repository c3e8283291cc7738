//! What each call takes and answers.

use tasker_domain::ErrorCode::{
    self, BadRequest, BodyTooLarge, EventUrlExpired, EventUrlInvalid, EventUrlUsed,
    ExecutorUnavailable, FilterInvalid, IdempotencyConflict, InputInvalid, KeyNotFound,
    RouteNotFound, RunFinished, RunNotFinished, RunNotFound, RunNotPaused, RunPaused, RunStopping,
    ScheduleNotFound, ScheduleOfCode, StoreDamaged, StoreFull, StoreUnavailable, TaskInvalid,
    TaskNotFound, TextInvalid, TimeInvalid, UnsupportedMediaType,
};
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::{ComponentsBuilder, ObjectBuilder, RefOr, Required, Schema, schema::Type};
use utoipa::{IntoParams, ToSchema};

use crate::openapi::{page_of, reference, with_schema};
use crate::route::Operation;
use crate::{
    CancelRun, CancelRuns, Cancelled, ChangeRuns, ChangedRuns, CursorQuery, Diagnosis, DoctorQuery,
    EVENT_STREAM, EventsQuery, Health, InspectQuery, Inspection, JournalEntry, KeyValue, LogEntry,
    LogsQuery, Metrics, PageQuery, PublishTask, PublishedTask, Readiness, RotatedKeys, Run,
    RunExport, RunMoved, RunStop, RunSummary, RunsFilter, RunsQuery, Schedule, SendEvent,
    SentEvent, SetKey, SetSchedule, SignedEvent, StackEntry, SubmitRun, Submitted, SweepReport,
    Task, TaskSummary, TimesQuery, WaitQuery,
};

/// A call's part of the document.
pub(super) struct Description {
    pub(super) id: &'static str,
    pub(super) tag: &'static str,
    pub(super) summary: &'static str,
    pub(super) query: Vec<Parameter>,
    pub(super) body: Option<RefOr<Schema>>,
    pub(super) body_is_optional: bool,
    pub(super) answers: Vec<Answer>,
    pub(super) problems: Vec<ErrorCode>,
    pub(super) schemas: Vec<fn(ComponentsBuilder) -> ComponentsBuilder>,
}

/// An answer that is no error.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) what: &'static str,
    pub(super) content: Option<(&'static str, RefOr<Schema>)>,
}

impl Description {
    fn new(id: &'static str, tag: &'static str, summary: &'static str) -> Self {
        Self {
            id,
            tag,
            summary,
            query: Vec::new(),
            body: None,
            body_is_optional: false,
            answers: Vec::new(),
            problems: vec![BadRequest],
            schemas: Vec::new(),
        }
    }

    fn query<T: IntoParams>(mut self) -> Self {
        self.query
            .extend(T::into_params(|| Some(ParameterIn::Query)));
        self
    }

    fn header(mut self, name: &str, what: &str) -> Self {
        let parameter = ParameterBuilder::new()
            .name(name)
            .parameter_in(ParameterIn::Header)
            .required(Required::False)
            .description(Some(what))
            .schema(Some(ObjectBuilder::new().schema_type(Type::String)));
        self.query.push(parameter.build());
        self
    }

    fn body<T: ToSchema>(mut self) -> Self {
        self.body = Some(reference::<T>());
        self.schemas.push(with_schema::<T>);
        self.problems(&[BodyTooLarge, UnsupportedMediaType])
    }

    fn optional_body<T: ToSchema>(mut self) -> Self {
        self.body_is_optional = true;
        self.body::<T>()
    }

    fn answer<T: ToSchema>(mut self, status: u16, what: &'static str) -> Self {
        self.schemas.push(with_schema::<T>);
        self.answers.push(Answer {
            status,
            what,
            content: Some(("application/json", reference::<T>())),
        });
        self
    }

    /// A type that the description speaks of.
    fn schema<T: ToSchema>(mut self) -> Self {
        self.schemas.push(with_schema::<T>);
        self
    }

    fn page<T: ToSchema>(mut self, what: &'static str) -> Self {
        self.schemas.push(with_schema::<T>);
        self.answers.push(Answer {
            status: 200,
            what,
            content: Some(("application/json", page_of(reference::<T>()))),
        });
        self
    }

    fn other(
        mut self,
        status: u16,
        what: &'static str,
        content: Option<(&'static str, RefOr<Schema>)>,
    ) -> Self {
        self.answers.push(Answer {
            status,
            what,
            content,
        });
        self
    }

    fn problems(mut self, codes: &[ErrorCode]) -> Self {
        self.problems.extend(codes);
        self
    }

    /// It needs the database.
    fn stored(self) -> Self {
        self.problems(&[TextInvalid, StoreDamaged, StoreUnavailable, StoreFull])
    }
}

/// What a call takes and answers.
pub(super) fn describe(operation: Operation) -> Description {
    let text = || {
        RefOr::from(Schema::from(
            ObjectBuilder::new().schema_type(Type::String).build(),
        ))
    };
    match operation {
        Operation::ListTasks => {
            Description::new("listTasks", "tasks", "Lists the published tasks by name")
                .query::<PageQuery>()
                .page::<TaskSummary>("A page of tasks")
                .stored()
        }
        Operation::PublishTask => Description::new(
            "publishTask",
            "tasks",
            "Publishes a task, or a new version of it",
        )
        .body::<PublishTask>()
        .answer::<PublishedTask>(200, "A version became current, or was already")
        .answer::<PublishedTask>(201, "The task is new")
        .problems(&[
            TaskInvalid,
            ErrorCode::CronInvalid,
            ErrorCode::TimeZoneUnknown,
            ErrorCode::SchedulePolicyInvalid,
            InputInvalid,
            TimeInvalid,
            ErrorCode::PriorityInvalid,
            ErrorCode::ConcurrencyInvalid,
            ErrorCode::RetryInvalid,
            ExecutorUnavailable,
        ])
        .stored(),
        Operation::ShowTask => {
            Description::new("showTask", "tasks", "Shows a published task with its code")
                .answer::<Task>(200, "The task")
                .problems(&[TaskNotFound])
                .stored()
        }
        Operation::DeleteTask => Description::new(
            "deleteTask",
            "tasks",
            "Withdraws a task; runs that exist go on",
        )
        .other(204, "It is withdrawn", None)
        .problems(&[TaskNotFound])
        .stored(),
        Operation::SubmitRun => Description::new("submitRun", "runs", "Runs a task")
            .header(
                "Idempotency-Key",
                "The same as `idempotencyKey` in the body",
            )
            .header(
                "traceparent",
                "W3C trace context: the run becomes a span of this trace",
            )
            .body::<SubmitRun>()
            .answer::<Submitted>(
                202,
                "The run is accepted and durable, or was before; `Location` is where to ask for it",
            )
            .problems(&[
                TaskNotFound,
                IdempotencyConflict,
                InputInvalid,
                TimeInvalid,
                ErrorCode::PriorityInvalid,
                ErrorCode::ConcurrencyInvalid,
                ErrorCode::RetryInvalid,
                ErrorCode::WebhookInvalid,
            ])
            .stored(),
        Operation::ShowRun => Description::new(
            "showRun",
            "runs",
            "Shows a run; waits for its end if asked to",
        )
        .query::<WaitQuery>()
        .answer::<Run>(200, "The run, ended or not")
        .problems(&[RunNotFound])
        .stored(),
        Operation::ListRuns => Description::new("listRuns", "runs", "Lists runs, newest first")
            .query::<RunsQuery>()
            .page::<RunSummary>("A page of runs")
            .stored(),
        Operation::ShowJournal => Description::new(
            "showJournal",
            "runs",
            "Lists a run's settled calls by time of settling",
        )
        .query::<PageQuery>()
        .page::<JournalEntry>("A page of calls")
        .problems(&[RunNotFound])
        .stored(),
        Operation::ShowStack => Description::new(
            "showStack",
            "runs",
            "Lists a run's live frames and queued calls by path",
        )
        .page::<StackEntry>("All of them; none once the run has ended")
        .problems(&[RunNotFound])
        .stored(),
        Operation::ShowLogs => Description::new("showLogs", "runs", "Lists a run's log lines")
            .query::<LogsQuery>()
            .page::<LogEntry>("A page of lines")
            .problems(&[RunNotFound])
            .stored(),
        Operation::FollowRun => Description::new(
            "followRun",
            "runs",
            "Tells what happens in a run, as it happens, until it ends",
        )
        .query::<EventsQuery>()
        .header(
            "Last-Event-ID",
            "The id of the last event that was seen: only what came after it is told",
        )
        .schema::<RunMoved>()
        .schema::<JournalEntry>()
        .schema::<LogEntry>()
        .schema::<Run>()
        .other(
            200,
            "Server-sent events: `status` with a RunMoved, `call` with a JournalEntry, `log` with a \
             LogEntry, and at last `end` with the Run. The answer ends after 25 seconds at most: \
             ask again with `Last-Event-ID`",
            Some((EVENT_STREAM, text())),
        )
        .other(
            204,
            "The run has ended and the client has seen it: do not ask again",
            None,
        )
        .problems(&[RunNotFound])
        .stored(),
        Operation::ExportRun => Description::new(
            "exportRun",
            "runs",
            "Gives a run's whole history as one document",
        )
        .answer::<RunExport>(200, "The history, however long; it is whole if it is JSON")
        .problems(&[RunNotFound])
        .stored(),
        Operation::DeleteRun => Description::new(
            "deleteRun",
            "runs",
            "Removes an ended run with its journal and its log",
        )
        .other(204, "It is removed", None)
        .problems(&[RunNotFound, ErrorCode::RunLive])
        .stored(),
        Operation::InspectRun => Description::new(
            "inspectRun",
            "runs",
            "Decodes what is stored of a run's sleeping VMs",
        )
        .query::<InspectQuery>()
        .answer::<Inspection>(200, "Its frames, with the place of each call that they wait for")
        .problems(&[RunNotFound, ExecutorUnavailable])
        .stored(),
        Operation::CancelRun => Description::new("cancelRun", "runs", "Ends a run")
            .optional_body::<CancelRun>()
            .schema::<RunStop>()
            .answer::<Cancelled>(
                202,
                "It has ended, or its tasks are told and may clean up for a short time; whatever they \
                 return, it ends cancelled",
            )
            .problems(&[RunNotFound, RunFinished])
            .stored(),
        Operation::CancelRuns => Description::new(
            "cancelRuns",
            "runs",
            "Cancels the runs that fit a filter, so many of the newest",
        )
        .body::<CancelRuns>()
        .schema::<RunsFilter>()
        .answer::<ChangedRuns>(200, "What was done; `more` says whether to ask again")
        .problems(&[FilterInvalid])
        .stored(),
        Operation::PauseRuns => change_runs(
            "pauseRuns",
            "Pauses the runs that fit a filter, so many of the newest",
        ),
        Operation::ResumeRuns => change_runs(
            "resumeRuns",
            "Lets the paused runs go on that fit a filter, so many of the newest",
        ),
        Operation::RetryRuns => change_runs(
            "retryRuns",
            "Runs again what has ended and fits a filter, so many of the newest: what failed, if the filter has no \
             status. Asking again makes no second run of the same one",
        ),
        Operation::SendEvent => Description::new(
            "sendEvent",
            "events",
            "Sends an event to the runs that wait for it, or to one run",
        )
        .body::<SendEvent>()
        .answer::<SentEvent>(200, "It was sent before")
        .answer::<SentEvent>(202, "It is sent, and kept for those who wait later")
        .problems(&[RunNotFound, RunFinished, IdempotencyConflict, TimeInvalid])
        .stored(),
        Operation::ConfirmEvent => Description::new(
            "confirmEvent",
            "events",
            "Tells what a signed address sends; nothing is sent. With `Accept: text/html` every outcome is a page",
        )
        .answer::<SignedEvent>(200, "What it sends")
        .problems(&[
            EventUrlInvalid,
            EventUrlExpired,
            EventUrlUsed,
            RunNotFound,
            RunFinished,
        ])
        .stored(),
        Operation::SendSignedEvent => Description::new(
            "sendSignedEvent",
            "events",
            "Sends the event of a signed address, once. A JSON body is its data, unless the address says it",
        )
        .answer::<SentEvent>(202, "It is sent")
        .other(200, "The same for a browser", Some(("text/html; charset=utf-8", text())))
        .problems(&[
            EventUrlInvalid,
            EventUrlExpired,
            EventUrlUsed,
            RunNotFound,
            RunFinished,
            BodyTooLarge,
        ])
        .stored(),
        Operation::RetryRun => Description::new(
            "retryRun",
            "runs",
            "Runs a task again that has ended, at the same version and with the same input",
        )
        .answer::<Submitted>(202, "The new run; its `retryOf` names the other")
        .problems(&[RunNotFound, RunNotFinished])
        .stored(),
        Operation::PauseRun => Description::new("pauseRun", "runs", "Pauses a run")
            .answer::<RunMoved>(
                200,
                "Nothing of it is begun any more; calls that are under way go on, and a task that is \
                 awake sleeps within a second",
            )
            .problems(&[RunNotFound, RunFinished, RunStopping, RunPaused])
            .stored(),
        Operation::ResumeRun => Description::new("resumeRun", "runs", "Lets a paused run go on")
            .answer::<RunMoved>(200, "It goes on; what came due meanwhile is due now")
            .problems(&[RunNotFound, RunFinished, RunStopping, RunNotPaused])
            .stored(),
        Operation::ListSchedules => {
            Description::new("listSchedules", "schedules", "Lists the schedules by name")
                .query::<PageQuery>()
                .page::<Schedule>("A page of schedules")
                .stored()
        }
        Operation::ShowSchedule => Description::new(
            "showSchedule",
            "schedules",
            "Shows a schedule with its next times",
        )
        .query::<TimesQuery>()
        .answer::<Schedule>(200, "The schedule")
        .problems(&[ScheduleNotFound])
        .stored(),
        Operation::SetSchedule => Description::new(
            "setSchedule",
            "schedules",
            "Makes a schedule, or sets it anew",
        )
        .body::<SetSchedule>()
        .answer::<Schedule>(200, "It is set")
        .answer::<Schedule>(201, "It is new")
        .problems(&[
            TaskNotFound,
            ScheduleOfCode,
            ErrorCode::CronInvalid,
            ErrorCode::TimeZoneUnknown,
            ErrorCode::SchedulePolicyInvalid,
            InputInvalid,
        ])
        .stored(),
        Operation::DeleteSchedule => Description::new(
            "deleteSchedule",
            "schedules",
            "Removes a schedule; runs that it made go on",
        )
        .other(204, "It is removed", None)
        .problems(&[ScheduleNotFound, ScheduleOfCode])
        .stored(),
        Operation::TriggerSchedule => Description::new(
            "triggerSchedule",
            "schedules",
            "Runs a schedule's task now, whatever its policies and though it is paused",
        )
        .answer::<Submitted>(202, "The run is accepted and durable")
        .problems(&[ScheduleNotFound, TaskNotFound, InputInvalid])
        .stored(),
        Operation::PauseSchedule => Description::new(
            "pauseSchedule",
            "schedules",
            "Keeps a schedule from firing, and drops a run of it that waits",
        )
        .answer::<Schedule>(200, "It is paused")
        .problems(&[ScheduleNotFound])
        .stored(),
        Operation::ResumeSchedule => Description::new(
            "resumeSchedule",
            "schedules",
            "Lets a schedule fire again; what passed meanwhile is not made up for",
        )
        .answer::<Schedule>(200, "It is not paused")
        .problems(&[ScheduleNotFound])
        .stored(),
        Operation::Sweep => Description::new(
            "sweep",
            "system",
            "Repairs the queue after lost executors, and has what is due worked on",
        )
        .answer::<SweepReport>(200, "What was done")
        .problems(&[ExecutorUnavailable]),
        Operation::ListKeys => Description::new(
            "listKeys",
            "keys",
            "Lists the keys of a namespace, never their values",
        )
        .other(
            200,
            "All keys, in order",
            Some(("application/json", page_of(text()))),
        )
        .problems(&[ErrorCode::ServiceUnavailable]),
        Operation::ShowKey => Description::new("showKey", "keys", "Shows a stored value in clear")
            .answer::<KeyValue>(200, "The value")
            .problems(&[
                ErrorCode::SecretHidden,
                KeyNotFound,
                ErrorCode::DecryptionFailed,
                ErrorCode::ServiceUnavailable,
            ]),
        Operation::SetKey => Description::new("setKey", "keys", "Stores a value, encrypted")
            .body::<SetKey>()
            .other(204, "It is stored", None)
            .problems(&[ErrorCode::ServiceUnavailable]),
        Operation::RotateKeys => Description::new(
            "rotateKeys",
            "keys",
            "Seals a batch of values under the present master key",
        )
        .query::<CursorQuery>()
        .answer::<RotatedKeys>(200, "What was done; `nextCursor` tells whether there is more")
        .problems(&[ErrorCode::ServiceUnavailable]),
        Operation::DeleteKey => Description::new("deleteKey", "keys", "Removes a value")
            .other(204, "It is removed", None)
            .problems(&[KeyNotFound, ErrorCode::ServiceUnavailable]),
        Operation::Health => Description::new("health", "system", "Tells that the API answers")
            .answer::<Health>(200, "It does"),
        Operation::Ready => Description::new(
            "ready",
            "system",
            "Tells whether the app can do its work, part by part",
        )
        .answer::<Readiness>(200, "It can; a part may need a look")
        .answer::<Readiness>(503, "A part fails"),
        Operation::Diagnose => Description::new(
            "diagnose",
            "system",
            "Looks at everything: parts, damage, and what runs wait for",
        )
        .query::<DoctorQuery>()
        .answer::<Diagnosis>(200, "What was found, whatever it is"),
        Operation::Repair => Description::new(
            "repair",
            "system",
            "Repairs what is damaged, sweeps, and has due work done",
        )
        .query::<DoctorQuery>()
        .answer::<Diagnosis>(200, "What was repaired, and what was found after it")
        .stored(),
        Operation::Metrics => {
            Description::new("metrics", "system", "Figures in the Prometheus text format")
                .other(200, "The figures", Some((Metrics::MEDIA_TYPE, text())))
                .stored()
        }
        Operation::OpenApi => {
            let any = RefOr::from(Schema::from(
                ObjectBuilder::new().schema_type(Type::Object).build(),
            ));
            Description::new("openapi", "system", "This document").other(
                200,
                "It",
                Some(("application/json", any)),
            )
        }
        Operation::ErrorPage => Description::new(
            "errorPage",
            "system",
            "Explains an error code: cause, and what to do",
        )
        .other(
            200,
            "A page in Markdown",
            Some(("text/markdown; charset=utf-8", text())),
        )
        .problems(&[RouteNotFound]),
    }
}

fn change_runs(id: &'static str, summary: &'static str) -> Description {
    Description::new(id, "runs", summary)
        .body::<ChangeRuns>()
        .schema::<RunsFilter>()
        .answer::<ChangedRuns>(200, "What was done; `more` says whether to ask again")
        .problems(&[FilterInvalid])
        .stored()
}
