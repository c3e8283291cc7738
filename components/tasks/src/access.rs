//! What the caller of an endpoint may do.

use tasker_api::{ApiKey, PublicToken, Session};
use tasker_domain::access::{Permissions, Right, Role};
use tasker_domain::{ErrorCode, RunId};
use tasker_host::{log, time};
use tasker_service::pattern::{any_matches, matches};
use tasker_store::prelude::*;

use crate::error::{Error, Result, store};
use crate::public_token;

/// The use of a key is noted if the last note is older than this.
const NOTED_MS: i64 = 3_600_000;

/// What an endpoint needs of its caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Needs {
    /// Nothing: it is open to all.
    Nothing,
    /// No key, but to be the dashboard, which no page of another site can be.
    Dashboard,
    /// A key, whatever it is for.
    AnyKey,
    /// A key that holds the right, and is for what it is about.
    To(Right, Of),
    /// The same, or a public token that allows this.
    Public(Right, Of, Act),
}

impl Needs {
    /// Whether it needs no key.
    pub(crate) fn no_key(self) -> bool {
        matches!(self, Self::Nothing | Self::Dashboard)
    }

    /// What a key must be for.
    pub(crate) fn of_key(self) -> Option<(Right, Of)> {
        match self {
            Self::Nothing | Self::Dashboard | Self::AnyKey => None,
            Self::To(right, of) | Self::Public(right, of, _) => Some((right, of)),
        }
    }
}

/// What public tokens can allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Act {
    /// Reading the run that the path names.
    Read,
    /// Running the task that the body names: the endpoint asks the token itself.
    Submit,
    /// Sending the event that the body names: the endpoint asks the token itself.
    Send,
}

/// What an endpoint is about, for keys that are limited to some tasks or namespaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Of {
    /// No task in particular and no value: any key will do.
    Nothing,
    /// All tasks: no key will do that is limited to some.
    AllTasks,
    /// The task that its path names.
    Task,
    /// The run that its path names.
    Run,
    /// The schedule that its path names, if there is one.
    Schedule,
    /// The namespace that its path names.
    Namespace,
    /// What its body or query says: it asks [`Access`] itself.
    Asked,
}

/// Who calls.
#[derive(Debug, Clone)]
pub(crate) struct Access {
    /// The name of the key, or of the setting that gives it.
    pub(crate) name: String,
    pub(crate) permissions: Permissions,
    pub(crate) kept: Option<tasker_domain::access::ApiKey>,
    /// The session by which it is, in the dashboard.
    pub(crate) session: Option<Session>,
    /// The public token by which it is. Its holder has no role.
    pub(crate) token: Option<PublicToken>,
}

impl Access {
    /// Of a setting that gives a key.
    pub(crate) fn of_setting(name: &str, role: Role) -> Self {
        Self {
            name: name.to_owned(),
            permissions: Permissions::of(role),
            kept: None,
            session: None,
            token: None,
        }
    }

    /// Of an API key.
    pub(crate) fn of_key(key: tasker_domain::access::ApiKey) -> Self {
        Self {
            name: key.name.clone(),
            permissions: key.permissions.clone(),
            kept: Some(key),
            session: None,
            token: None,
        }
    }

    /// Of a public token.
    pub(crate) fn of_token(token: PublicToken) -> Self {
        Self {
            name: "public token".to_owned(),
            permissions: Permissions::none(),
            kept: None,
            session: None,
            token: Some(token),
        }
    }

    /// Tells keys apart that have had one name; of a public token the key that made it.
    pub(crate) fn key_id(&self) -> Option<String> {
        match &self.token {
            Some(token) => token.key_id.clone(),
            None => self.kept.as_ref().map(tasker_domain::access::ApiKey::id),
        }
    }

    /// Refuses a call that the key or the public token is not for; `params` are those of the path.
    pub(crate) fn check(&self, needs: Needs, params: &[String]) -> Result<()> {
        if let Some(token) = &self.token {
            return public_token::check(token, needs, params);
        }
        let Some((right, of)) = needs.of_key() else {
            return Ok(());
        };
        if !self.permissions.hold(right) {
            return Err(self.without(right));
        }
        let named = params.first().map_or("", String::as_str);
        match of {
            Of::Nothing | Of::Asked => Ok(()),
            Of::AllTasks => self.all_tasks(),
            Of::Task => self.task(named),
            Of::Run => self.run(named),
            Of::Schedule => self.schedule(named),
            Of::Namespace => self.namespace(named),
        }
    }

    /// The key as the API shows it.
    pub(crate) fn about(self) -> ApiKey {
        match self.kept {
            Some(key) => key.into(),
            None => ApiKey::of_setting(&self.name, self.permissions),
        }
    }

    /// Whether the key is for a task.
    pub(crate) fn sees(&self, task: &str) -> bool {
        fits(self.permissions.tasks.as_deref(), task)
    }

    /// Whether the key is for a namespace, or for all that a pattern stands for.
    pub(crate) fn opens(&self, namespaces: &str) -> bool {
        // A star of the text is taken only by a star of the pattern, which takes all that it stands for.
        fits(self.permissions.namespaces.as_deref(), namespaces)
    }

    /// Refuses a task that the key is not for.
    pub(crate) fn task(&self, task: &str) -> Result<()> {
        match self.sees(task) {
            true => Ok(()),
            false => Err(self.limited("tasks", self.permissions.tasks.as_deref())),
        }
    }

    /// Refuses tasks, or a pattern of them, that the key is not for, so that a task does not call them in its place.
    /// Those of `shared` may be called by all.
    pub(crate) fn may_have_called(&self, tasks: &str, shared: &[String]) -> Result<()> {
        match any_matches(shared, tasks) {
            true => Ok(()),
            false => self.task(tasks),
        }
    }

    /// Refuses what is about all tasks.
    pub(crate) fn all_tasks(&self) -> Result<()> {
        match &self.permissions.tasks {
            None => Ok(()),
            some => Err(self.limited("tasks", some.as_deref())),
        }
    }

    /// Refuses a namespace, or a pattern of them, that the key is not for.
    pub(crate) fn namespace(&self, namespaces: &str) -> Result<()> {
        match self.opens(namespaces) {
            true => Ok(()),
            false => Err(self.limited("namespaces", self.permissions.namespaces.as_deref())),
        }
    }

    /// Refuses a run of a task that the key is not for. One that is not there is the endpoint's to tell.
    pub(crate) fn run(&self, id: &str) -> Result<()> {
        match (&self.permissions.tasks, id.parse::<RunId>()) {
            (Some(_), Ok(id)) => match store()?.run(id)? {
                Some(run) => self.task(&run.task),
                None => Ok(()),
            },
            _ => Ok(()),
        }
    }

    fn schedule(&self, name: &str) -> Result<()> {
        if self.permissions.tasks.is_none() {
            return Ok(());
        }
        match store()?.schedule(name)? {
            Some(schedule) => self.task(&schedule.task),
            None => Ok(()),
        }
    }

    /// Notes that the key was used, from time to time.
    pub(crate) fn note_use(&self) {
        let now = time::now_ms();
        let Some(key) = &self.kept else { return };
        if key
            .used_at
            .is_some_and(|at| now.abs_diff(at) < NOTED_MS.unsigned_abs())
        {
            return;
        }
        let noted = tasker_host::open_store().and_then(|store| store.use_api_key(&key.name, now));
        if let Err(error) = noted {
            log::error(format!("use of an API key: {error}")).write();
        }
    }

    fn without(&self, right: Right) -> Error {
        let words = |roles: &[Role]| {
            let words: Vec<_> = roles.iter().map(|role| format!("`{role}`")).collect();
            words.join(", ")
        };
        Error::new(
            ErrorCode::Forbidden,
            format!(
                "the key `{}` has {}; this needs one of the roles {}",
                self.name,
                words(&self.permissions.roles),
                words(right.roles())
            ),
        )
    }

    fn limited(&self, what: &str, patterns: Option<&[String]>) -> Error {
        let patterns = patterns.unwrap_or_default();
        let detail = match patterns {
            [] => format!("the key `{}` is for no {what}", self.name),
            patterns => format!(
                "the key `{}` is for the {what} `{}` alone",
                self.name,
                patterns.join("`, `")
            ),
        };
        Error::new(ErrorCode::Forbidden, detail)
    }
}

fn fits(patterns: Option<&[String]>, text: &str) -> bool {
    patterns.is_none_or(|patterns| patterns.iter().any(|pattern| matches(pattern, text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn access(permissions: Permissions) -> Access {
        Access {
            permissions,
            ..Access::of_setting("k", Role::Admin)
        }
    }

    fn refused(result: Result<()>) -> String {
        let problem = result.unwrap_err();
        assert_eq!((problem.status, &*problem.code), (403, "forbidden"));
        problem.detail.clone()
    }

    #[test]
    fn a_key_does_what_its_roles_are_for_and_the_refusal_names_them() {
        let metrics = access(Permissions::of(Role::Metrics));
        let needs = |right| Needs::To(right, Of::AllTasks);
        assert!(metrics.check(needs(Right::ReadMetrics), &[]).is_ok());
        assert!(metrics.check(Needs::AnyKey, &[]).is_ok());
        assert_eq!(
            refused(metrics.check(needs(Right::SeeRuns), &[])),
            "the key `k` has `metrics`; this needs one of the roles `observe`, `operate`, `admin`"
        );
    }

    #[test]
    fn a_limited_key_reaches_only_its_tasks_and_namespaces() {
        let limited = access(Permissions {
            tasks: Some(vec!["mail-*".to_owned(), "x".to_owned()]),
            namespaces: Some(vec!["team-*".to_owned()]),
            ..Permissions::of(Role::Deploy)
        });
        let needs = |of| Needs::To(Right::Deploy, of);
        let path = |text: &str| vec![text.to_owned()];
        assert!(limited.check(needs(Of::Task), &path("mail-out")).is_ok());
        assert!(limited.check(needs(Of::Namespace), &path("team-a")).is_ok());
        assert!(limited.check(needs(Of::Nothing), &[]).is_ok());
        assert_eq!(
            refused(limited.check(needs(Of::Task), &path("mail"))),
            "the key `k` is for the tasks `mail-*`, `x` alone"
        );
        refused(limited.check(needs(Of::AllTasks), &[]));
        refused(limited.check(needs(Of::Namespace), &path("tea")));
        for (patterns, may) in [
            ("team-*", true),
            ("team-a*", true),
            ("*", false),
            ("te*", false),
            ("team*", false),
        ] {
            assert_eq!(limited.opens(patterns), may, "{patterns}");
        }
        let none = access(Permissions {
            tasks: Some(vec![]),
            ..Permissions::of(Role::Deploy)
        });
        assert_eq!(
            refused(none.check(needs(Of::Task), &path("x"))),
            "the key `k` is for no tasks"
        );
    }
}
