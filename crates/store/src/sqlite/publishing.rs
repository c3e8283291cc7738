//! Publishing tasks, and withdrawing them.

use tasker_domain::TaskFunction;

use crate::records::tasks::reach;
use crate::row::to_json;
use crate::sqlite::connection::{Connection, Execute, params};
use crate::sqlite::{Sqlite, schedules};
use crate::{Publication, Publish, Publishing, Result, TaskSettings};

const CURRENT_VERSION: &str =
    "SELECT version FROM task_functions WHERE name = ?1 AND is_current = 1";
const WITHDRAW: &str =
    "UPDATE task_functions SET is_current = 0 WHERE name = ?1 AND is_current = 1 RETURNING 1";
const PUBLISH: &str = "
    INSERT INTO task_functions
        (name, version, is_current, created_at, description, input_schema, code, modules,
         timeout_ms)
    VALUES (?1, ?2, 1, ?3, ?4, ?5, ?6, ?7, ?8)
    ON CONFLICT (name, version) DO UPDATE SET is_current = 1";
/// Notes which version is current from now on. The last note stays the last, though the clock be set back.
const NOTE: &str = "
    INSERT INTO publications (task_name, at, version)
    SELECT ?1, max(?2, coalesce(max(at), ?2)), ?3 FROM publications WHERE task_name = ?1
    ON CONFLICT (task_name, at) DO UPDATE SET version = excluded.version";
const GRANTS: &str =
    "SELECT namespaces FROM task_grants WHERE task_name = ?1 AND task_version = ?2";
const GRANT: &str = "
    INSERT INTO task_grants (task_name, task_version, namespaces) VALUES (?1, ?2, ?3)
    ON CONFLICT (task_name, task_version) DO UPDATE SET namespaces = excluded.namespaces";
const REVOKE: &str = "DELETE FROM task_grants WHERE task_name = ?1 AND task_version = ?2";
const SET_SETTINGS: &str = "
    INSERT INTO task_settings (task_name, task_version, retention_ms, priority, at_once, at_once_per, attempts, reach)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
    ON CONFLICT (task_name, task_version) DO UPDATE SET
        retention_ms = excluded.retention_ms, priority = excluded.priority,
        at_once = excluded.at_once, at_once_per = excluded.at_once_per, attempts = excluded.attempts,
        reach = excluded.reach
    WHERE (retention_ms, priority, at_once, at_once_per, attempts, reach) IS NOT (
        excluded.retention_ms, excluded.priority, excluded.at_once, excluded.at_once_per, excluded.attempts,
        excluded.reach)
    RETURNING 1";
const DROP_SETTINGS: &str =
    "DELETE FROM task_settings WHERE task_name = ?1 AND task_version = ?2 RETURNING 1";

impl<C: Connection> Publishing for Sqlite<C> {
    fn publish(&self, task: &TaskFunction) -> Result<Publish> {
        self.connection.transaction(|db| publish(db, task))
    }

    fn publish_granted(&self, task: &TaskFunction, grants: Option<&[String]>) -> Result<Publish> {
        self.connection
            .transaction(|db| publish_granted(db, task, grants))
    }

    fn publish_with(&self, publication: &Publication<'_>, now: i64) -> Result<Publish> {
        let Publication {
            task,
            grants,
            settings,
            schedules,
        } = *publication;
        self.connection.transaction(|db| {
            let published = publish_granted(db, task, grants)?;
            let changed = set_settings(db, &task.name, &task.version, settings)?
                | schedules::declare(db, &task.name, schedules, now)?;
            Ok(match published {
                Publish::Unchanged if changed => Publish::Updated,
                other => other,
            })
        })
    }

    fn delete_task(&self, name: &str, now: i64) -> Result<bool> {
        let db = &self.connection;
        db.transaction(|db| {
            let had_one = db.one(WITHDRAW, params![name])?.is_some();
            if had_one {
                db.execute(NOTE, params![name, now, None::<&str>])?;
            }
            schedules::declare(db, name, &[], now)?;
            Ok(had_one)
        })
    }
}

/// Publishes within the caller's transaction.
fn publish<C: Connection>(db: &C, task: &TaskFunction) -> Result<Publish> {
    let current = db
        .one(CURRENT_VERSION, params![task.name.as_str()])?
        .map(|row| row.only().text())
        .transpose()?;
    if current.as_ref() == Some(&task.version) {
        return Ok(Publish::Unchanged);
    }
    db.execute(WITHDRAW, params![task.name.as_str()])?;
    db.execute(
        PUBLISH,
        params![
            task.name.as_str(),
            task.version.as_str(),
            task.created_at,
            task.description.as_deref(),
            task.input_schema.as_deref(),
            task.code.as_str(),
            task.modules.as_str(),
            task.timeout_ms,
        ],
    )?;
    db.execute(
        NOTE,
        params![
            task.name.as_str(),
            task.created_at,
            Some(task.version.as_str())
        ],
    )?;
    Ok(match current {
        None => Publish::Created,
        Some(_) => Publish::Updated,
    })
}

/// Publishes a version with its grants, within the caller's transaction.
fn publish_granted<C: Connection>(
    db: &C,
    task: &TaskFunction,
    grants: Option<&[String]>,
) -> Result<Publish> {
    let wanted = grants.map(to_json).transpose()?;
    let (name, version) = (task.name.as_str(), task.version.as_str());
    let published = publish(db, task)?;
    let had = db
        .one(GRANTS, params![name, version])?
        .map(|row| row.only().text())
        .transpose()?;
    if had == wanted {
        return Ok(published);
    }
    match &wanted {
        Some(wanted) => db.execute(GRANT, params![name, version, wanted.as_str()])?,
        None => db.execute(REVOKE, params![name, version])?,
    };
    Ok(match published {
        Publish::Unchanged => Publish::Updated,
        other => other,
    })
}

/// Keeps what a version's code says, within the caller's transaction; answers whether that changed. A version that
/// says nothing has no row.
fn set_settings<C: Connection>(
    db: &C,
    name: &str,
    version: &str,
    wanted: &TaskSettings,
) -> Result<bool> {
    if *wanted == TaskSettings::default() {
        return Ok(db.one(DROP_SETTINGS, params![name, version])?.is_some());
    }
    let concurrency = wanted.concurrency.as_ref();
    let set = params![
        name,
        version,
        wanted.retention_ms,
        wanted.priority.map(i64::from),
        concurrency.map(|limit| limit.at_once),
        concurrency.and_then(|limit| limit.per.as_deref()),
        wanted.attempts,
        reach(wanted)?,
    ];
    Ok(db.one(SET_SETTINGS, set)?.is_some())
}
