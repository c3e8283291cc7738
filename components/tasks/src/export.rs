//! A run's whole history as one JSON document.

use tasker_api::{JournalEntry, LogEntry, NoQuery, Run, StackEntry, Timestamp, WebhookView};
use tasker_domain::RunId;
use tasker_host::http::{Body, Gone};
use tasker_host::{HostStore, log, time};
use tasker_store::{Store, Webhooks};

use crate::Result;
use crate::answer::Answer;
use crate::error::{no_run, store, store_failed};
use crate::request::Request;

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

/// Why an export ends early. The document is then not whole, so no client takes it for one.
#[derive(Debug, thiserror::Error)]
enum Error {
    #[error(transparent)]
    Gone(#[from] Gone),
    #[error(transparent)]
    Store(#[from] tasker_store::Error),
    #[error("a stored value is not JSON: {0}")]
    Json(#[from] serde_json::Error),
}

impl Export {
    pub(crate) async fn stream(self, mut body: Body) {
        let id = self.run.id;
        match self.tell(&mut body).await {
            Ok(()) | Err(Error::Gone(_)) => {}
            Err(error) => log::error(format!("export: {error}")).run(id).write(),
        }
    }

    async fn tell(self, body: &mut Body) -> std::result::Result<(), Error> {
        let Self { store, run } = self;
        let id = run.id;
        let at = serde_json::to_string(&Timestamp::from_millis(time::now_ms()))?;
        let webhook = store.webhook(id)?;
        let run = serde_json::to_string(&Run {
            webhook: webhook.map(WebhookView::from),
            ..Run::try_from(run)?
        })?;
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

async fn tell_journal(
    store: &HostStore,
    run: RunId,
    body: &mut Body,
) -> std::result::Result<(), Error> {
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

async fn tell_logs(
    store: &HostStore,
    run: RunId,
    body: &mut Body,
) -> std::result::Result<(), Error> {
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
