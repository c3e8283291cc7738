//! What a task may use of the keystore.

use tasker_domain::wire::{CREDENTIALS, ServiceError};
use tasker_domain::{ErrorCode, Path, RunId};
use tasker_service::grants::{covers, default_grants};
use tasker_service::refused;

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
        let task = found.task.name;
        let grants = found
            .namespaces
            .unwrap_or_else(|| default_grants(&self.default_grant, &task));
        match namespaces.into_iter().find(|name| !covers(&grants, name)) {
            None => Ok(()),
            Some(namespace) => {
                let how = match CREDENTIALS.contains(&namespace) {
                    true => format!("`tasker publish --keystore {namespace}`"),
                    false => format!("`@keystore {namespace:.200}` in its JSDoc"),
                };
                Err(refused(
                    ErrorCode::KeystoreDenied,
                    format!(
                        "the task `{task}` was not granted the namespace `{namespace:.200}`; publish it with {how}"
                    ),
                ))
            }
        }
    }
}
