//! `GET /runs/{id}/events`: what happens in a run, as server-sent events (HTML Living Standard,
//! section 9.2).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use tasker_domain::{ErrorCode, RunId, RunStatus};
use utoipa::ToSchema;

use crate::{JournalEntry, LogEntry, Problem, PublicRun, Run, RunProgress, RunTags, schema};

/// Media type of the stream.
pub const EVENT_STREAM: &str = "text/event-stream";

/// One answer streams for so long at most, below the request limit of every host; then the client
/// asks again and gets what came after.
pub const EVENTS_MAX_SECONDS: u64 = 25;

/// The data of a `status` event: sent at the beginning, and whenever the status has changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RunMoved {
    /// The run.
    #[schema(schema_with = schema::id)]
    pub task_run_id: RunId,
    /// Where it is now.
    #[schema(schema_with = schema::run_status)]
    pub status: RunStatus,
}

/// Something that happened in a run.
#[derive(Debug, Clone, PartialEq)]
pub enum RunEvent {
    /// `status`: it has moved.
    Status(RunMoved),
    /// `call`: a call has settled.
    Call(Box<JournalEntry>),
    /// `log`: a task has logged a line.
    Log(LogEntry),
    /// `progress`: its tasks say how far it is.
    Progress(RunProgress),
    /// `tags`: it has tags, or has got more.
    Tags(RunTags),
    /// `end`: it has ended. Nothing follows.
    End(Box<Run>),
    /// The same for the holder of a public token.
    PublicEnd(Box<PublicRun>),
}

impl RunEvent {
    /// The event's name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Status(_) => "status",
            Self::Call(_) => "call",
            Self::Log(_) => "log",
            Self::Progress(_) => "progress",
            Self::Tags(_) => "tags",
            Self::End(_) | Self::PublicEnd(_) => "end",
        }
    }

    /// The event as text of the stream, under the id that a client sends back as `Last-Event-ID` to
    /// get what comes after it.
    ///
    /// # Errors
    /// If the data has no JSON form.
    pub fn to_text(&self, id: &EventId) -> serde_json::Result<String> {
        let data = match self {
            Self::Status(moved) => serde_json::to_string(moved),
            Self::Call(entry) => serde_json::to_string(entry),
            Self::Log(line) => serde_json::to_string(line),
            Self::Progress(progress) => serde_json::to_string(progress),
            Self::Tags(tags) => serde_json::to_string(tags),
            Self::End(run) => serde_json::to_string(run),
            Self::PublicEnd(run) => serde_json::to_string(run),
        }?;
        let mut text = format!("id: {id}\nevent: {}\n", self.name());
        // A value that passed through untouched may have line breaks between its tokens.
        for line in data.split(['\n', '\r']) {
            text.push_str("data: ");
            text.push_str(line);
            text.push('\n');
        }
        text.push('\n');
        Ok(text)
    }
}

/// How far a client has followed a run: the id of the last event that it has seen. Opaque to
/// clients.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct EventId {
    /// How many settled calls have been sent.
    pub calls: u32,
    /// The last log line that has been told; 0: none.
    pub line: u64,
    /// The last change of its progress that has been told; 0: none.
    pub progress: u64,
    /// How many tags have been told.
    pub tags: u32,
    /// The last status that has been told.
    pub status: Option<RunStatus>,
}

impl EventId {
    /// The id in a `Last-Event-ID` header; without one, that of a client that has seen nothing.
    ///
    /// # Errors
    /// [`ErrorCode::BadRequest`] if no stream gave it out.
    pub fn of_header(header: Option<&str>) -> Result<Self, Problem> {
        match header {
            None | Some("") => Ok(Self::default()),
            Some(text) => text.parse().map_err(|NotAnEventId| {
                Problem::new(
                    ErrorCode::BadRequest,
                    "`Last-Event-ID` is of no event of a run",
                )
            }),
        }
    }

    /// Whether the client has seen the last event of the run.
    #[must_use]
    pub fn is_end(&self) -> bool {
        self.status.is_some_and(RunStatus::is_terminal)
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let status = self.status.map_or("", RunStatus::as_str);
        write!(f, "{}-{}-{status}", self.calls, self.line)?;
        match (self.progress, self.tags) {
            (0, 0) => Ok(()),
            (progress, tags) => write!(f, "-{progress}-{tags}"),
        }
    }
}

impl FromStr for EventId {
    type Err = NotAnEventId;

    fn from_str(text: &str) -> Result<Self, NotAnEventId> {
        let parts: Vec<_> = text.split('-').collect();
        let (calls, line, status, progress, tags) = match *parts.as_slice() {
            [calls, line, status] => (calls, line, status, "0", "0"),
            [calls, line, status, progress, tags] => (calls, line, status, progress, tags),
            _ => return Err(NotAnEventId),
        };
        Ok(Self {
            calls: calls.parse().map_err(|_| NotAnEventId)?,
            line: line.parse().map_err(|_| NotAnEventId)?,
            progress: progress.parse().map_err(|_| NotAnEventId)?,
            tags: tags.parse().map_err(|_| NotAnEventId)?,
            status: match status {
                "" => None,
                word => Some(RunStatus::parse(word).ok_or(NotAnEventId)?),
            },
        })
    }
}

/// A text that is the id of no event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not the id of an event")]
pub struct NotAnEventId;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_say_how_far_a_client_has_followed() {
        let begin = EventId::of_header(None).unwrap();
        assert_eq!(begin, EventId::default());
        for id in [
            begin,
            EventId {
                calls: 7,
                line: u64::MAX,
                progress: 2,
                tags: 20,
                status: Some(RunStatus::Suspended),
            },
        ] {
            assert_eq!(EventId::of_header(Some(&id.to_string())), Ok(id));
            assert!(!id.is_end());
        }
        assert!("0-0-completed".parse::<EventId>().unwrap().is_end());
        for text in [
            "1",
            "1-2",
            "1-2-3",
            "1-2-queued-4",
            "x-1-",
            "-1-0-",
            "1-2--x-0",
            "1-2--0-x",
            "1-2-gone",
            "1-2-queued-",
            "1-2-queued-0-0-0",
        ] {
            let problem = EventId::of_header(Some(text)).unwrap_err();
            assert!(problem.is(ErrorCode::BadRequest), "{text}");
        }
    }

    #[test]
    fn an_event_is_lines_of_text() {
        let moved = RunEvent::Status(RunMoved {
            task_run_id: RunId::new(0, [0; 10]),
            status: RunStatus::Queued,
        });
        let text = moved.to_text(&EventId::default()).unwrap();
        let expected = "id: 0-0-\nevent: status\ndata: {\"taskRunId\":\"00000000-0000-7000-8000-000000000000\",\"status\":\"queued\"}\n\n";
        assert_eq!(text, expected);
    }
}
