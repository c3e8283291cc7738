//! Lines of components as events of this process, for the console.

use serde::Deserialize;

use super::Stream;

/// What the components of Tasker write. Others write what they like.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Line {
    level: String,
    msg: String,
    run_id: Option<String>,
    call: Option<String>,
    trace: Option<String>,
}

/// Gives a component's line to the process's log.
pub(super) fn tell(component: &str, stream: Stream, line: &[u8]) {
    let line = line.trim_ascii_end();
    if line.is_empty() {
        return;
    }
    let Line {
        level,
        msg,
        run_id,
        call,
        trace,
    } = serde_json::from_slice(line).unwrap_or_else(|_| plain(stream, line));
    let (run_id, call, trace) = (run_id.as_deref(), call.as_deref(), trace.as_deref());
    // The level of an event is fixed where it stands.
    macro_rules! event {
        ($level:ident) => {
            tracing::event!(
                target: "tasker::component",
                tracing::Level::$level,
                component,
                runId = run_id,
                call,
                trace,
                "{msg}"
            )
        };
    }
    match level.as_str() {
        "error" => event!(ERROR),
        "warn" => event!(WARN),
        _ => event!(INFO),
    }
}

/// A line without a form. On standard error it is mostly the message of a panic.
fn plain(stream: Stream, line: &[u8]) -> Line {
    let level = match stream {
        Stream::Out => "info",
        Stream::Err => "warn",
    };
    Line {
        level: level.to_owned(),
        msg: String::from_utf8_lossy(line).into_owned(),
        run_id: None,
        call: None,
        trace: None,
    }
}
