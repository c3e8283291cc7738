//! What components and clients send is read or refused; what is read can be sent again and is the same.

use std::fmt::Debug;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tasker_domain::trace::TraceParent;
use tasker_domain::wire::{
    CheckReply, CheckRequest, ExecuteRequest, InspectReply, InspectRequest, ServiceError,
    ServiceReply, ServiceRequest, SliceLine, SweepReply,
};
use tasker_domain::{ErrorValue, EventUrl, RunId, timer};

const WIRE: &[&str] = &[
    r#"{"lease":{"id":"019a9f5e-3c2a-7d10-8f3e-5b1c2d3e4f50","token":-7},"leaseMs":10000}"#,
    r#"{"next":null,"figures":[]}"#,
    r#"{"name":"greet","code":"module.exports = 1","modules":{"./x":"exports.a = \"\u2028\""}}"#,
    r#"{"error":{"name":"SyntaxError","message":"m","code":"task_invalid","stack":"at x:1:2","status":400}}"#,
    r#"{"run":"019a9f5e-3c2a-7d10-8f3e-5b1c2d3e4f50","frame":"0.3","method":["drive","files","list"],"args":"[{\"q\":\"x\"},-0.0,1e308]","idempotencyKey":"k"}"#,
    r#"{"reclaimed":1,"failed":0,"woken":0,"expired":4294967295,"due":0,"scheduled":1,"purged":0}"#,
    r#"{"run":null,"after":"019a9f5e-3c2a-7d10-8f3e-5b1c2d3e4f50","limit":5,"repair":true}"#,
    r#"{"engine":"00f0","lookedAt":1,"frames":[{"run":"019a9f5e-3c2a-7d10-8f3e-5b1c2d3e4f50","task":"t","version":"v","path":"0","status":"suspended","updatedAt":1,"journalPosition":2,"snapshot":null,"damage":"call_lost"}],"next":null,"repaired":0}"#,
    r#"{"ok":"[1,2]"}"#,
    r#"{"error":{"name":"Error","message":"m"},"retryable":true,"retryAfterMs":9}"#,
    r#"{"name":"Error","message":"m","code":null,"attempts":3}"#,
];

/// Whether a contract is read from the text; what is read is sent and read again.
fn is_read<T: Serialize + DeserializeOwned + PartialEq + Debug>(text: &str) -> bool {
    let Ok(read) = serde_json::from_str::<T>(text) else {
        return false;
    };
    let sent = serde_json::to_string(&read).expect("what was read can be sent");
    let again: T = serde_json::from_str(&sent).expect("what is sent can be read");
    assert_eq!(read, again);
    true
}

#[test]
fn contracts_are_read_or_refused() {
    const READERS: &[fn(&str) -> bool] = &[
        is_read::<ExecuteRequest>,
        is_read::<SliceLine>,
        is_read::<CheckRequest>,
        is_read::<CheckReply>,
        is_read::<InspectRequest>,
        is_read::<InspectReply>,
        is_read::<ServiceRequest>,
        is_read::<ServiceReply>,
        is_read::<ServiceError>,
        is_read::<SweepReply>,
        is_read::<ErrorValue>,
    ];
    for text in WIRE {
        assert!(READERS.iter().any(|read| read(text)), "{text}");
    }
    tasker_fuzz::text(WIRE, 20_000, |text| {
        for read in READERS {
            read(text);
        }
    });
}

#[test]
fn time_spans_ids_traces_and_addresses_are_read_or_refused() {
    let examples = [
        "1w2d3h4m5s6ms",
        "1d 12h",
        "90s",
        "9007199254740993ms",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "019a9f5e-3c2a-7d10-8f3e-5b1c2d3e4f50",
        "eyJydW4iOiIwMTlhOWY1ZS0zYzJhLTdkMTAtOGYzZS01YjFjMmQzZTRmNTAiLCJuYW1lIjoicGFpZCJ9.c2lnbmF0dXJl",
    ];
    tasker_fuzz::text(&examples, 30_000, |text| {
        assert!(timer::span_ms(text).is_none_or(|ms| ms >= 0), "{text}");
        if let Ok(trace) = text.parse::<TraceParent>() {
            assert_eq!(trace.to_string().parse::<TraceParent>().ok(), Some(trace));
        }
        if let Ok(id) = text.parse::<RunId>() {
            assert_eq!(id.to_string().parse::<RunId>().ok(), Some(id));
        }
        assert!(EventUrl::open(text, "a secret that nobody has").is_none());
    });
}
