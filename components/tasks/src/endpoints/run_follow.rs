//! Follows a run: server-sent events of what happens in it, as it happens.

use std::time::{Duration, Instant};

use futures::FutureExt;
use futures::future::LocalBoxFuture;
use http::HeaderName;
use tasker_api::{
    EVENT_STREAM, EVENTS_MAX_SECONDS, EventId, EventsQuery, JournalEntry, LogEntry, PublicRun, Run,
    RunEvent, RunMoved, RunProgress, RunTags, not_allowed,
};
use tasker_host::http::Body;
use tasker_store::Mark;
use utoipa::openapi::schema::Type;

use crate::answer::Stream;
use crate::content::of_type;
use crate::endpoint::*;
use crate::watched::Watched;
use crate::{records, stream};

/// A comment is sent when nothing has been for this long: it keeps proxies from closing the
/// connection, and tells whether the client is still there.
const HEARTBEAT: Duration = Duration::from_secs(10);

/// A run that is followed is looked at this often at least.
const LONGEST_PAUSE: Duration = Duration::from_millis(250);

/// Entries that are read at once; each may be large.
const PAGE: u32 = 20;

/// How soon the client asks again when an answer ends: the end of one answer is nothing unusual.
const RECONNECT_MS: u32 = 200;

pub(crate) struct Handler;

impl Endpoint for Handler {
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/runs/{id}/events";
    const NEEDS: Needs = Needs::Public(Right::SeeRuns, Of::Run, Act::Read);
    const ID: &'static str = "followRun";
    const TAG: &'static str = "runs";
    const SUMMARY: &'static str = "Tells what happens in a run, as it happens, until it ends";
    const HEADERS: &'static [(&'static str, &'static str)] = &[(
        "Last-Event-ID",
        "The id of the last event that was seen: only what came after it is told",
    )];
    const ANSWERS: Answers = &[
        (
            StatusCode::OK,
            "Server-sent events: `status` with a RunMoved, `call` with a JournalEntry, `log` with \
             a LogEntry, `progress` with a RunProgress, `tags` with RunTags, and at last `end` with \
             the Run. A public token gets `status` and `end`, with a PublicRun, alone. The answer ends \
             after 25 seconds at most: ask again with `Last-Event-ID`",
        ),
        (
            StatusCode::NO_CONTENT,
            "The run has ended and the client has seen it: do not ask again",
        ),
    ];
    const PROBLEMS: Problems = &[RunNotFound];
    const SCHEMAS: Schemas = &[
        add_schema::<RunMoved>,
        add_schema::<JournalEntry>,
        add_schema::<LogEntry>,
        add_schema::<RunProgress>,
        add_schema::<RunTags>,
        add_schema::<Run>,
        add_schema::<PublicRun>,
    ];

    type Path = RunId;
    type Query = EventsQuery;
    type Body = Nothing;
    type Answer = EventStream;

    async fn handle(call: Call<Self>) -> Answered<Self> {
        let is_public = call.access()?.token.is_some();
        let told = |asked: Option<bool>| match (is_public, asked) {
            (true, Some(true)) => Err(Error::from(not_allowed())),
            (true, _) => Ok(false),
            (false, asked) => Ok(asked.unwrap_or(true)),
        };
        let (calls, logs) = (told(call.query.calls)?, told(call.query.logs)?);
        let seen = EventId::of_header(call.request.header("last-event-id"))?;
        let (run, store) = (call.path, store()?);
        records::mark(&store, run)?;
        if seen.is_end() {
            return Ok(Answer::empty(StatusCode::NO_CONTENT));
        }
        let followed = Followed {
            watched: Watched::new(store, LONGEST_PAUSE),
            run,
            seen,
            calls,
            logs,
            is_public,
        };
        // Proxies that collect an answer before they pass it on are asked not to.
        let unbuffered = HeaderName::from_static("x-accel-buffering");
        Ok(Answer::stream(EVENT_STREAM, followed).with_header(unbuffered, "no"))
    }
}

impl QueryParams for EventsQuery {
    type Query = Self;

    fn check(query: Self) -> Result<Self> {
        Ok(query)
    }
}

/// Events while there are any.
pub(crate) struct EventStream;

impl Content for EventStream {
    fn content(status: StatusCode) -> Described {
        (status == StatusCode::OK).then(|| (EVENT_STREAM, of_type(Type::String)))
    }
}

/// A run that a client follows.
struct Followed {
    watched: Watched,
    run: RunId,
    seen: EventId,
    calls: bool,
    logs: bool,
    /// Whether the client holds a public token.
    is_public: bool,
}

/// Sends what happens until the run ends, the time is up or the client is gone. Whatever ends the answer
/// early, the client can go on where it was.
impl Stream for Followed {
    fn send(mut self: Box<Self>, mut body: Body) -> LocalBoxFuture<'static, ()> {
        async move {
            let outcome = self.send_all(&mut body).await;
            stream::ended("events", self.run, outcome);
        }
        .boxed_local()
    }
}

impl Followed {
    async fn send_all(&mut self, body: &mut Body) -> stream::Result {
        let deadline = Instant::now() + Duration::from_secs(EVENTS_MAX_SECONDS);
        let mut sent_at = Instant::now();
        body.send(format!("retry: {RECONNECT_MS}\n\n")).await?;
        while Instant::now() < deadline {
            let Some(mark) = self.watched.store()?.mark(self.run)? else {
                return Ok(());
            };
            let before = self.seen;
            self.send_calls(body, &mark, deadline).await?;
            self.send_logs(body, &mark, deadline).await?;
            self.send_progress(body, &mark).await?;
            self.send_tags(body, &mark).await?;
            if Instant::now() >= deadline {
                break;
            }
            if self.send_status(body, &mark).await? {
                return Ok(());
            }
            if self.seen != before {
                sent_at = Instant::now();
                self.watched.changed();
                continue;
            }
            if sent_at.elapsed() >= HEARTBEAT {
                body.send(": still here\n\n").await?;
                sent_at = Instant::now();
            }
            let left = deadline.saturating_duration_since(Instant::now());
            self.watched.pause(left).await;
        }
        Ok(())
    }

    async fn send_calls(
        &mut self,
        body: &mut Body,
        mark: &Mark,
        deadline: Instant,
    ) -> stream::Result {
        while self.calls && self.seen.calls < mark.calls && Instant::now() < deadline {
            let store = self.watched.store()?;
            let page = store.journal(self.run, self.seen.calls, PAGE)?;
            if page.items.is_empty() {
                break;
            }
            for entry in page.items {
                self.seen.calls += 1;
                let entry = JournalEntry::try_from(entry)?;
                self.send(body, &RunEvent::Call(Box::new(entry))).await?;
            }
        }
        Ok(())
    }

    async fn send_logs(
        &mut self,
        body: &mut Body,
        mark: &Mark,
        deadline: Instant,
    ) -> stream::Result {
        while self.logs && self.seen.line < mark.lines && Instant::now() < deadline {
            let page = self.watched.store()?.logs(self.run, self.seen.line, PAGE)?;
            if page.items.is_empty() {
                break;
            }
            for line in page.items {
                let line = LogEntry::after(self.seen.line, line);
                self.seen.line = line.seq;
                self.send(body, &RunEvent::Log(line)).await?;
            }
        }
        Ok(())
    }

    /// Sends the newest of what the tasks say of how far the run is.
    async fn send_progress(&mut self, body: &mut Body, mark: &Mark) -> stream::Result {
        if self.is_public || self.seen.progress >= mark.progress {
            return Ok(());
        }
        let said = self.watched.store()?.run_progress(self.run)?;
        if let Some((revision, progress)) = said {
            self.seen.progress = revision;
            let progress = RunProgress::try_from(progress)?;
            self.send(body, &RunEvent::Progress(progress)).await?;
        }
        Ok(())
    }

    /// Sends the run's tags if they are more than before.
    async fn send_tags(&mut self, body: &mut Body, mark: &Mark) -> stream::Result {
        if self.is_public || self.seen.tags >= mark.tags {
            return Ok(());
        }
        if let Some(tags) = self.watched.store()?.tags(self.run)? {
            self.seen.tags = u32::try_from(tags.len()).unwrap_or(u32::MAX);
            self.send(body, &RunEvent::Tags(RunTags { tags })).await?;
        }
        Ok(())
    }

    /// Sends the status if it has changed; answers whether that was the end.
    async fn send_status(&mut self, body: &mut Body, mark: &Mark) -> stream::Result<bool> {
        if self.seen.status == Some(mark.status) {
            return Ok(false);
        }
        self.seen.status = Some(mark.status);
        let is_end = mark.status.is_terminal();
        let event = if is_end {
            let store = self.watched.store()?;
            let Some(run) = store.run(self.run)? else {
                return Ok(true);
            };
            match self.is_public {
                true => RunEvent::PublicEnd(Box::new(PublicRun::of(run)?)),
                false => RunEvent::End(Box::new(Run::of(run, store.webhook(self.run)?)?)),
            }
        } else {
            RunEvent::Status(RunMoved {
                task_run_id: self.run,
                status: mark.status,
            })
        };
        self.send(body, &event).await?;
        Ok(is_end)
    }

    async fn send(&self, body: &mut Body, event: &RunEvent) -> stream::Result {
        Ok(body.send(event.to_text(&self.seen)?).await?)
    }
}
