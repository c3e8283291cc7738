//! Making runs: what a run is given, on what terms it goes on, and that one idempotency key makes one run. Runs come from
//! clients, from ended runs and from schedules.

mod error;
mod input;
mod room;
mod terms;

use tasker_api::{
    SubmitRun, Versions, check_concurrency_key, check_tags, deadline, priority, run_at,
};
use tasker_domain::retry::Policy;
use tasker_domain::trace::TraceParent;
use tasker_domain::{Json, Run, RunId, Schedule, TaskFunction};
use tasker_store::prelude::*;
use tasker_store::{NewRun, RunTerms, Starter, Submitted, TaskRef, Tasks};
use tasker_world::World;

pub use error::{Error, Result, no_task};
pub use input::{fits, given, input};
pub use room::{check_room, check_size};
use terms::run_policy;
pub use terms::webhook;

/// What a client asks for. The task is the one that is current.
#[derive(Debug)]
pub struct Wanted {
    /// The task.
    pub task: TaskFunction,
    /// Its input, as [`input`] has checked it.
    pub input: Json,
    /// When it is to begin; at once if `None`.
    pub run_at: Option<i64>,
    /// When it is stopped if it has not ended by then.
    pub deadline: Option<i64>,
    /// Its priority, if not the task's own.
    pub priority: Option<i32>,
    /// How it is begun again should it fail, if not as the task says.
    pub retry: Option<Policy>,
    /// With which runs it shares its task's limit, if not those that its input says.
    pub concurrency_key: Option<String>,
    /// Who is told when it ends: a URL.
    pub webhook: Option<String>,
    /// The header `traceparent` of the client.
    pub traceparent: Option<String>,
    /// Makes no second run if it was used before.
    pub idempotency_key: Option<String>,
    /// Until when the key counts at least, whatever the settings say.
    pub key_until: Option<i64>,
    /// The run whose task starts it.
    pub starter: Option<Starter>,
    /// Its tags.
    pub tags: Vec<String>,
}

impl Wanted {
    /// What `asked` says of the run, by nobody's key and with nobody told of its end, whatever it says of these.
    ///
    /// # Errors
    /// If it asks for what no run can have.
    pub fn of<W: World>(world: &W, task: TaskFunction, asked: SubmitRun, now: i64) -> Result<Self> {
        let run_at = run_at(&asked, now)?;
        let input = input(&asked.input, task.input_schema.as_deref(), &task.name)?;
        if let Some(key) = &asked.concurrency_key {
            check_concurrency_key(key)?;
        }
        let retry = match &asked.retry {
            Some(wishes) => Some(wishes.on(run_policy(world)?)?),
            None => None,
        };
        Ok(Self {
            priority: asked.priority.map(priority).transpose()?,
            tags: check_tags(&asked.tags)?,
            deadline: deadline(&asked, task.timeout_ms, run_at.unwrap_or(now))?,
            concurrency_key: asked.concurrency_key,
            task,
            input,
            run_at,
            retry,
            webhook: None,
            traceparent: None,
            idempotency_key: None,
            key_until: None,
            starter: None,
        })
    }
}

/// Makes a run, and answers its id, which counts for nothing if no run was made.
///
/// # Errors
/// If it cannot be made as it is wanted.
pub fn submit<W: World>(
    world: &W,
    store: &W::Store,
    wanted: Wanted,
    now: i64,
) -> Result<(RunId, Submitted)> {
    let given = given(&wanted.input, wanted.task.input_schema.as_deref())?;
    let task = version(&wanted.task);
    let key = wanted.concurrency_key.as_deref();
    let own = terms::of(world, store, &task, &given, key)?;
    let id = world.new_run_id();
    let run = NewRun {
        id,
        frame: world.new_stack_run_id(),
        terms: RunTerms {
            key_expires_at: wanted
                .key_until
                .unwrap_or(now)
                .max(now + terms::key_life(world)?),
            retry: wanted
                .retry
                .map_or(own.retry, |policy| terms::retry(world, &policy, true)),
            priority: wanted.priority.unwrap_or(own.priority),
            starter: wanted.starter,
            ..own
        },
        task,
        input: wanted.input,
        idempotency_key: wanted.idempotency_key,
        run_at: wanted.run_at,
        deadline: wanted.deadline,
        retry_of: None,
        schedule: None,
        webhook: wanted.webhook,
        trace: Some(trace(id, wanted.traceparent.as_deref())),
        tags: wanted.tags,
    };
    let submitted = store.submit(&run, now)?;
    Ok((id, submitted))
}

/// Submits a run that has ended again, at the newest versions or at those that it met. With a key that was used
/// before, no run is made.
///
/// # Errors
/// If its task is not there any more, or no longer takes its input.
pub fn again<W: World>(
    world: &W,
    store: &W::Store,
    ended: Run,
    versions: Versions,
    idempotency_key: Option<String>,
    traceparent: Option<&str>,
) -> Result<(RunId, Submitted)> {
    check_room(world, store, &ended.task)?;
    let now = world.now_ms();
    let begin = ended.run_at.unwrap_or(ended.created_at);
    let version = match versions {
        Versions::Same => ended.version,
        Versions::Newest => {
            let task = current(store, &ended.task)?;
            fits(&ended.input, task.input_schema.as_deref(), &task.name)?;
            task.version
        }
    };
    let task = TaskRef {
        name: ended.task,
        version,
    };
    let terms = RunTerms {
        versions_of: (versions == Versions::Same).then_some(ended.id),
        concurrency: store.concurrency_limit(ended.id)?,
        priority: ended.priority,
        retry: ended.retry,
        key_expires_at: now + terms::key_life(world)?,
        ..terms::of(world, store, &task, &ended.input, None)?
    };
    let id = world.new_run_id();
    let run = NewRun {
        id,
        webhook: store.webhook(ended.id)?.map(|webhook| webhook.url),
        trace: Some(trace(id, traceparent)),
        tags: ended.tags,
        frame: world.new_stack_run_id(),
        input: ended.input,
        deadline: ended
            .deadline
            .map(|deadline| now.saturating_add(deadline.saturating_sub(begin))),
        task,
        terms,
        idempotency_key,
        run_at: None,
        schedule: None,
        retry_of: Some(ended.id),
    };
    let submitted = store.submit(&run, now)?;
    Ok((id, submitted))
}

/// Makes a run of a schedule's task now, whatever the schedule's policies.
///
/// # Errors
/// If the task is not there, or does not take the schedule's input.
pub fn triggered<W: World>(world: &W, store: &W::Store, schedule: Schedule) -> Result<RunId> {
    let now = world.now_ms();
    let (task, terms) = for_schedule(world, store, &schedule)?;
    let run = NewRun {
        id: world.new_run_id(),
        frame: world.new_stack_run_id(),
        deadline: task.timeout_ms.map(|timeout| now.saturating_add(timeout)),
        retry_of: None,
        webhook: None,
        trace: None,
        tags: Vec::new(),
        task: version(&task),
        terms,
        input: schedule.input,
        idempotency_key: None,
        run_at: None,
        schedule: Some(schedule.name),
    };
    match store.submit(&run, now)? {
        Submitted::Created => Ok(run.id),
        other => Err(Error::internal(format!(
            "a run without a key was refused: {other:?}"
        ))),
    }
}

/// The task that a schedule runs, and the terms of its runs.
pub(crate) fn for_schedule<W: World>(
    world: &W,
    store: &W::Store,
    schedule: &Schedule,
) -> Result<(TaskFunction, RunTerms)> {
    check_room(world, store, &schedule.task)?;
    let task = current(store, &schedule.task)?;
    let schema = task.input_schema.as_deref();
    fits(&schedule.input, schema, &task.name)?;
    let given = given(&schedule.input, schema)?;
    let terms = terms::of(world, store, &version(&task), &given, None)?;
    Ok((task, terms))
}

/// The current version of a task.
fn current(store: &impl Tasks, name: &str) -> Result<TaskFunction> {
    store.task(name)?.ok_or_else(|| no_task(name).into())
}

pub(crate) fn version(task: &TaskFunction) -> TaskRef {
    TaskRef {
        name: task.name.clone(),
        version: task.version.clone(),
    }
}

/// The run's span in the trace of the request, or in a trace of its own. As the standard says, a
/// header that cannot be read counts as none.
fn trace(run: RunId, header: Option<&str>) -> TraceParent {
    match header.and_then(|header| header.parse::<TraceParent>().ok()) {
        Some(parent) => parent.child(&run.to_string()),
        None => TraceParent::of_run(run),
    }
}
