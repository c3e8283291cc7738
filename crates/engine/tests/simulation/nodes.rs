//! The components of a node: the shells around the engine, and services that are made up.

use std::cell::RefCell;

use futures::channel::{mpsc, oneshot};
use tasker_domain::wire::{
    ExecuteReply, ExecuteRequest, HARMLESS_SERVICES, SIGN_OF_LIFE, ServiceError, ServiceReply,
    ServiceRequest, SliceLine,
};
use tasker_domain::{ErrorCode, ErrorValue};
use tasker_engine::{World, drainer, executor};

use crate::keystore;
use crate::machine::Sleeper;
use crate::world::{Part, SimWorld};

/// Where an answer goes.
pub(crate) struct Out {
    pub(crate) head: Option<oneshot::Sender<u16>>,
    pub(crate) body: mpsc::UnboundedSender<Part>,
}

impl Out {
    fn begin(&mut self, status: u16) {
        if let Some(head) = self.head.take() {
            let _ = head.send(status);
        }
    }

    fn part(&mut self, part: impl Into<Vec<u8>>) {
        let _ = self.body.unbounded_send(Some(part.into()));
    }

    fn end(&mut self) {
        let _ = self.body.unbounded_send(None);
    }

    fn whole(&mut self, status: u16, body: impl Into<Vec<u8>>) {
        self.begin(status);
        self.part(body);
        self.end();
    }
}

/// Answers a request as the component does.
pub(crate) async fn answer(
    world: &SimWorld,
    component: &str,
    path: &str,
    message: &[u8],
    mut out: Out,
) {
    match (component, path) {
        ("stack-processor", "/drain") => {
            out.whole(202, "");
            drainer::drain(world).await;
        }
        ("stack-processor", "/keep") => {
            let token: String = serde_json::from_slice(message).expect("a token");
            out.whole(202, "");
            drainer::keep(world, &token).await;
        }
        // The API passes it on; there are no schedules.
        ("stack-processor" | "tasks", "/sweep") => sweep(world, out).await,
        ("wrappedkeystore", "/rotate") => match keystore::rotate(world, message) {
            Some(rotated) => out.whole(200, serde_json::to_vec(&rotated).expect("JSON")),
            None => out.whole(503, ""),
        },
        ("quickjs", "/execute") => execute(world, message, out).await,
        (service, "/call") => {
            let request: ServiceRequest = serde_json::from_slice(message).expect("a call");
            let reply = call(world, service.trim_start_matches("wrapped"), &request).await;
            out.whole(200, serde_json::to_vec(&reply).expect("JSON"));
        }
        (component, path) => panic!("nobody answers {component}{path}"),
    }
}

async fn sweep(world: &SimWorld, mut out: Out) {
    let swept = world
        .open_store()
        .map_err(drainer::Error::from)
        .and_then(|store| Ok((drainer::sweep(world, &store)?, store)));
    match swept {
        Ok((reply, store)) => {
            world.shared().history.swept(&reply);
            out.whole(200, "{}");
            drainer::after_sweep(world, &store, &reply).await;
        }
        Err(error) => {
            world.log(tasker_world::warn(format!("sweep: {error}")));
            out.whole(503, "");
        }
    }
}

async fn execute(world: &SimWorld, message: &[u8], mut out: Out) {
    let request: ExecuteRequest = serde_json::from_slice(message).expect("a request");
    if world.shared().fault(60) {
        world.say("IS REFUSED BY THE DATABASE");
        return out.whole(503, "");
    }
    let Ok(store) = world.open_store() else {
        return out.whole(503, "");
    };
    let line = |line: SliceLine| {
        let mut line = serde_json::to_vec(&line).expect("JSON");
        line.push(b'\n');
        line
    };
    let news = RefCell::new(&mut out);
    let tell = |what| {
        let mut out = news.borrow_mut();
        out.begin(200);
        out.part(line(SliceLine::News(what)));
    };
    if !world.shared().history.is_new(request.lease) {
        world.violation("runs a frame under a lease that another has had");
    }
    world.works_under(Some(request.lease));
    let done = executor::execute::<_, Sleeper>(world, &store, &request, &tell).await;
    world.works_under(None);
    let (reply, carry) = match done {
        Ok(done) => done,
        Err(error) => {
            world.log(tasker_world::error(format!("slice: {error}")));
            // Without a line if the answer has begun.
            return out.whole(500, "");
        }
    };
    drop(store);
    world.say(format!("slice of {} done", request.lease.id));
    out.begin(200);
    out.part(line(SliceLine::Over(reply)));
    if let Some(carry) = carry {
        let work = carry.run();
        futures::pin_mut!(work);
        while world.timeout(SIGN_OF_LIFE, &mut work).await.is_none() {
            out.part(" ");
        }
        out.part(line(SliceLine::Over(ExecuteReply {
            next: None,
            figures: world.take_figures(),
            carries_on: false,
        })));
    }
    out.end();
}

/// A service that remembers by its key what it has done. Its methods: `echo` gives its argument, after trouble that passes;
/// `fail` fails for good; `never` says nothing for ever. `increment` is made by the real keystore.
async fn call(world: &SimWorld, service: &str, request: &ServiceRequest) -> ServiceReply {
    let (shared, key) = (world.shared(), &request.idempotency_key);
    let executor = &shared.executor;
    let slow = if executor.one_in(8) { 12_000 } else { 60 };
    executor.sleep(executor.time_up_to(slow)).await;
    let fails = |code, retryable, outcome_unknown| {
        ServiceReply::Err(ServiceError {
            error: ErrorValue::new(code, "made up"),
            retryable,
            retry_after_ms: None,
            outcome_unknown,
            answer: None,
        })
    };
    match request.method.first().map(String::as_str) {
        Some("fail") => return fails(ErrorCode::UpstreamFailed, false, false),
        Some("never") => std::future::pending().await,
        _ => {}
    }
    if request.was_lost && !HARMLESS_SERVICES.contains(&service) {
        world.say(format!("{key}: not twice"));
        return fails(ErrorCode::OutcomeUnknown, false, true);
    }
    if shared.history.may_fail(key) && executor.one_in(5) {
        return fails(ErrorCode::RateLimited, true, false);
    }
    let counted = match request.method.first().map(String::as_str) {
        Some("increment") => match keystore::call(world, request).await {
            None => return fails(ErrorCode::ServiceUnavailable, true, false),
            Some(Err(error)) => return ServiceReply::Err(error),
            Some(Ok(value)) => Some(value),
        },
        _ => None,
    };
    world.say(format!("{key}: DONE"));
    shared.history.done(key, service);
    if !HARMLESS_SERVICES.contains(&service) && shared.fault(4) {
        // What may be done once only is done, and nobody knows.
        shared.lose_node(world.node_number());
    }
    executor.sleep(executor.time_up_to(slow / 2)).await;
    let value: serde_json::Value = serde_json::from_str(&request.args).expect("arguments");
    ServiceReply::Ok(counted.unwrap_or_else(|| value[0].to_string()))
}
