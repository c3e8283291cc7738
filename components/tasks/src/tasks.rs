//! Publishing tasks, and what is published.

use tasker_api::{
    Change, Cursor, NoQuery, PUBLISH_MAX_BYTES, PageQuery, Problem, PublishTask, PublishedTask,
    RawJson, RunLimit, RunSettings, Task, TaskSummary, check_grants, check_modules,
    check_task_name, concurrency_tag, page_limit, parse_cursor, priority_tag, retention_tag,
    retry_tag,
};
use tasker_domain::wire::{CheckReply, CheckRequest};
use tasker_domain::{ErrorCode, TaskFunction, timer};
use tasker_host::{http, log, time};
use tasker_store::prelude::*;
use tasker_store::{Concurrency, Publication, Publish, TaskRef, TaskSettings};

use crate::Result;
use crate::answer::Answer;
use crate::error::{internal, no_task, store, store_failed};
use crate::request::Request;
use crate::schedules;

/// `PUT /tasks/{name}`
pub(crate) async fn publish(request: &mut Request) -> Result {
    request.query::<NoQuery>()?;
    let name = request.param(0).to_owned();
    check_task_name(&name)?;
    let body: PublishTask = request.json(PUBLISH_MAX_BYTES).await?;
    check_modules(body.modules.keys().map(String::as_str))?;
    let doc = tasker_jsdoc::parse(&body.code);
    if let Some(other) = doc.name.filter(|other| *other != name) {
        let detail = format!("its `@task` says `{other}`, but it is published as `{name}`");
        return Err(Problem::new(ErrorCode::TaskInvalid, detail));
    }
    if let Some(wrong) = doc.unfit_defaults.first() {
        let detail = format!(
            "its JSDoc gives `{}` the default `{}`, which cannot be applied: {}",
            wrong.place, wrong.default, wrong.reason
        );
        return Err(Problem::new(ErrorCode::TaskInvalid, detail));
    }
    let version = body.version();
    let keystore = body.keystore.clone().or(doc.keystore);
    check_grants(keystore.as_deref().unwrap_or_default())?;
    let timeout_ms = doc.timeout.as_deref().map(timeout).transpose()?;
    let input_schema = doc
        .input
        .map(|schema| serde_json::to_string(&schema))
        .transpose()
        .map_err(internal)?;
    let store = store()?;
    let now = time::now_ms();
    let schedules = schedules::declared(&doc.schedules, &name, input_schema.as_deref(), now)?;
    let settings = TaskSettings {
        retention_ms: doc.retention.as_deref().map(retention_tag).transpose()?,
        priority: doc.priority.as_deref().map(priority_tag).transpose()?,
        concurrency: doc
            .concurrency
            .as_deref()
            .map(concurrency_tag)
            .transpose()?
            .map(|(at_once, per)| Concurrency { at_once, per }),
        attempts: doc.retry.as_deref().map(retry_tag).transpose()?,
    };
    let code = check(&name, body).await?;
    let task = TaskFunction {
        name,
        version,
        code: code.code,
        modules: serde_json::to_string(&code.modules).map_err(internal)?,
        description: doc.description,
        input_schema,
        timeout_ms,
        created_at: now,
    };
    let publication = Publication {
        task: &task,
        grants: keystore.as_deref(),
        settings: &settings,
        schedules: &schedules,
    };
    let (status, change) = match store
        .publish_with(&publication, now)
        .map_err(store_failed)?
    {
        Publish::Created => (201, Change::Created),
        Publish::Updated => (200, Change::Updated),
        Publish::Unchanged => (200, Change::Unchanged),
    };
    let published = PublishedTask {
        name: task.name,
        version: task.version,
        description: task.description,
        input_schema: task
            .input_schema
            .map(RawJson::parse)
            .transpose()
            .map_err(internal)?,
        keystore,
        schedules: schedules
            .into_iter()
            .map(|schedule| schedule.name)
            .collect(),
        change,
    };
    Answer::json(status, &published)
}

/// The time span of a `@timeout`.
fn timeout(text: &str) -> Result<i64> {
    timer::span_ms(text).filter(|ms| *ms > 0).ok_or_else(|| {
        let detail = format!(
            "its `@timeout` says `{text}`, which is no time span such as 90s, 2h or 1d 12h"
        );
        Problem::new(ErrorCode::TaskInvalid, detail)
    })
}

/// Asks the executor whether the code loads, and gives it back.
async fn check(name: &str, body: PublishTask) -> Result<CheckRequest> {
    let request = CheckRequest {
        name: name.to_owned(),
        code: body.code,
        modules: body.modules,
    };
    let reply = http::ask("quickjs", "/check", &request).await;
    let reply: CheckReply = reply.map_err(|error| {
        log::error(format!("check of a task: {error}")).write();
        Problem::new(
            ErrorCode::ExecutorUnavailable,
            "the task could not be checked; try again",
        )
    })?;
    match reply.error {
        None => Ok(request),
        Some(error) => {
            let place = error
                .stack
                .map(|stack| format!("\n{stack}"))
                .unwrap_or_default();
            let hint = tasker_jsdoc::schedule_hint(&request.code)
                .map(|hint| format!("\n{hint}"))
                .unwrap_or_default();
            Err(Problem::new(
                ErrorCode::TaskInvalid,
                format!("{}: {}{place}{hint}", error.name, error.message),
            ))
        }
    }
}

/// `GET /tasks`
pub(crate) fn list(request: &Request) -> Result {
    let query: PageQuery = request.query()?;
    let limit = page_limit(query.limit)?;
    let after: Option<String> = parse_cursor(query.cursor.as_deref())?;
    let page = store()?
        .tasks(after.as_deref(), limit)
        .map_err(store_failed)?;
    let next_cursor = page.next_after().map(|last| Cursor(&last.name).to_string());
    Answer::page::<_, TaskSummary>(page.items, next_cursor)
}

/// `GET /tasks/{name}`
pub(crate) fn show(request: &Request) -> Result {
    request.query::<NoQuery>()?;
    let name = request.param(0);
    let store = store()?;
    let task = store
        .task(name)
        .map_err(store_failed)?
        .ok_or_else(|| no_task(name))?;
    let version = TaskRef {
        name: task.name.clone(),
        version: task.version.clone(),
    };
    let grants = store.grants(&version).map_err(store_failed)?;
    let settings = store.task_settings(&version).map_err(store_failed)?;
    let mut task = Task::try_from((task, grants)).map_err(internal)?;
    task.settings = RunSettings {
        timeout_ms: task.settings.timeout_ms,
        retention_ms: settings.retention_ms,
        priority: settings.priority,
        concurrency: settings.concurrency.map(|limit| RunLimit {
            at_once: limit.at_once,
            per: limit.per,
        }),
    };
    Answer::json(200, &task)
}

/// `DELETE /tasks/{name}`
pub(crate) fn delete(request: &Request) -> Result {
    request.query::<NoQuery>()?;
    let name = request.param(0);
    if store()?.delete_task(name).map_err(store_failed)? {
        Ok(Answer::empty(204))
    } else {
        Err(no_task(name))
    }
}
