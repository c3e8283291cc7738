//! W3C trace context: which trace a run belongs to (<https://www.w3.org/TR/trace-context/>).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::RunId;
use crate::hash::Fnv1a;

/// A `traceparent`: a trace, the span in it that is the parent of what follows, and the flags.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TraceParent {
    trace: u128,
    span: u64,
    flags: u8,
}

/// Not a `traceparent` of version 00, or of a later one that begins like it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a traceparent")]
pub struct NotATraceParent;

impl TraceParent {
    /// The trace of a run that came without one: its id is the run's.
    #[must_use]
    pub fn of_run(run: RunId) -> Self {
        let trace = run.0.as_u128();
        Self {
            trace,
            span: span(trace, 0, "run"),
            flags: 1,
        }
    }

    /// The span of something that happens within this one. The same name gives the same span, so that
    /// a step that is made again shows as the same.
    #[must_use]
    pub fn child(self, name: &str) -> Self {
        Self {
            span: span(self.trace, self.span, name),
            ..self
        }
    }

    /// The trace's id: 32 hexadecimal digits.
    #[must_use]
    pub fn trace_id(self) -> String {
        format!("{:032x}", self.trace)
    }
}

/// A span is never 0.
fn span(trace: u128, parent: u64, name: &str) -> u64 {
    let hash = Fnv1a::new()
        .with(&trace.to_be_bytes())
        .with(&parent.to_be_bytes())
        .with(name.as_bytes());
    hash.value().max(1)
}

impl fmt::Display for TraceParent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "00-{:032x}-{:016x}-{:02x}",
            self.trace, self.span, self.flags
        )
    }
}

impl FromStr for TraceParent {
    type Err = NotATraceParent;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut parts = text.trim().split('-');
        let mut hex = |digits: usize| {
            let part = parts.next().ok_or(NotATraceParent)?;
            let is_hex = part
                .bytes()
                .all(|b| b.is_ascii_digit() || matches!(b, b'a'..=b'f'));
            match part.len() == digits && is_hex {
                true => u128::from_str_radix(part, 16).map_err(|_| NotATraceParent),
                false => Err(NotATraceParent),
            }
        };
        let (version, trace, span, flags) = (hex(2)?, hex(32)?, hex(16)?, hex(2)?);
        let more = parts.next().is_some();
        if version == 0xff || (version == 0 && more) || trace == 0 || span == 0 {
            return Err(NotATraceParent);
        }
        Ok(Self {
            trace,
            span: u64::try_from(span).map_err(|_| NotATraceParent)?,
            // Only the flags that version 00 knows mean anything to us.
            flags: u8::try_from(flags).unwrap_or(0) & 3,
        })
    }
}

impl Serialize for TraceParent {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for TraceParent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXAMPLE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn a_trace_parent_is_read_as_the_standard_says() {
        let parent: TraceParent = EXAMPLE.parse().unwrap();
        assert_eq!(parent.to_string(), EXAMPLE);
        assert_eq!(parent.trace_id(), "4bf92f3577b34da6a3ce929d0e0e4736");
        // A later version may say more; what this one knows is taken.
        let later = "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what-follows";
        assert_eq!(later.parse::<TraceParent>().unwrap(), parent);
        for wrong in [
            "",
            "00",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-x",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b-01",
            "00-+bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        ] {
            assert_eq!(
                wrong.parse::<TraceParent>(),
                Err(NotATraceParent),
                "{wrong}"
            );
        }
    }

    #[test]
    fn spans_differ_by_name_and_stay_in_their_trace() {
        let parent: TraceParent = EXAMPLE.parse().unwrap();
        let (first, second) = (parent.child("0.1"), parent.child("0.2"));
        assert_ne!(first, second);
        assert_eq!(first, parent.child("0.1"));
        assert_eq!(first.trace_id(), parent.trace_id());
        let run = RunId::new(1_000, [7; 10]);
        let own = TraceParent::of_run(run);
        assert_eq!(own.trace_id(), run.0.simple().to_string());
        assert_eq!(own.to_string().parse::<TraceParent>().unwrap(), own);
        let json = serde_json::to_string(&own).unwrap();
        assert_eq!(serde_json::from_str::<TraceParent>(&json).unwrap(), own);
    }
}
