//! What a task may reach: which tasks it may call and start, and which events it may wait for.

use tasker_domain::event::EventWait;
use tasker_domain::reach::{Publisher, Reach};
use tasker_domain::{ErrorCode, ErrorValue};
use tasker_service::grants::covers;
use tasker_service::pattern::any_matches;
use tasker_settings::SHARED_TASKS;
use tasker_store::{Grants, Result, TaskRef, Tasks};
use tasker_world::{World, config};

/// Tasks that all others may call, whoever has published them: the setting `shared_tasks`.
pub(crate) fn shared_tasks(world: &impl World) -> std::result::Result<Vec<String>, config::Error> {
    let setting = config::read(world, &SHARED_TASKS)?;
    Ok(tasker_service::pattern::list(&setting)
        .map(str::to_owned)
        .collect())
}

/// Why a task may not call or start another; `None`: it may.
///
/// # Errors
/// Only if the store fails.
pub(crate) fn call_denied(
    store: &(impl Tasks + Grants),
    (caller, reach): (&TaskRef, &Reach),
    callee: &TaskRef,
    shared: &[String],
) -> Result<Option<ErrorValue>> {
    let (from, to) = (&caller.name, &callee.name);
    let denied = |why: String| {
        let message = format!("the task `{from}` may not call `{to}`: {why}");
        Ok(Some(ErrorValue::new(ErrorCode::CallDenied, message)))
    };
    if from != to
        && reach
            .calls
            .as_ref()
            .is_some_and(|calls| !any_matches(calls, to))
    {
        return denied("it was published with other tasks as all that it calls".to_owned());
    }
    if any_matches(shared, to) {
        return Ok(None);
    }
    let called = store.task_settings(callee)?.reach;
    if !includes(&reach.publisher, &called.publisher) {
        return denied(format!(
            "it was published by a key with limits, within which whoever published `{to}` did not stay"
        ));
    }
    if reach.confined && caller != callee && !covers_all(store, caller, callee)? {
        return denied(
            "it was published with the namespaces of the keystore that it may use, and that task may use others".to_owned(),
        );
    }
    Ok(None)
}

/// Why a task may not wait for an event; `None`: it may.
pub(crate) fn event_denied(reach: &Reach, task: &str, wait: &EventWait) -> Option<ErrorValue> {
    let hears = reach.hears.as_ref()?;
    (!any_matches(hears, &wait.name)).then(|| {
        let message = format!(
            "the task `{task}` may not wait for the event `{:.200}`: it was published with others as all that it hears",
            wait.name
        );
        ErrorValue::new(ErrorCode::EventDenied, message)
    })
}

/// Whether one publisher's key was for all that another's was for.
fn includes(own: &Publisher, other: &Publisher) -> bool {
    let within = |own: &Option<Vec<String>>, other: &Option<Vec<String>>| match (own, other) {
        (None, _) => true,
        (Some(_), None) => false,
        // A star of the text is taken only by a star of the pattern, which takes all that it stands for.
        (Some(own), Some(other)) => other.iter().all(|one| any_matches(own, one)),
    };
    within(&own.tasks, &other.tasks) && within(&own.namespaces, &other.namespaces)
}

/// Whether a task may use all namespaces that another may. What one may use that declares nothing is not known here.
fn covers_all(store: &impl Grants, task: &TaskRef, other: &TaskRef) -> Result<bool> {
    let Some(others) = store.grants(other)? else {
        return Ok(false);
    };
    let own = store.grants(task)?.unwrap_or_default();
    Ok(others.iter().all(|namespaces| covers(&own, namespaces)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn publisher(tasks: Option<&[&str]>, namespaces: Option<&[&str]>) -> Publisher {
        let owned = |list: Option<&[&str]>| {
            list.map(|list| list.iter().map(|one| (*one).to_owned()).collect())
        };
        Publisher {
            tasks: owned(tasks),
            namespaces: owned(namespaces),
        }
    }

    #[test]
    fn a_publisher_includes_those_whose_keys_were_for_no_more() {
        let all = publisher(None, None);
        let team = publisher(Some(&["a-*", "x"]), Some(&["a"]));
        let part = publisher(Some(&["a-b-*"]), Some(&[]));
        let other = publisher(Some(&["b-*"]), Some(&["b"]));
        let any_value = publisher(Some(&["a-*"]), None);
        for (own, others) in [
            (&all, vec![&all, &team, &part, &other, &any_value]),
            (&team, vec![&team, &part]),
            (&part, vec![&part]),
            (&other, vec![&other]),
            (&any_value, vec![&any_value, &part]),
        ] {
            for them in [&all, &team, &part, &other, &any_value] {
                assert_eq!(
                    includes(own, them),
                    others.contains(&them),
                    "{own:?} {them:?}"
                );
            }
        }
    }
}
