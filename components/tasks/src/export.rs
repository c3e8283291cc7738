//! A run's whole history as one JSON document.

use tasker_api::{JournalEntry, LogEntry, NoQuery, Run, StackEntry, Timestamp};
use tasker_domain::RunId;
use tasker_host::http::Body;
use tasker_host::{HostStore, time};
use tasker_store::prelude::*;

use crate::Result;
use crate::answer::Answer;
use crate::error::{no_run, store, store_failed};
use crate::request::Request;
use crate::stream;

/// So many entries are read at once; each may be large.
const PAGE: u32 = 50;

/// `GET /runs/{id}/export`
pub(crate) fn export(request: &Request) -> Result {
    request.query::<NoQuery>()?;
    let id = request.run_id()?;
    let store = store()?;
    let run = store
        .run(id)
        .map_err(store_failed)?
        .ok_or_else(|| no_run(id))?;
    Ok(Answer::export(Export { store, run }))
}

/// An export that is about to be sent. The history may be larger than memory: it goes out page by
/// page.
pub(crate) struct Export {
    store: HostStore,
    run: tasker_domain::Run,
}

impl Export {
    /// Tells the whole history. A document that ends early is not whole, so no client takes it for one.
    pub(crate) async fn stream(self, mut body: Body) {
        let id = self.run.id;
        stream::ended("export", id, self.tell(&mut body).await);
    }

    async fn tell(self, body: &mut Body) -> stream::Result {
        let Self { store, run } = self;
        let id = run.id;
        let at = serde_json::to_string(&Timestamp::from_millis(time::now_ms()))?;
        let webhook = store.webhook(id)?;
        let run = serde_json::to_string(&Run::of(run, webhook)?)?;
        body.send(format!(
            "{{\"exportedAt\":{at},\n\"run\":{run},\n\"journal\":["
        ))
        .await?;
        tell_journal(&store, id, body).await?;
        body.send("],\n\"logs\":[").await?;
        tell_logs(&store, id, body).await?;
        let stack = serde_json::to_string(&StackEntry::list(store.stack(id)?)?)?;
        body.send(format!("],\n\"stack\":{stack}}}\n")).await?;
        Ok(())
    }
}

async fn tell_journal(store: &HostStore, run: RunId, body: &mut Body) -> stream::Result {
    let mut offset = 0;
    loop {
        let page = store.journal(run, offset, PAGE)?;
        for entry in page.items {
            let separator = if offset == 0 { "\n" } else { ",\n" };
            let entry = serde_json::to_string(&JournalEntry::try_from(entry)?)?;
            body.send(format!("{separator}{entry}")).await?;
            offset += 1;
        }
        if !page.more {
            return Ok(());
        }
    }
}

async fn tell_logs(store: &HostStore, run: RunId, body: &mut Body) -> stream::Result {
    let mut after = 0;
    loop {
        let page = store.logs(run, after, PAGE)?;
        for line in page.items {
            let separator = if after == 0 { "\n" } else { ",\n" };
            after = line.seq;
            let line = serde_json::to_string(&LogEntry::from(line))?;
            body.send(format!("{separator}{line}")).await?;
        }
        if !page.more {
            return Ok(());
        }
    }
}
