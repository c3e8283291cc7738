//! Values that tests are made of.

use tasker_domain::{
    Call, Claimed, ErrorCode, ErrorValue, Lease, LogLevel, LogLine, RunId, StackRun, StackRunId,
    Stop, StopCause, TaskFunction, Work,
};
use tasker_store::{
    Child, DRAINER, Failure, Finish, History, LeaseOutcome, LeaseTerms, NamedLeases, NewEntry,
    NewEvent, NewLease, NewLog, NewRun, RunTerms, Sleep, SnapshotRecord, Store, Suspend,
    SweepTerms, TaskRef,
};

/// The span that some runs are submitted with.
pub(crate) const TRACE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/// More frames than any run of these tests has.
pub(crate) const FRAMES: u32 = 1_000;

pub(crate) fn run_id(number: u8) -> RunId {
    RunId::new(i64::from(number), [number; 10])
}

pub(crate) fn stack_id(number: u32) -> StackRunId {
    StackRunId::new(i64::from(number), [7; 10])
}

pub(crate) fn function(name: &str, version: &str) -> TaskFunction {
    TaskFunction {
        name: name.to_owned(),
        version: version.to_owned(),
        code: format!("/* {name} {version} */"),
        modules: "{\"./a\":\"'\"}".to_owned(),
        description: Some(format!("Does {name}")),
        input_schema: None,
        timeout_ms: (name == "other").then_some(9_000),
        created_at: 5,
    }
}

pub(crate) fn task_ref(name: &str, version: &str) -> TaskRef {
    TaskRef {
        name: name.to_owned(),
        version: version.to_owned(),
    }
}

pub(crate) fn new_run(number: u8) -> NewRun {
    NewRun {
        id: run_id(number),
        frame: stack_id(u32::from(number)),
        task: task_ref("main", "v1"),
        input: format!("{{\"n\":{number}}}"),
        idempotency_key: None,
        run_at: None,
        deadline: None,
        retry_of: None,
        schedule: None,
        terms: RunTerms::default(),
        webhook: None,
        trace: None,
        tags: Vec::new(),
    }
}

pub(crate) fn terms(expires_at: i64) -> LeaseTerms {
    LeaseTerms {
        owner: "worker".to_owned(),
        expires_at,
    }
}

pub(crate) fn call(number: u32) -> Call {
    Call {
        number,
        service: "keystore".to_owned(),
        method: vec!["get".to_owned(), "it's".to_owned()],
        args: format!("[\"\\\"\\u0000ä\",{number}]"),
        options: number
            .is_multiple_of(2)
            .then(|| format!("{{\"timeoutMs\":{number}}}")),
    }
}

pub(crate) fn entry(number: u32, position: u32, finished_at: i64) -> NewEntry {
    NewEntry {
        call: call(number),
        position,
        outcome: Ok(format!("\"value {number}\"")),
        started_at: finished_at - 1,
        finished_at,
    }
}

pub(crate) fn snapshot(position: u32) -> SnapshotRecord {
    SnapshotRecord {
        bytes: vec![0, 255, 7],
        raw_bytes: 12,
        engine: "engine".to_owned(),
        position,
        in_flight: vec![call(90)],
    }
}

pub(crate) fn sleep(children: Vec<Child>, then: Suspend) -> Sleep {
    Sleep {
        snapshot: snapshot(0),
        children,
        frames: FRAMES,
        withdrawn: vec![],
        logs: no_log(),
        then,
    }
}

pub(crate) fn service_call(id: u32, number: u32) -> Child {
    Child {
        id: stack_id(id),
        call: call(number),
        task: None,
        run_after: None,
        in_flight: false,
        expires_at: None,
        failures: Vec::new(),
        was_lost: false,
    }
}

/// A timer for `until`.
pub(crate) fn timer(id: u32, number: u32, until: i64) -> Child {
    Child {
        call: Call {
            number,
            service: "timer".to_owned(),
            method: vec!["sleep".to_owned()],
            args: format!("[{until}]"),
            options: None,
        },
        run_after: Some(until),
        ..service_call(id, number)
    }
}

/// A call that waits for an event.
pub(crate) fn event_wait(id: u32, number: u32, name: &str, options: &str) -> Child {
    Child {
        call: Call {
            number,
            service: "event".to_owned(),
            method: vec!["wait".to_owned()],
            args: format!("[\"{name}\",{options}]"),
            options: None,
        },
        ..service_call(id, number)
    }
}

pub(crate) fn new_event(id: &str, name: &str, data: &str) -> NewEvent {
    NewEvent {
        id: id.to_owned(),
        name: name.to_owned(),
        run: None,
        data: data.to_owned(),
        expires_at: 86_400_000,
    }
}

pub(crate) fn in_flight(id: u32, number: u32) -> Child {
    Child {
        in_flight: true,
        ..service_call(id, number)
    }
}

pub(crate) fn nested(id: u32, number: u32) -> Child {
    Child {
        id: stack_id(id),
        call: Call {
            number,
            service: "tasks".to_owned(),
            method: vec!["execute".to_owned()],
            args: "[\"main\",  {\"deep\":1e3}]".to_owned(),
            options: None,
        },
        task: Some((task_ref("main", "v1"), "{\"deep\":1e3}".to_owned())),
        run_after: None,
        in_flight: false,
        expires_at: None,
        failures: Vec::new(),
        was_lost: false,
    }
}

pub(crate) fn no_log() -> NewLog {
    NewLog::default()
}

pub(crate) fn line(index: u32, message: &str) -> LogLine {
    LogLine {
        index,
        at: 77,
        level: LogLevel::Error,
        message: message.to_owned(),
    }
}

pub(crate) fn success(value: &str) -> Finish {
    Finish {
        outcome: Ok(value.to_owned()),
        logs: no_log(),
    }
}

pub(crate) fn failure() -> ErrorValue {
    ErrorValue {
        stack: Some("at main (main.js:1)".to_owned()),
        status: Some(503),
        ..ErrorValue::new(ErrorCode::ServiceUnavailable, "no \"answer\"")
    }
}

pub(crate) fn stop(at: i64, grace_until: i64) -> Stop {
    Stop {
        cause: StopCause::Cancel,
        reason: Some("no \"need\"".to_owned()),
        by: Some("ops".to_owned()),
        at,
        grace_until,
    }
}

pub(crate) fn sweeping(max_attempts: u32, limit: u32) -> SweepTerms {
    SweepTerms {
        max_attempts,
        limit,
        grace_ms: 30,
    }
}

pub(crate) fn failed(started_at: i64) -> Failure {
    Failure {
        started_at,
        error: failure(),
    }
}

/// Publishes the task, submits run `number`, and claims its root frame.
pub(crate) fn begin(store: &impl Store, number: u8) -> Lease {
    store.publish(&function("main", "v1")).unwrap();
    store.submit(&new_run(number), 10).unwrap();
    let claimed = store.claim(1, 0, &terms(1_000), 10).unwrap();
    assert_eq!(claimed[0].work, Work::Frame);
    claimed[0].lease
}

/// A lease that so many holders may have at once.
pub(crate) fn lease<'a>(
    name: &'a str,
    at_once: u32,
    token: &'a str,
    expires_at: i64,
) -> NewLease<'a> {
    NewLease {
        name,
        at_once,
        token,
        expires_at,
    }
}

/// The drainer's slot that was taken.
pub(crate) fn take_slot(
    store: &impl NamedLeases,
    slots: u32,
    token: &str,
    expires_at: i64,
    now: i64,
) -> Option<u32> {
    let slot = lease(DRAINER, slots, token, expires_at);
    match store.take_lease(&slot, now).unwrap() {
        LeaseOutcome::Taken(slot) => Some(slot),
        LeaseOutcome::HeldUntil(_) => None,
    }
}

/// The only one claimed.
pub(crate) fn only(claimed: Vec<Claimed>) -> Claimed {
    assert_eq!(claimed.len(), 1, "{claimed:?}");
    claimed.into_iter().next().unwrap()
}

/// The whole stack of a run.
pub(crate) trait WholeStack {
    fn stack(&self, run: RunId) -> tasker_store::Result<Vec<StackRun>>;
}

impl<S: History + ?Sized> WholeStack for S {
    fn stack(&self, run: RunId) -> tasker_store::Result<Vec<StackRun>> {
        let page = self.stack_page(run, "", 10_000)?;
        assert!(!page.more);
        Ok(page.items)
    }
}
