//! What a task asks for that is published: namespaces of the keystore, tasks that it calls, events that it hears.

use tasker_api::{Added, PublishTask, check_grants, check_reach};
use tasker_domain::reach::{Publisher, Reach};
use tasker_domain::wire::CREDENTIALS;
use tasker_jsdoc::TaskDoc;
use tasker_service::grants::{covers, default_grants};
use tasker_service::pattern::{any_matches, list};
use tasker_store::{Grants, TaskRef, Tasks};

use crate::access::Access;
use crate::error::Result;
use crate::settings;

/// What is asked for, all of it within what the key may give.
pub(crate) struct Asked {
    /// The namespaces; `None`: it does not say.
    pub(crate) keystore: Option<Vec<String>>,
    pub(crate) reach: Reach,
}

impl Asked {
    /// What the request says, else the code. Nobody reaches by a task what their key does not open.
    pub(crate) fn of(
        name: &str,
        body: &PublishTask,
        doc: &TaskDoc,
        access: &Access,
    ) -> Result<Self> {
        let publisher = Publisher::from(&access.permissions);
        let declared = || doc.keystore.clone().map(without_credentials);
        let keystore = body.keystore.clone().or_else(declared);
        check_grants(keystore.as_deref().unwrap_or_default())?;
        match keystore.as_deref() {
            Some(granted) => granted.iter().try_for_each(|of| access.namespace(of))?,
            // A task that declares nothing may get anything.
            None => access.namespace("*")?,
        }
        // But by a key that is for some tasks only it gets no more than what is its own.
        let own = || (!publisher.is_for_all()).then(|| vec![name.to_owned()]);
        let keystore = keystore.or_else(own);
        let calls = body.calls.clone().or_else(|| doc.calls.clone());
        let hears = body.hears.clone().or_else(|| doc.hears.clone());
        check_reach("calls", calls.as_deref().unwrap_or_default())?;
        check_reach("hears", hears.as_deref().unwrap_or_default())?;
        let shared = settings::shared_tasks()?;
        let shared: Vec<_> = list(&shared).map(str::to_owned).collect();
        let mut called = calls.iter().flatten();
        called.try_for_each(|tasks| access.may_have_called(tasks, &shared))?;
        Ok(Self {
            keystore,
            reach: Reach {
                publisher,
                confined: body.keystore.is_some() && body.calls.is_none(),
                calls,
                hears,
            },
        })
    }
}

/// What code declares, but for the credentials of services: those are granted by whoever publishes it, in the request.
fn without_credentials(mut declared: Vec<String>) -> Vec<String> {
    declared.retain(|namespace| !CREDENTIALS.contains(&namespace.as_str()));
    declared
}

/// What a version may do that the current one cannot.
pub(crate) fn added(
    store: &(impl Tasks + Grants),
    name: &str,
    keystore: Option<&[String]>,
    reach: &Reach,
) -> Result<Added> {
    let default = settings::default_grant()?;
    let wanted = May::of(keystore, reach, || default_grants(&default, name));
    let had = match store.task(name)? {
        None => May::default(),
        Some(task) => {
            let version = TaskRef {
                name: task.name,
                version: task.version,
            };
            let grants = store.grants(&version)?;
            let reach = store.task_settings(&version)?.reach;
            May::of(grants.as_deref(), &reach, || default_grants(&default, name))
        }
    };
    Ok(Added {
        keystore: more(wanted.keystore, |namespace| {
            covers(&had.keystore, namespace)
        }),
        calls: more(wanted.calls, |task| any_matches(&had.calls, task)),
        hears: more(wanted.hears, |event| any_matches(&had.hears, event)),
    })
}

/// What is wanted of which there was nothing.
fn more(mut wanted: Vec<String>, had: impl Fn(&str) -> bool) -> Vec<String> {
    wanted.retain(|pattern| !had(pattern));
    wanted
}

/// What a version may do, where it does not say too.
#[derive(Default)]
struct May {
    keystore: Vec<String>,
    calls: Vec<String>,
    hears: Vec<String>,
}

impl May {
    fn of(
        keystore: Option<&[String]>,
        reach: &Reach,
        default: impl FnOnce() -> Vec<String>,
    ) -> Self {
        let all = || vec!["*".to_owned()];
        Self {
            keystore: keystore.map_or_else(default, <[_]>::to_vec),
            calls: reach.calls.clone().unwrap_or_else(all),
            hears: reach.hears.clone().unwrap_or_else(all),
        }
    }
}
