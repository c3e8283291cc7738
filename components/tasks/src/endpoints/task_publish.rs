//! Publishes a task.

use serde_json::json;
use tasker_api::{
    Change, PUBLISH_MAX_BYTES, PublishTask, PublishedTask, RawJson, check_modules, concurrency_tag,
    priority_tag, retention_tag, retry_tag,
};
use tasker_domain::reach::Reach;
use tasker_domain::wire::{CheckReply, CheckRequest};
use tasker_domain::{TaskFunction, timer};
use tasker_engine::submission::check_size;
use tasker_host::{Spin, http, log};
use tasker_jsdoc::TaskDoc;
use tasker_store::{Concurrency, Publication, Publish, TaskSettings};

use crate::asked::{Asked, added};
use crate::audit;
use crate::endpoint::*;
use crate::params::TaskName;
use crate::schedules;

pub(crate) struct Handler;

impl Endpoint for Handler {
    const METHOD: Method = Method::PUT;
    const PATH: &'static str = "/tasks/{name}";
    const NEEDS: Needs = Needs::To(Right::Deploy, Of::Task);
    const ID: &'static str = "publishTask";
    const TAG: &'static str = "tasks";
    const SUMMARY: &'static str = "Publishes a task, or a new version of it";
    const AUDITED: bool = true;
    const ANSWERS: Answers = &[
        (StatusCode::OK, "A version became current, or was already"),
        (StatusCode::CREATED, "The task is new"),
    ];
    const PROBLEMS: Problems = &[
        TaskInvalid,
        CronInvalid,
        TimeZoneUnknown,
        SchedulePolicyInvalid,
        InputInvalid,
        TimeInvalid,
        PriorityInvalid,
        ConcurrencyInvalid,
        RetryInvalid,
        ExecutorUnavailable,
        DatabaseLimit,
    ];

    type Path = TaskName;
    type Query = ();
    type Body = Json<PublishTask, PUBLISH_MAX_BYTES>;
    type Answer = Json<PublishedTask>;

    async fn handle(call: Call<Self>) -> Answered<Self> {
        let access = call.access()?;
        let (TaskName(name), body) = (call.path, call.body);
        check_modules(body.modules.keys().map(String::as_str))?;
        let doc = tasker_jsdoc::parse(&body.code);
        check_doc(&doc, &name)?;
        let version = body.version();
        let asked = Asked::of(&name, &body, &doc, &access)?;
        let timeout_ms = doc.timeout.as_deref().map(timeout).transpose()?;
        let input_schema = doc.input.as_ref().map(serde_json::to_string);
        let input_schema = input_schema.transpose().map_err(internal)?;
        let store = store()?;
        check_size(&Spin, &store)?;
        let now = time::now_ms();
        let schedules = schedules::declared(&doc.schedules, &name, input_schema.as_deref(), now)?;
        let settings = settings(&doc, asked.reach)?;
        let keystore = asked.keystore;
        let added = added(&store, &name, keystore.as_deref(), &settings.reach)?;
        let code = check_code(&name, body).await?;
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
        let (status, change) = match store.publish_with(&publication, now)? {
            Publish::Created => (StatusCode::CREATED, Change::Created),
            Publish::Updated => (StatusCode::OK, Change::Updated),
            Publish::Unchanged => (StatusCode::OK, Change::Unchanged),
        };
        let Reach { calls, hears, .. } = settings.reach;
        audit::detail(&json!({
            "version": task.version, "change": change, "keystore": keystore, "calls": calls, "hears": hears, "added": added,
        }));
        let input_schema = task.input_schema.map(RawJson::parse);
        let published = PublishedTask {
            name: task.name,
            version: task.version,
            description: task.description,
            input_schema: input_schema.transpose().map_err(internal)?,
            keystore,
            calls,
            hears,
            added,
            schedules: schedules
                .into_iter()
                .map(|schedule| schedule.name)
                .collect(),
            change,
        };
        let after = match published.schedules.is_empty() {
            true => After::Nothing,
            // A drainer sees that somebody waits for their moments.
            false => After::Drain,
        };
        Ok(Answer::json(status, &published)?.with_after(after))
    }
}

/// Refuses a task whose code gives it another name, types that there are not, or defaults that cannot be applied.
fn check_doc(doc: &TaskDoc, name: &str) -> Result<()> {
    if let Some(other) = doc.name.as_ref().filter(|other| *other != name) {
        let detail = format!("its `@task` says `{other}`, but it is published as `{name}`");
        return Err(Error::new(TaskInvalid, detail));
    }
    if let Some(unknown) = doc.unknown_types.first() {
        let detail = format!(
            "its JSDoc gives `{}` the type `{:.80}`, which there is not: write string, number, integer, boolean, object, an array such as \
             string[], or the name of a `@typedef` in this file",
            unknown.place, unknown.name
        );
        return Err(Error::new(TaskInvalid, detail));
    }
    let Some(wrong) = doc.unfit_defaults.first() else {
        return Ok(());
    };
    let detail = format!(
        "its JSDoc gives `{}` the default `{}`, which cannot be applied: {}",
        wrong.place, wrong.default, wrong.reason
    );
    Err(Error::new(TaskInvalid, detail))
}

/// What the code says of the task's runs, with what it may reach.
fn settings(doc: &TaskDoc, reach: Reach) -> Result<TaskSettings> {
    let concurrency = doc.concurrency.as_deref().map(concurrency_tag);
    Ok(TaskSettings {
        retention_ms: doc.retention.as_deref().map(retention_tag).transpose()?,
        priority: doc.priority.as_deref().map(priority_tag).transpose()?,
        concurrency: concurrency
            .transpose()?
            .map(|(at_once, per)| Concurrency { at_once, per }),
        attempts: doc.retry.as_deref().map(retry_tag).transpose()?,
        reach,
    })
}

/// The time span of a `@timeout`.
fn timeout(text: &str) -> Result<i64> {
    timer::span_ms(text).filter(|ms| *ms > 0).ok_or_else(|| {
        let detail = format!(
            "its `@timeout` says `{text}`, which is no time span such as 90s, 2h or 1d 12h"
        );
        Error::new(TaskInvalid, detail)
    })
}

/// Asks the executor whether the code loads, and gives it back.
async fn check_code(name: &str, body: PublishTask) -> Result<CheckRequest> {
    let request = CheckRequest {
        name: name.to_owned(),
        code: body.code,
        modules: body.modules,
    };
    let reply = http::ask("quickjs", "/check", &request).await;
    let reply: CheckReply = reply.map_err(|error| {
        log::error(format!("check of a task: {error}")).write();
        Error::new(
            ExecutorUnavailable,
            "the task could not be checked; try again",
        )
    })?;
    let Some(error) = reply.error else {
        return Ok(request);
    };
    let line = |text: String| format!("\n{text}");
    let place = error.stack.map(line).unwrap_or_default();
    let hint = tasker_jsdoc::schedule_hint(&request.code).map(|hint| line(hint.to_string()));
    let hint = hint.unwrap_or_default();
    let detail = format!("{}: {}{place}{hint}", error.name, error.message);
    Err(Error::new(TaskInvalid, detail))
}
