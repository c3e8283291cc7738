//! What happens in a run, told as it happens.

use std::time::{Duration, Instant};

use tasker_api::{EVENTS_MAX_SECONDS, EventId, EventsQuery, JournalEntry, Run, RunEvent, RunMoved};
use tasker_domain::RunId;
use tasker_host::http::Body;
use tasker_store::Progress;
use tasker_store::prelude::*;

use crate::Result;
use crate::answer::Answer;
use crate::error::{no_run, store, store_failed};
use crate::request::Request;
use crate::stream;
use crate::watched::Watched;

/// A comment is sent when nothing has been for so long: it keeps proxies from closing the
/// connection, and tells whether the client is still there.
const HEARTBEAT: Duration = Duration::from_secs(10);

/// A run that is followed is looked at this often at least.
const LONGEST_PAUSE: Duration = Duration::from_millis(250);

/// So many entries are read at once; each may be large.
const PAGE: u32 = 20;

/// How soon the client asks again when an answer ends: the end of one answer is nothing unusual.
const RECONNECT_MS: u32 = 200;

/// `GET /runs/{id}/events`
pub(crate) fn follow(request: &Request) -> Result {
    let query: EventsQuery = request.query()?;
    let seen = EventId::of_header(request.header("last-event-id"))?;
    let run = request.run_id()?;
    let store = store()?;
    if store.progress(run).map_err(store_failed)?.is_none() {
        return Err(no_run(run));
    }
    if seen.is_end() {
        return Ok(Answer::empty(204));
    }
    Ok(Answer::events(Events {
        watched: Watched::new(store, LONGEST_PAUSE),
        run,
        seen,
        calls: query.calls.unwrap_or(true),
        logs: query.logs.unwrap_or(true),
    }))
}

/// A client that follows a run.
pub(crate) struct Events {
    watched: Watched,
    run: RunId,
    seen: EventId,
    calls: bool,
    logs: bool,
}

impl Events {
    /// Tells what happens until the run ends, the time is up or the client is gone. Whatever ends
    /// the answer early, the client can go on where it was.
    pub(crate) async fn stream(mut self, mut body: Body) {
        let outcome = self.tell(&mut body).await;
        stream::ended("events", self.run, outcome);
    }

    async fn tell(&mut self, body: &mut Body) -> stream::Result {
        let deadline = Instant::now() + Duration::from_secs(EVENTS_MAX_SECONDS);
        let mut spoken = Instant::now();
        body.send(format!("retry: {RECONNECT_MS}\n\n")).await?;
        while Instant::now() < deadline {
            let Some(progress) = self.watched.store()?.progress(self.run)? else {
                return Ok(());
            };
            let before = self.seen;
            self.tell_calls(body, &progress, deadline).await?;
            self.tell_logs(body, &progress, deadline).await?;
            if Instant::now() >= deadline {
                break;
            }
            if self.tell_status(body, &progress).await? {
                return Ok(());
            }
            if self.seen != before {
                spoken = Instant::now();
                self.watched.changed();
                continue;
            }
            if spoken.elapsed() >= HEARTBEAT {
                body.send(": still here\n\n").await?;
                spoken = Instant::now();
            }
            let left = deadline.saturating_duration_since(Instant::now());
            self.watched.pause(left).await;
        }
        Ok(())
    }

    async fn tell_calls(
        &mut self,
        body: &mut Body,
        progress: &Progress,
        deadline: Instant,
    ) -> stream::Result {
        while self.calls && self.seen.calls < progress.calls && Instant::now() < deadline {
            let page = self
                .watched
                .store()?
                .journal(self.run, self.seen.calls, PAGE)?;
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

    async fn tell_logs(
        &mut self,
        body: &mut Body,
        progress: &Progress,
        deadline: Instant,
    ) -> stream::Result {
        while self.logs && self.seen.line < progress.lines && Instant::now() < deadline {
            let page = self.watched.store()?.logs(self.run, self.seen.line, PAGE)?;
            if page.items.is_empty() {
                break;
            }
            for line in page.items {
                self.seen.line = line.seq;
                self.send(body, &RunEvent::Log(line.into())).await?;
            }
        }
        Ok(())
    }

    /// Tells the status if it has changed; answers whether that was the end.
    async fn tell_status(&mut self, body: &mut Body, progress: &Progress) -> stream::Result<bool> {
        if self.seen.status == Some(progress.status) {
            return Ok(false);
        }
        self.seen.status = Some(progress.status);
        let is_end = progress.status.is_terminal();
        let event = if is_end {
            let store = self.watched.store()?;
            let Some(run) = store.run(self.run)? else {
                return Ok(true);
            };
            let webhook = store.webhook(self.run)?;
            RunEvent::End(Box::new(Run::of(run, webhook)?))
        } else {
            RunEvent::Status(RunMoved {
                task_run_id: self.run,
                status: progress.status,
            })
        };
        self.send(body, &event).await?;
        Ok(is_end)
    }

    async fn send(&self, body: &mut Body, event: &RunEvent) -> stream::Result {
        Ok(body.send(event.to_text(&self.seen)?).await?)
    }
}
