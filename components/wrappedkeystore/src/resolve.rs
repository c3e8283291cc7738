//! Secrets for the other services.

use tasker_domain::ErrorCode;
use tasker_domain::keystore::{KeyName, Resolve};
use tasker_domain::wire::ServiceError;
use tasker_hosts::app::CHAINING_DOMAIN;
use tasker_hosts::{SecretRule, Target};
use tasker_service::{refused, target};

use crate::Store;
use crate::value::{Secret, Stored, text_of};
use crate::vault::Vault;

impl<S: Store> Vault<S> {
    /// The texts of secrets that a frame refers to in a request, in their order.
    ///
    /// # Errors
    /// `keystore_denied`, `key_not_found`, or `secret_denied` for a value that is no secret or a
    /// secret that may not be sent there.
    pub fn resolve(&self, question: &Resolve) -> Result<Vec<String>, ServiceError> {
        // The service that asks has looked whether it is of another chaining domain.
        let target = target(&question.origin, CHAINING_DOMAIN)?;
        let namespaces = question.names.iter().map(|name| name.namespace.as_str());
        self.check_access(question.run, question.frame.as_ref(), namespaces)?;
        question
            .names
            .iter()
            .map(|name| self.reveal(name, &target))
            .collect()
    }

    /// A credential of a service itself; it may be stored as a value or as a secret.
    ///
    /// # Errors
    /// `decryption_failed`, or the store fails.
    pub fn credential(&self, name: &KeyName) -> Result<Option<String>, ServiceError> {
        Ok(self.read(name)?.map(|stored| match stored {
            Stored::Value(value) => text_of(&value),
            Stored::Secret(secret) => secret.text,
        }))
    }

    fn reveal(&self, name: &KeyName, target: &Target) -> Result<String, ServiceError> {
        match self.read(name)? {
            Some(Stored::Secret(secret)) if secret.may_go_to(target) => Ok(secret.text),
            Some(Stored::Secret(_)) => Err(refused(
                ErrorCode::SecretDenied,
                format!("the secret `{name}` may not be sent to `{target}`"),
            )),
            Some(Stored::Value(_)) => Err(refused(
                ErrorCode::SecretDenied,
                format!(
                    "`{name}` is not stored as a secret; store it with `tasker keys set --secret --host HOST`"
                ),
            )),
            None => Err(refused(
                ErrorCode::KeyNotFound,
                format!("the keystore has no secret `{name}`"),
            )),
        }
    }
}

impl Secret {
    fn may_go_to(&self, target: &Target) -> bool {
        let mut rules = self.hosts.iter().filter_map(|host| SecretRule::parse(host));
        rules.any(|rule| rule.allows(target))
    }
}
