//! Queries, cursors, filters and bodies are read or refused with a code; nothing else happens.

use serde::de::DeserializeOwned;
use tasker_api::{
    BulkAction, CancelRuns, ChangeRuns, Cursor, EventsQuery, LogsQuery, PageQuery, RunsQuery,
    SendEvent, SetSchedule, SubmitRun, TimesQuery, WaitQuery, concurrency_tag, deadline,
    event_expiry, page_limit, parse_cursor, parse_query, priority_tag, retention_tag, run_at,
    wait_limit,
};
use tasker_domain::RunId;

const NOW: i64 = 1_790_000_000_000;

fn query<T: DeserializeOwned>(text: &str) -> Option<T> {
    match parse_query(text) {
        Ok(query) => Some(query),
        Err(problem) => {
            assert_eq!(problem.status, 400, "{text}");
            None
        }
    }
}

#[test]
fn queries_and_cursors_are_read_or_refused() {
    let examples = [
        "status=failed&task=team%2Freport&limit=50&cursor=MDE5YTlmNWUtM2MyYS03ZDEwLThmM2UtNWIxYzJkM2U0ZjUw",
        "wait=0.5",
        "wait=1e400",
        "limit=4294967296&cursor=18446744073709551616",
        "calls=false&logs=true",
        "times=100",
        "MDE5YTlmNWUtM2MyYS03ZDEwLThmM2UtNWIxYzJkM2U0ZjUw",
    ];
    tasker_fuzz::text(&examples, 20_000, |text| {
        if let Some(asked) = query::<RunsQuery>(text) {
            assert!(
                page_limit(asked.limit).is_ok_and(|limit| limit <= 200) || asked.limit.is_some()
            );
            let _ = parse_cursor::<RunId>(asked.cursor.as_deref());
        }
        if let Some(asked) = query::<WaitQuery>(text) {
            assert!(
                wait_limit(asked.wait).is_ok_and(|wait| wait.as_secs() <= 60)
                    || asked.wait.is_some()
            );
        }
        query::<LogsQuery>(text);
        query::<PageQuery>(text);
        query::<EventsQuery>(text);
        query::<TimesQuery>(text);
        if let Ok(Cursor(id)) = text.parse::<Cursor<RunId>>() {
            assert_eq!(Cursor(id).to_string().parse(), Ok(Cursor(id)));
        }
    });
}

#[test]
fn bodies_and_filters_are_read_or_refused() {
    let examples = [
        r#"{"filter":{"status":"failed","task":"a/b","schedule":"s:1","createdAfter":"2026-01-31T09:30:00Z","createdBefore":"9999-12-31T23:59:59.999+14:00"},"all":false,"dryRun":true,"limit":200,"cursor":"MDE5"}"#,
        r#"{"all":true,"reason":"over","by":"ops","force":true}"#,
        r#"{"taskName":"t","input":{"a":[1e400,-0.0,"\ud800"]},"runAt":"+262142-12-31T23:59:59Z","timeoutMs":-1,"priority":101}"#,
        r#"{"taskName":"t","delayMs":9223372036854775807,"timeoutMs":1}"#,
        r#"{"name":"paid","data":null,"runId":"019a9f5e-3c2a-7d10-8f3e-5b1c2d3e4f50","id":"x","ttlSeconds":4294967295}"#,
        r#"{"taskName":"t","cron":"0 0 * * *","timeZone":"UTC","overlap":"skip","catchUp":"last","input":{},"paused":true}"#,
    ];
    tasker_fuzz::text(&examples, 20_000, |text| {
        for action in [BulkAction::Pause, BulkAction::Resume, BulkAction::Retry] {
            if let Ok(body) = serde_json::from_str::<ChangeRuns>(text)
                && let Ok(selection) = body.check(action)
            {
                assert!((1..=200).contains(&selection.limit));
            }
        }
        if let Ok(body) = serde_json::from_str::<CancelRuns>(text) {
            let _ = body.check();
        }
        if let Ok(run) = serde_json::from_str::<SubmitRun>(text) {
            let begin = run_at(&run, NOW).unwrap_or(None);
            assert!(begin.is_none_or(|at| at > NOW));
            let end = deadline(&run, None, begin.unwrap_or(NOW)).unwrap_or(None);
            assert!(end.is_none_or(|end| end > NOW));
        }
        if let Ok(event) = serde_json::from_str::<SendEvent>(text) {
            let _ = event.check();
            assert!(event_expiry(event.ttl_seconds, NOW).unwrap_or(NOW) >= NOW);
        }
        let _ = serde_json::from_str::<SetSchedule>(text);
    });
}

#[test]
fn tags_are_read_or_refused() {
    let examples = [
        "5",
        "2 per input.customerId",
        "-100",
        "7d 12h",
        "1w",
        "4294967296 per x",
    ];
    tasker_fuzz::text(&examples, 20_000, |text| {
        assert!(
            concurrency_tag(text).map_or(1, |(at_once, _)| at_once) >= 1,
            "{text}"
        );
        assert!(priority_tag(text).map_or(0, i32::abs) <= 100, "{text}");
        assert!(retention_tag(text).unwrap_or(0) >= 0, "{text}");
    });
}
