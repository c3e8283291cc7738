//! Who may do what: rights, the roles that hold them, and API keys.

use serde::{Deserialize, Serialize};

use crate::words::words;

words! {
    /// What an API key is for. A key may have several.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
    #[serde(rename_all = "kebab-case")]
    pub enum Role {
        /// Everything, API keys included.
        Admin = "admin",
        /// Publishes tasks, sets schedules, and keeps the keystore.
        Deploy = "deploy",
        /// Sees everything that runs, and changes how it goes on.
        Operate = "operate",
        /// Runs tasks, sends events, and sees how a run is.
        Submit = "submit",
        /// Sees everything that runs, and changes nothing.
        Observe = "observe",
        /// Reads who has done what.
        Audit = "audit",
        /// Reads the figures for Prometheus.
        Metrics = "metrics",
        /// Has the queue swept.
        Sweep = "sweep",
    }
}

/// What an endpoint needs of who calls it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Right {
    /// Make and revoke API keys, and change the master key.
    Administer,
    /// Read the audit.
    ReadAudit,
    /// Publish and withdraw tasks, set and delete schedules.
    Deploy,
    /// Read and write the keystore.
    KeepValues,
    /// See tasks and schedules.
    SeeTasks,
    /// Run a task, send an event.
    Submit,
    /// See how one run is, with its input and result.
    SeeRun,
    /// List runs, and see all that is in them.
    SeeRuns,
    /// Cancel, pause, resume, retry and delete runs; pause, resume and trigger schedules.
    Operate,
    /// See what is wrong with the app.
    Diagnose,
    /// Read the figures.
    ReadMetrics,
    /// Have the queue swept.
    Sweep,
}

impl Right {
    /// The roles that hold it, the one that holds least first. `admin` holds all.
    #[must_use]
    pub const fn roles(self) -> &'static [Role] {
        use Role::{Admin, Audit, Deploy, Metrics, Observe, Operate, Submit, Sweep};
        match self {
            Self::Administer => &[Admin],
            Self::ReadAudit => &[Audit, Admin],
            Self::Deploy | Self::KeepValues => &[Deploy, Admin],
            Self::SeeTasks => &[Submit, Observe, Operate, Deploy, Admin],
            Self::Submit => &[Submit, Admin],
            Self::SeeRun => &[Submit, Observe, Operate, Admin],
            Self::SeeRuns | Self::Diagnose => &[Observe, Operate, Admin],
            Self::Operate => &[Operate, Admin],
            Self::ReadMetrics => &[Metrics, Observe, Operate, Admin],
            Self::Sweep => &[Sweep, Operate, Admin],
        }
    }
}

/// What a key allows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Permissions {
    /// Its roles.
    pub roles: Vec<Role>,
    /// Patterns of the only tasks that it is for; `None`: all.
    pub tasks: Option<Vec<String>>,
    /// Patterns of the only namespaces of the keystore that it is for; `None`: all.
    pub namespaces: Option<Vec<String>>,
}

impl Permissions {
    /// One role without limits.
    #[must_use]
    pub fn of(role: Role) -> Self {
        Self {
            roles: vec![role],
            tasks: None,
            namespaces: None,
        }
    }

    /// No role, for no task and no namespace.
    #[must_use]
    pub fn none() -> Self {
        Self {
            roles: Vec::new(),
            tasks: Some(Vec::new()),
            namespaces: Some(Vec::new()),
        }
    }

    /// Whether one of the roles holds a right.
    #[must_use]
    pub fn hold(&self, right: Right) -> bool {
        self.roles.iter().any(|role| right.roles().contains(role))
    }
}

/// An API key as it is stored: the key itself is known to its holder alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// Its name.
    pub name: String,
    /// The SHA-256 of the key.
    pub hash: [u8; 32],
    /// What it allows.
    pub permissions: Permissions,
    /// When it was made.
    pub created_at: i64,
    /// From when on it is no longer taken; `None`: it is until it is revoked.
    pub expires_at: Option<i64>,
    /// About when it was last used.
    pub used_at: Option<i64>,
}

impl ApiKey {
    /// Tells it from other keys that had its name before it or have it after it: the beginning of its hash, which says nothing
    /// of the key.
    #[must_use]
    pub fn id(&self) -> String {
        self.hash[..8]
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RIGHTS: [Right; 12] = [
        Right::Administer,
        Right::ReadAudit,
        Right::Deploy,
        Right::KeepValues,
        Right::SeeTasks,
        Right::Submit,
        Right::SeeRun,
        Right::SeeRuns,
        Right::Operate,
        Right::Diagnose,
        Right::ReadMetrics,
        Right::Sweep,
    ];

    #[test]
    fn each_role_holds_what_it_is_for_and_no_more() {
        let held = |role| {
            let all = RIGHTS.iter().copied();
            all.filter(|right| Permissions::of(role).hold(*right))
                .collect::<Vec<_>>()
        };
        use Right::*;
        assert_eq!(held(Role::Admin), RIGHTS);
        assert_eq!(held(Role::Deploy), [Deploy, KeepValues, SeeTasks]);
        assert_eq!(
            held(Role::Operate),
            [
                SeeTasks,
                SeeRun,
                SeeRuns,
                Operate,
                Diagnose,
                ReadMetrics,
                Sweep
            ]
        );
        assert_eq!(held(Role::Submit), [SeeTasks, Right::Submit, SeeRun]);
        assert_eq!(
            held(Role::Observe),
            [SeeTasks, SeeRun, SeeRuns, Diagnose, ReadMetrics]
        );
        assert_eq!(held(Role::Audit), [ReadAudit]);
        assert_eq!(held(Role::Metrics), [ReadMetrics]);
        assert_eq!(held(Role::Sweep), [Right::Sweep]);
        let nothing = Permissions::none();
        assert!(RIGHTS.iter().all(|right| !nothing.hold(*right)));
    }
}
