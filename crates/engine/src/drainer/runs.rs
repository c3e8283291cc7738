//! What tasks do with runs of their own, `tools.tasks.start` and `tools.runs`, and with the run that they are part of, `tools.tag`.
//! A task may touch the runs that its own run has started, and send events to the one that started its own. Each is done here,
//! where a queued call is settled; done again, after its worker was lost, it changes nothing more.

use serde_json::json;
use tasker_api::{
    CancelRun, Problem, RawJson, Run as RunView, SubmitRun, check_cancel, event_expiry,
    too_many_tags,
};
use tasker_domain::started::{Asked, key, starter};
use tasker_domain::{
    Claimed, ErrorCode, ErrorValue, Json, Outcome, Run, RunId, RunStatus, Stop, StopCause,
};
use tasker_store::prelude::*;
use tasker_store::{Cancellation, NewEvent, Sent, Starter, Submitted, Tagged, TaskRef};
use tasker_world::{World, error};

use super::settings::Settings;
use crate::reach::call_denied;
use crate::submission::{self, Error, Result, Wanted, check_room, no_task, version};

/// A run may end between a look at it and the wait for its end; if it has not by the next look, the lease is lost.
const WAIT_LOOKS: u32 = 2;

/// Does what the claimed call asks, and gives its outcome; `None`: it waits, or its lease is lost.
///
/// # Errors
/// Only if the store fails.
pub(crate) fn settle<W: World>(
    world: &W,
    store: &W::Store,
    settings: &Settings,
    claimed: &Claimed,
    asked: std::result::Result<Asked, ErrorValue>,
) -> tasker_store::Result<Option<Outcome>> {
    let asked = match asked {
        Ok(asked) => asked,
        Err(error) => return Ok(Some(Err(error))),
    };
    let doer = Doer {
        world,
        store,
        settings,
        claimed,
        now: world.now_ms(),
    };
    match doer.done(asked) {
        Ok(outcome) => Ok(outcome),
        Err(Error::Store(failure)) => Err(failure),
        Err(Error::Refused(problem)) => {
            let Problem { code, detail, .. } = *problem;
            Ok(Some(Err(ErrorValue {
                code: Some(code),
                ..ErrorValue::plain(detail)
            })))
        }
        Err(failure) => {
            world.log(error(failure.to_string()).of(claimed.run, &claimed.path));
            let shown = "Tasker failed; its log says why";
            Ok(Some(Err(ErrorValue::new(ErrorCode::Internal, shown))))
        }
    }
}

struct Doer<'a, W: World> {
    world: &'a W,
    store: &'a W::Store,
    settings: &'a Settings,
    claimed: &'a Claimed,
    now: i64,
}

impl<W: World> Doer<'_, W> {
    fn done(&self, asked: Asked) -> Result<Option<Outcome>> {
        let answer = match asked {
            Asked::Start {
                name,
                input,
                options,
            } => json!(self.start(&name, input, options)?).to_string(),
            Asked::Tag(tags) => json!(self.tag(&tags)?).to_string(),
            Asked::Get(run) => {
                let run = RunView::of(self.own(run)?, None).map_err(Error::internal)?;
                serde_json::to_string(&run).map_err(Error::internal)?
            }
            Asked::Wait(run) => return self.wait(run),
            Asked::Cancel(run, reason) => json!(self.cancel(run, reason)?).to_string(),
            Asked::Signal(run, name, data) => self.signal(run, name, data)?,
        };
        Ok(Some(Ok(answer)))
    }

    /// How a run has ended; if it goes on, the call is due again once it has.
    fn wait(&self, id: RunId) -> Result<Option<Outcome>> {
        for _ in 0..WAIT_LOOKS {
            let run = self.own(id)?;
            match (run.result, run.error) {
                (Some(value), _) => return Ok(Some(Ok(value))),
                (None, Some(error)) => return Ok(Some(Err(error))),
                (None, None) => {}
            }
            if self.store.wait_for_run(self.claimed.lease, id, self.now)? {
                return Ok(None);
            }
        }
        Ok(None)
    }

    /// Starts a run, and gives its id.
    fn start(&self, name: &str, given: Option<Json>, options: Option<Json>) -> Result<RunId> {
        let wishes = wishes(name, given, options)?;
        let task = match self.store.task(name) {
            Err(tasker_store::Error::NulInText) => None,
            found => found?,
        };
        let task = task.ok_or_else(|| no_task(name))?;
        self.check_start(&version(&task))?;
        // An attempt before this one may have made the run: then it is found by its key, and needs no room.
        if self.claimed.attempt == 0 {
            check_room(self.world, self.store, name)?;
        }
        let trace = self.store.run_trace(self.claimed.run)?;
        let wanted = Wanted {
            traceparent: trace.map(|trace| trace.to_string()),
            idempotency_key: Some(self.key()),
            starter: Some(Starter {
                run: self.claimed.run,
                at_most: self.settings.starts,
            }),
            ..Wanted::of(self.world, task, wishes, self.now)?
        };
        let (id, submitted) = submission::submit(self.world, self.store, wanted, self.now)?;
        match submitted {
            Submitted::Created => Ok(id),
            // An attempt before this one was lost once it had made the run; perhaps the task took another input then.
            Submitted::Existing(run) => Ok(run.id),
            Submitted::Conflict(run) => Ok(run),
            Submitted::TooMany => Err(Error::new(
                ErrorCode::StartsLimit,
                format!("a run may start {} runs of their own", self.settings.starts),
            )),
        }
    }

    /// Refuses to start a task that the one that asks may not call.
    fn check_start(&self, task: &TaskRef) -> Result<()> {
        let frame = self.claimed.path.parent();
        let frame = frame.unwrap_or_else(|| self.claimed.path.clone());
        // A frame that has ended waits for nothing: its calls are dropped.
        let Some(asks) = self.store.frame_grants(self.claimed.run, &frame)? else {
            return Err(no_run(self.claimed.run).into());
        };
        let reach = self.store.task_settings(&asks.task)?.reach;
        let shared = &self.settings.shared_tasks;
        match call_denied(self.store, (&asks.task, &reach), task, shared)? {
            Some(ErrorValue { message, .. }) => Err(Error::new(ErrorCode::CallDenied, message)),
            None => Ok(()),
        }
    }

    /// Tags the run itself, and gives all its tags.
    fn tag(&self, tags: &[String]) -> Result<Vec<String>> {
        let run = self.claimed.run;
        match self.store.tag(run, tags, self.now)? {
            Some(Tagged::Tags(tags)) => Ok(tags),
            Some(Tagged::TooMany) => Err(too_many_tags().into()),
            None => Err(no_run(run).into()),
        }
    }

    /// A run that this run has started. Others it must not even know of.
    fn own(&self, id: RunId) -> Result<Run> {
        let run = self.store.run(id)?;
        let is_own = |run: &Run| starter_of(run) == Some(self.claimed.run);
        Ok(run.filter(is_own).ok_or_else(|| no_run(id))?)
    }

    /// Cancels a run; whether it ends cancelled.
    fn cancel(&self, id: RunId, reason: Option<String>) -> Result<bool> {
        self.own(id)?;
        let asked = CancelRun {
            reason,
            by: Some(format!("run {}", self.claimed.run)),
            force: false,
        };
        check_cancel(&asked)?;
        let stop = Stop {
            reason: asked.reason,
            by: asked.by,
            ..Stop::new(StopCause::Cancel, self.settings.grace_ms, self.now)
        };
        match self.store.cancel(id, &stop, false, self.now)? {
            Some(Cancellation::Ended | Cancellation::Stopping { .. }) => Ok(true),
            Some(Cancellation::Finished) => Ok(self.own(id)?.status == RunStatus::Cancelled),
            None => Err(no_run(id).into()),
        }
    }

    /// Sends an event to a run that this one has started, or that has started this one.
    fn signal(&self, id: RunId, name: String, data: Json) -> Result<Json> {
        let own_run = self.store.run(self.claimed.run)?;
        let is_starter = own_run.as_ref().and_then(starter_of) == Some(id);
        if !is_starter {
            self.own(id)?;
        }
        let event = NewEvent {
            id: self.key(),
            name,
            run: Some(id),
            data,
            expires_at: event_expiry(None, self.now)?,
        };
        match self.store.send_event(&event, self.now)? {
            Sent::Created { .. } | Sent::Existing => {
                Ok(json!({ "id": event.id, "name": event.name }).to_string())
            }
            Sent::RunEnded => Err(Error::new(
                ErrorCode::RunFinished,
                format!("the run `{id}` has ended"),
            )),
            Sent::NoRun => Err(no_run(id).into()),
            Sent::Conflict => Err(Error::internal("two events with the id of one call")),
        }
    }

    /// The same for every attempt of this call, and for no other call.
    fn key(&self) -> String {
        key(self.claimed.run, &self.claimed.path)
    }
}

/// The run that has started this one, if a task did.
fn starter_of(run: &Run) -> Option<RunId> {
    starter(run.idempotency_key.as_deref()?)
}

fn no_run(id: RunId) -> Problem {
    let detail = format!("this run has started no run `{id}`");
    Problem::new(ErrorCode::RunNotFound, detail)
}

/// What is wanted of a run, by the options of `tools.tasks.start`: members of `POST /tasks`.
fn wishes(name: &str, input: Option<Json>, options: Option<Json>) -> Result<SubmitRun> {
    let invalid = |reason: String| {
        let detail = format!("tools.tasks.start: the third argument: {reason}");
        Error::new(ErrorCode::InvalidArguments, detail)
    };
    let mut members: serde_json::Map<String, serde_json::Value> =
        serde_json::from_str(options.as_deref().unwrap_or("{}"))
            .map_err(|error| invalid(error.to_string()))?;
    for other in [
        "taskName",
        "input",
        "idempotencyKey",
        "webhook",
        "publicToken",
    ] {
        if members.contains_key(other) {
            return Err(invalid(format!("there is no option `{other}`")));
        }
    }
    members.insert("taskName".to_owned(), json!(name));
    let mut wishes: SubmitRun =
        serde_json::from_value(members.into()).map_err(|error| invalid(error.to_string()))?;
    if let Some(input) = input {
        wishes.input = RawJson::parse(input).map_err(Error::internal)?;
    }
    Ok(wishes)
}
