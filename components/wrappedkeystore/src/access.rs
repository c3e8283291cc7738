//! What a task may use of the keystore.

use tasker_domain::wire::{CREDENTIALS, ServiceError};
use tasker_domain::{ErrorCode, Path, RunId};
use tasker_service::{pattern, refused};

use crate::Store;
use crate::vault::{Vault, unavailable};

impl<S: Store> Vault<S> {
    /// Checks that a frame may use namespaces; no frame means an operator, who may use all.
    ///
    /// # Errors
    /// `keystore_denied`
    pub(crate) fn check_access<'n>(
        &self,
        run: RunId,
        frame: Option<&Path>,
        namespaces: impl IntoIterator<Item = &'n str>,
    ) -> Result<(), ServiceError> {
        let Some(frame) = frame else { return Ok(()) };
        let found = self.store.frame_grants(run, frame).map_err(unavailable)?;
        let Some(found) = found else {
            return Err(refused(
                ErrorCode::KeystoreDenied,
                "the task that asks has ended",
            ));
        };
        let grants = found.namespaces.as_deref().unwrap_or(&self.default_grant);
        match namespaces.into_iter().find(|name| !covers(grants, name)) {
            None => Ok(()),
            Some(namespace) => {
                let how = match CREDENTIALS.contains(&namespace) {
                    true => format!("`tasker publish --keystore {namespace}`"),
                    false => format!("`@keystore {namespace:.200}` in its JSDoc"),
                };
                Err(refused(
                    ErrorCode::KeystoreDenied,
                    format!(
                        "the task `{}` was not granted the namespace `{namespace:.200}`; publish it with {how}",
                        found.task
                    ),
                ))
            }
        }
    }
}

/// Whether grants cover a namespace.
fn covers(grants: &[String], namespace: &str) -> bool {
    let by_name_alone = CREDENTIALS.contains(&namespace);
    grants.iter().any(|grant| {
        if by_name_alone {
            grant == namespace
        } else {
            pattern::matches(grant, namespace)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_of_services_are_granted_by_name_alone() {
        let covers = |grants: &[&str], namespace| {
            let grants: Vec<_> = grants.iter().map(|grant| (*grant).to_owned()).collect();
            covers(&grants, namespace)
        };
        assert!(covers(&["*"], "reports") && covers(&["reports-*"], "reports-2026"));
        assert!(!covers(&["reports-*"], "reports") && !covers(&[], "reports"));
        for namespace in CREDENTIALS {
            assert!(!covers(&["*", "g*", "o*", "s*", "w*"], namespace));
            assert!(covers(&["x", namespace], namespace));
        }
    }
}
