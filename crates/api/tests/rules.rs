//! The rules that need no I/O.

use serde_json::json;
use tasker_api::{
    Cursor, LogsQuery, NoQuery, PageQuery, Problem, PublishTask, RawJson, Run, RunsQuery,
    StackEntry, StackKind, SubmitRun, Timestamp, WaitQuery, check_idempotency_key, check_modules,
    check_task_name, deadline, page_limit, parse_cursor, parse_query, run_at, wait_limit,
};
use tasker_domain::{
    Call, ErrorCode, Path, Progress, RunId, RunStatus, SnapshotInfo, StackRun, StackRunId,
    StackStatus,
};

fn id() -> RunId {
    RunId::new(1_790_000_000_123, [7; 10])
}

#[test]
fn queries_are_read_or_refused() {
    let query: RunsQuery = parse_query("status=failed&task=a%2Fb&limit=7&cursor=x").unwrap();
    assert_eq!(
        (query.status, query.task.as_deref()),
        (Some(RunStatus::Failed), Some("a/b"))
    );
    assert_eq!((query.limit, query.cursor.as_deref()), (Some(7), Some("x")));
    assert_eq!(parse_query::<PageQuery>("").unwrap(), PageQuery::default());
    assert_eq!(
        parse_query::<LogsQuery>("cursor=12").unwrap().cursor,
        Some(12)
    );

    let refused = |problem: Problem, part: &str| {
        assert!(
            problem.is(ErrorCode::BadRequest) && problem.status == 400,
            "{problem}"
        );
        assert!(
            problem.detail.contains(part),
            "{problem} does not say {part}"
        );
    };
    refused(
        parse_query::<RunsQuery>("state=failed").unwrap_err(),
        "state",
    );
    refused(parse_query::<RunsQuery>("status=done").unwrap_err(), "done");
    refused(
        parse_query::<PageQuery>("limit=5&limit=6").unwrap_err(),
        "limit",
    );
    refused(parse_query::<PageQuery>("limit=-1").unwrap_err(), "query");
    refused(parse_query::<NoQuery>("x=1").unwrap_err(), "x");
    refused(parse_query::<WaitQuery>("wait=soon").unwrap_err(), "query");
    for wrong in [Some(0), Some(201)] {
        refused(page_limit(wrong).unwrap_err(), "1 to 200");
    }
    assert_eq!(
        (page_limit(None).unwrap(), page_limit(Some(200)).unwrap()),
        (50, 200)
    );
    for wrong in [-1.0, f64::NAN] {
        refused(wait_limit(Some(wrong)).unwrap_err(), "wait");
    }
    for (asked, given) in [
        (None, 0),
        (Some(1.5), 1_500),
        (Some(60.0), 60_000),
        (Some(1e9), 60_000),
        (Some(f64::INFINITY), 60_000),
    ] {
        assert_eq!(wait_limit(asked).unwrap().as_millis(), given);
    }
}

#[test]
fn cursors_come_back_as_they_went() {
    let cursor = Cursor(id()).to_string();
    assert!(
        cursor
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')),
        "{cursor}"
    );
    assert_eq!(parse_cursor::<RunId>(Some(&cursor)).unwrap(), Some(id()));
    assert_eq!(
        parse_cursor::<String>(Some(&Cursor("ä/b").to_string()))
            .unwrap()
            .as_deref(),
        Some("ä/b")
    );
    assert_eq!(parse_cursor::<u32>(None).unwrap(), None);
    for wrong in ["", "x", "!", "eHh4"] {
        assert!(
            parse_cursor::<RunId>(Some(wrong))
                .unwrap_err()
                .is(ErrorCode::BadRequest),
            "{wrong}"
        );
    }
}

#[test]
fn names_have_their_form() {
    for name in [
        "a",
        "nested-calls-test",
        "team/report.v2_x",
        &"x".repeat(128),
    ] {
        check_task_name(name).unwrap();
    }
    for name in [
        "",
        "/a",
        ".hidden",
        "a b",
        "ä",
        "a\n",
        "a?",
        &"x".repeat(129),
    ] {
        assert!(
            check_task_name(name).unwrap_err().is(ErrorCode::BadRequest),
            "{name:?}"
        );
    }
    for key in ["k", "a:b/c~1", &"x".repeat(200)] {
        check_idempotency_key(key).unwrap();
    }
    for key in ["", "a b", "ä", "a\t", "task:1", &"x".repeat(201)] {
        assert!(
            check_idempotency_key(key)
                .unwrap_err()
                .is(ErrorCode::BadRequest),
            "{key:?}"
        );
    }
    check_modules(["../shared/a.js"].into_iter()).unwrap();
    for paths in [vec![""], vec!["a\0b"], vec!["x"; 501]] {
        assert!(
            check_modules(paths.into_iter())
                .unwrap_err()
                .is(ErrorCode::TaskInvalid)
        );
    }
}

#[test]
fn bodies_are_read_or_refused() {
    let submit: SubmitRun = serde_json::from_str(r#"{"taskName": "t"}"#).unwrap();
    assert_eq!(
        (submit.input.as_str(), submit.idempotency_key),
        ("{}", None)
    );
    let submit: SubmitRun =
        serde_json::from_str(r#"{"taskName": "t", "input": {"b": 1.0, "a": 1e2}}"#).unwrap();
    assert_eq!(submit.input.as_str(), r#"{"b": 1.0, "a": 1e2}"#);
    for wrong in [
        r#"{"taskName": "t", "inputs": {}}"#,
        r#"{"input": {}}"#,
        r#"{"taskName": 1}"#,
        "[]x",
        "",
    ] {
        assert!(serde_json::from_str::<SubmitRun>(wrong).is_err(), "{wrong}");
    }

    let publish = |body: serde_json::Value| {
        serde_json::from_value::<PublishTask>(body)
            .unwrap()
            .version()
    };
    let version = publish(json!({"code": "a", "modules": {"x": "1", "y": "2"}}));
    assert_eq!(
        (version.len(), &version),
        (
            32,
            &publish(json!({"modules": {"y": "2", "x": "1"}, "code": "a"}))
        )
    );
    for other in [
        json!({"code": "a"}),
        json!({"code": "a", "modules": {"x": "1", "y": "3"}}),
        json!({"code": "ax", "modules": {"": "1", "y": "2"}}),
        json!({"code": "a", "modules": {"x": "1y", "": "2"}}),
    ] {
        assert_ne!(publish(other), version);
    }
}

#[test]
fn problems_follow_their_standard() {
    let error = tasker_api::FieldError {
        path: "/a/0".to_owned(),
        message: "must be a string".to_owned(),
    };
    let problem = serde_json::to_value(Problem::input_invalid("t", vec![error])).unwrap();
    assert_eq!(
        problem,
        json!({
            "type": "/errors/input_invalid",
            "title": "The input does not fit the task",
            "status": 422,
            "detail": "the input does not fit the task `t`: /a/0 must be a string",
            "code": "input_invalid",
            "errors": [{"path": "/a/0", "message": "must be a string"}],
        })
    );
    for (code, status) in [
        (ErrorCode::RunNotFound, 404),
        (ErrorCode::StoreUnavailable, 503),
        (ErrorCode::ServiceUnavailable, 503),
        (ErrorCode::DecryptionFailed, 500),
    ] {
        let problem = Problem::new(code, "x");
        assert_eq!((problem.status, problem.errors.len()), (status, 0));
    }
}

#[test]
fn runs_and_stacks_are_shown_as_documented() {
    let run = tasker_domain::Run {
        id: id(),
        task: "t".to_owned(),
        version: "v".to_owned(),
        input: r#"{"z":1,"a":1.50}"#.to_owned(),
        status: RunStatus::Completed,
        result: Some("null".to_owned()),
        error: None,
        idempotency_key: None,
        run_at: None,
        attempt: 1,
        retry: Default::default(),
        failures: Vec::new(),
        retry_of: None,
        deadline: None,
        stop: None,
        schedule: None,
        priority: 0,
        held: false,
        trace: None,
        progress: Some(Progress {
            number: 3,
            at: 1_790_000_000_123,
            value: r#"{"done":1.50}"#.to_owned(),
        }),
        tags: vec!["a".to_owned(), "b=1".to_owned()],
        created_at: 1_790_000_000_123,
        updated_at: 1_790_000_000_124,
        started_at: None,
        finished_at: Some(0),
    };
    let shown = Run::of(run.clone(), None).unwrap();
    let text = serde_json::to_string(&shown).unwrap();
    assert!(
        text.contains(r#""input":{"z":1,"a":1.50},"result":null,"error":null"#),
        "{text}"
    );
    assert!(
        text.contains(r#""createdAt":"2026-09-21T14:13:20.123Z""#),
        "{text}"
    );
    assert!(
        text.contains(r#""startedAt":null,"finishedAt":"1970-01-01T00:00:00.000Z""#),
        "{text}"
    );
    assert!(
        text.contains(r#""progress":{"value":{"done":1.50},"at":"2026-09-21T14:13:20.123Z"},"tags":["a","b=1"]"#),
        "{text}"
    );
    let read: Run = serde_json::from_str(&text).unwrap();
    assert_eq!(
        (read.created_at, read.status),
        (Timestamp::from_millis(run.created_at), RunStatus::Completed)
    );
    assert!(
        Run::of(
            tasker_domain::Run {
                input: "{".to_owned(),
                ..run
            },
            None
        )
        .is_err()
    );

    let row = |path: Path, number, service: &str, method: &str, snapshot| StackRun {
        id: StackRunId::new(0, [0; 10]),
        path,
        call: Call {
            number,
            service: service.to_owned(),
            method: vec![method.to_owned()],
            args: "[]".to_owned(),
            options: None,
        },
        status: StackStatus::Suspended,
        attempt: 0,
        failures: Vec::new(),
        run_after: 0,
        lease_expires_at: None,
        expires_at: None,
        created_at: 0,
        updated_at: 0,
        snapshot,
    };
    let snapshot = SnapshotInfo {
        bytes: 9_000,
        raw_bytes: 30_000,
        engine: "e".to_owned(),
        position: 4,
    };
    let root = Path::root();
    let stack = vec![
        row(root.clone(), 0, "tasks", "execute", Some(snapshot)),
        row(root.call(10), 10, "keystore", "get", None),
        row(root.call(2), 2, "tasks", "execute", None),
        row(root.call(2).call(1), 1, "keystore", "set", None),
    ];
    let shown = StackEntry::list(stack).unwrap();
    let kinds: Vec<_> = shown.iter().map(|entry| entry.kind).collect();
    assert_eq!(
        kinds,
        [
            StackKind::Frame,
            StackKind::Call,
            StackKind::Frame,
            StackKind::Call
        ]
    );
    let waiting = |at: usize| {
        shown[at]
            .pending_calls
            .iter()
            .map(|call| call.call)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        (waiting(0), waiting(1), waiting(2)),
        (vec![2, 10], vec![], vec![1])
    );
    let text = serde_json::to_value(&shown).unwrap();
    assert_eq!(
        (&text[0]["snapshotBytes"], &text[0]["journalPosition"]),
        (&json!(9_000), &json!(4))
    );
    assert!(text[1].get("snapshotBytes").is_none() && text[1].get("snapshot").is_none());
    let read: Vec<StackEntry> = serde_json::from_value(text).unwrap();
    assert_eq!(read, shown);
    assert_eq!(RawJson::of(&json!([1])).unwrap().as_str(), "[1]");
}

#[test]
fn moments_have_one_form_and_are_read_in_several() {
    for (millis, text) in [
        (0, "1970-01-01T00:00:00.000Z"),
        (-1, "1969-12-31T23:59:59.999Z"),
        (1_769_851_800_000, "2026-01-31T09:30:00.000Z"),
        // Never, which is the calendar's last millisecond.
        (tasker_domain::NEVER + 999, "9999-12-31T23:59:59.999Z"),
    ] {
        let moment = Timestamp::from_millis(millis);
        assert_eq!((moment.millis(), &*moment.to_string()), (millis, text));
        assert_eq!(
            serde_json::from_value::<Timestamp>(json!(text)).unwrap(),
            moment
        );
    }
    assert_eq!(Timestamp::from_millis(i64::MAX).millis(), 0);
    let read = |text| serde_json::from_value::<Timestamp>(json!(text));
    for text in ["2026-01-31T10:30:00+01:00", "2026-01-31T09:30:00.0004Z"] {
        assert_eq!(read(text).unwrap().millis(), 1_769_851_800_000, "{text}");
    }
    for text in [
        "2026-01-31",
        "2026-01-31T09:30:00",
        "soon",
        "2026-02-30T09:30:00Z",
        "2026-01-31T09:30Z",
        "20260131T093000Z",
        "2026-01-31T09:30:00+01:00[Europe/Berlin]",
    ] {
        assert!(read(text).is_err(), "{text}");
    }
}

#[test]
fn a_run_begins_at_most_five_years_ahead() {
    let now = 1_790_000_000_000;
    let at = |body: serde_json::Value| {
        let run: SubmitRun = serde_json::from_value(body).unwrap();
        run_at(&run, now).map_err(|problem| problem.code)
    };
    let year = 365 * 86_400_000_i64;
    let moment = |ms| Timestamp::from_millis(ms).to_string();
    let refused = || ErrorCode::TimeInvalid.to_string();
    for (times, expected) in [
        (json!({}), Ok(None)),
        (json!({ "delayMs": 0 }), Ok(None)),
        (json!({ "delayMs": 1 }), Ok(Some(now + 1))),
        (json!({ "delayMs": year }), Ok(Some(now + year))),
        (json!({ "runAt": moment(now - 1) }), Ok(None)),
        (json!({ "runAt": moment(now + year) }), Ok(Some(now + year))),
        (json!({ "delayMs": -1 }), Err(refused())),
        (json!({ "delayMs": i64::MAX }), Err(refused())),
        (json!({ "runAt": moment(now + 6 * year) }), Err(refused())),
        (
            json!({ "runAt": moment(now), "delayMs": 1 }),
            Err(refused()),
        ),
    ] {
        let mut body = json!({ "taskName": "t" });
        body.as_object_mut()
            .unwrap()
            .extend(times.as_object().unwrap().clone());
        assert_eq!(at(body.clone()), expected, "{body}");
    }
    let by = |timeout, task| {
        let body = json!({ "taskName": "t", "timeoutMs": timeout });
        let run: SubmitRun = serde_json::from_value(body).unwrap();
        deadline(&run, task, now).map_err(|problem| problem.code)
    };
    assert_eq!(by(None, None), Ok(None));
    assert_eq!(by(None, Some(7)), Ok(Some(now + 7)));
    assert_eq!(by(Some(5), Some(7)), Ok(Some(now + 5)));
    for wrong in [0, -1, 6 * year] {
        assert_eq!(by(Some(wrong), None), Err(refused()), "{wrong}");
    }
    let wrong = json!({ "taskName": "t", "runAt": "tomorrow" });
    assert!(serde_json::from_value::<SubmitRun>(wrong).is_err());
}
