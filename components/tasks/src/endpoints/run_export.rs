//! Gives a run's whole history.

use futures::FutureExt;
use futures::future::LocalBoxFuture;
use tasker_api::{JournalEntry, LogEntry, Run, RunExport, StackEntry, Timestamp};
use tasker_host::HostStore;
use tasker_host::http::Body;

use crate::answer::Stream;
use crate::endpoint::*;
use crate::{records, stream};

/// Entries that are read at once; each may be large.
const PAGE: u32 = 50;

pub(crate) struct Handler;

impl Endpoint for Handler {
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/runs/{id}/export";
    const NEEDS: Needs = Needs::To(Right::SeeRuns, Of::Run);
    const ID: &'static str = "exportRun";
    const TAG: &'static str = "runs";
    const SUMMARY: &'static str = "Gives a run's whole history as one document";
    const AUDITED: bool = true;
    const ANSWERS: Answers = &[(
        StatusCode::OK,
        "The history, however long; it is whole if it is JSON",
    )];
    const PROBLEMS: Problems = &[RunNotFound];

    type Path = RunId;
    type Query = ();
    type Body = Nothing;
    type Answer = Json<RunExport>;

    async fn handle(call: Call<Self>) -> Answered<Self> {
        let store = store()?;
        let run = records::run(&store, call.path)?;
        Ok(Answer::stream("application/json", Export { store, run }))
    }
}

/// An export that is about to be sent. The history may be larger than memory: it goes out page by
/// page.
struct Export {
    store: HostStore,
    run: tasker_domain::Run,
}

/// A document that ends early is not whole, so no client takes it for one.
impl Stream for Export {
    fn send(self: Box<Self>, mut body: Body) -> LocalBoxFuture<'static, ()> {
        async move {
            let id = self.run.id;
            stream::ended("export", id, send(*self, &mut body).await);
        }
        .boxed_local()
    }
}

async fn send(export: Export, body: &mut Body) -> stream::Result {
    let Export { store, run } = export;
    let id = run.id;
    let at = serde_json::to_string(&Timestamp::from_millis(time::now_ms()))?;
    let webhook = store.webhook(id)?;
    let run = serde_json::to_string(&Run::of(run, webhook)?)?;
    body.send(format!(
        "{{\"exportedAt\":{at},\n\"run\":{run},\n\"journal\":["
    ))
    .await?;
    send_journal(&store, id, body).await?;
    body.send("],\n\"logs\":[").await?;
    send_logs(&store, id, body).await?;
    body.send("],\n\"stack\":[").await?;
    send_stack(&store, id, body).await?;
    body.send("]}\n").await?;
    Ok(())
}

async fn send_stack(store: &HostStore, run: RunId, body: &mut Body) -> stream::Result {
    let mut after = String::new();
    loop {
        let page = store.stack_page(run, &after, PAGE)?;
        let mut separator = if after.is_empty() { "\n" } else { ",\n" };
        let last = page.items.iter().map(|row| row.path.as_str()).max();
        let last = last.unwrap_or_default().to_owned();
        for entry in StackEntry::list(page.items)? {
            body.send(format!("{separator}{}", serde_json::to_string(&entry)?))
                .await?;
            separator = ",\n";
        }
        if !page.more {
            return Ok(());
        }
        after = last;
    }
}

async fn send_journal(store: &HostStore, run: RunId, body: &mut Body) -> stream::Result {
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

async fn send_logs(store: &HostStore, run: RunId, body: &mut Body) -> stream::Result {
    let mut after = 0;
    loop {
        let page = store.logs(run, after, PAGE)?;
        for line in page.items {
            let separator = if after == 0 { "\n" } else { ",\n" };
            let line = LogEntry::after(after, line);
            after = line.seq;
            let line = serde_json::to_string(&line)?;
            body.send(format!("{separator}{line}")).await?;
        }
        if !page.more {
            return Ok(());
        }
    }
}
