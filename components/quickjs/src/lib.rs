//! The executor: a shell around [`tasker_engine::executor`], which runs frames.

use std::future::Future;

use futures::StreamExt;
use futures::channel::mpsc;
use futures::future::{Either, select};
use spin_sdk::http::{IncomingRequest, ResponseOutparam};
use spin_sdk::http_component;
use tasker_domain::diagnosis::ComponentHealth;
use tasker_domain::wire::{
    CheckRequest, ExecuteReply, ExecuteRequest, InspectRequest, SIGN_OF_LIFE, SliceLine, SliceNews,
};
use tasker_engine::executor;
use tasker_host::health::Examination;
use tasker_host::http::{Body, StatusCode, begin, respond, respond_json};
use tasker_host::internal::{Received, receive};
use tasker_host::{Spin, log, open_store, time};
use tasker_settings::Component;
use tasker_vm::Vm;
use tasker_world::World;

#[http_component]
async fn handle(request: IncomingRequest, out: ResponseOutparam) {
    log::component("quickjs");
    let Some((received, out)) = receive("quickjs", request, out).await else {
        return;
    };
    match received.path.as_str() {
        "/execute" => execute(&received, out).await,
        "/check" => check(&received, out).await,
        "/inspect" => inspect(&received, out).await,
        "/health" => respond_json(out, StatusCode::OK, &health()).await,
        _ => respond(out, StatusCode::NOT_FOUND, &[], Vec::new()).await,
    }
}

/// Runs a slice. Status 503 means that nothing was begun, because the database is not available; 500, or an answer that ends
/// early, that nothing more was committed. In both cases the frame may be tried again.
async fn execute(received: &Received, out: ResponseOutparam) {
    let request: ExecuteRequest = match received.json() {
        Ok(request) => request,
        Err(reason) => {
            return respond(out, StatusCode::BAD_REQUEST, &[], reason.into_bytes()).await;
        }
    };
    let store = match open_store() {
        Ok(store) => store,
        Err(error) => {
            log::error(format!("slice: {error}")).write();
            return respond(out, StatusCode::SERVICE_UNAVAILABLE, &[], Vec::new()).await;
        }
    };
    let (tell, told) = mpsc::unbounded();
    let tell = |news: SliceNews| {
        let _ = tell.unbounded_send(news);
    };
    let slice = executor::execute::<_, Vm>(&Spin, &store, &request, &tell);
    let (done, answer) = telling(slice, told, Answer::Unbegun(out)).await;
    let (reply, carry) = match done {
        Ok(done) => done,
        Err(error) => {
            log::error(format!("slice: {error}")).write();
            // An answer that has begun ends without saying that the slice is over.
            if let Answer::Unbegun(out) = answer {
                respond(out, StatusCode::INTERNAL_SERVER_ERROR, &[], Vec::new()).await;
            }
            return;
        }
    };
    drop(store);
    let mut answer = answer.begun();
    say(&mut answer, &SliceLine::Over(reply)).await;
    let Some(carry) = carry else {
        return;
    };
    let work = carry.run();
    futures::pin_mut!(work);
    while time::timeout(SIGN_OF_LIFE, &mut work).await.is_none() {
        // A client that has gone needs no answer.
        let _ = answer.send(" ").await;
    }
    let more = ExecuteReply {
        next: None,
        figures: Spin.take_figures(),
        carries_on: false,
    };
    say(&mut answer, &SliceLine::Over(more)).await;
}

/// Runs a slice, and passes on what it tells meanwhile.
async fn telling<T>(
    slice: impl Future<Output = T>,
    mut told: mpsc::UnboundedReceiver<SliceNews>,
    answer: Answer,
) -> (T, Answer) {
    futures::pin_mut!(slice);
    let mut answer = answer;
    loop {
        let news = match select(slice.as_mut(), told.next()).await {
            Either::Left((done, _)) => return (done, answer),
            Either::Right((news, _)) => news,
        };
        if let Some(news) = news {
            let mut body = answer.begun();
            say(&mut body, &SliceLine::News(news)).await;
            answer = Answer::Begun(body);
        }
    }
}

/// The answer, which begins with its first line: until then it can be one that says what failed.
enum Answer {
    Unbegun(ResponseOutparam),
    Begun(Body),
}

impl Answer {
    fn begun(self) -> Body {
        match self {
            Self::Begun(body) => body,
            Self::Unbegun(out) => {
                let headers = [("content-type".to_owned(), "application/x-ndjson".to_owned())];
                begin(out, StatusCode::OK, &headers)
            }
        }
    }
}

/// Sends a line of the answer. What the slice does is committed: it does not matter whether anybody hears it.
async fn say(answer: &mut Body, line: &SliceLine) {
    match serde_json::to_vec(line) {
        Ok(mut line) => {
            line.push(b'\n');
            let _ = answer.send(line).await;
        }
        Err(error) => log::error(format!("slice: {error}")).write(),
    }
}

/// Tells whether a task could be loaded, without running any of it.
async fn check(received: &Received, out: ResponseOutparam) {
    let request: CheckRequest = match received.json() {
        Ok(request) => request,
        Err(reason) => {
            return respond(out, StatusCode::BAD_REQUEST, &[], reason.into_bytes()).await;
        }
    };
    match executor::check(&Spin, request) {
        Ok(reply) => respond_json(out, StatusCode::OK, &reply).await,
        Err(error) => {
            log::error(format!("check: {error}")).write();
            respond(out, StatusCode::INTERNAL_SERVER_ERROR, &[], Vec::new()).await;
        }
    }
}

/// Whether the executor can be used: its settings, and a VM that boots.
fn health() -> ComponentHealth {
    let examination = Examination::of(Component::QuickJs);
    match executor::engine(&Spin) {
        Ok(engine) => examination.engine(engine),
        Err(problem) => examination.looked::<(), _>(Err(problem)),
    }
    .done()
}

/// Looks into stored snapshots.
async fn inspect(received: &Received, out: ResponseOutparam) {
    let request: InspectRequest = match received.json() {
        Ok(request) => request,
        Err(reason) => {
            return respond(out, StatusCode::BAD_REQUEST, &[], reason.into_bytes()).await;
        }
    };
    match executor::inspect(&Spin, &request) {
        Ok(reply) => respond_json(out, StatusCode::OK, &reply).await,
        Err(error) => {
            log::error(format!("inspection: {error}")).write();
            respond(out, StatusCode::SERVICE_UNAVAILABLE, &[], Vec::new()).await;
        }
    }
}
