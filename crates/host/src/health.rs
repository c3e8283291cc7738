//! How a component is: whether its settings can be used.

use std::fmt::Display;

use tasker_domain::diagnosis::{ComponentHealth, UpstreamHealth};
use tasker_domain::setting;

use crate::config;

/// Looks at a component's settings one by one. What it says never has a value in it.
#[derive(Debug, Default)]
pub struct Examination(ComponentHealth);

impl Examination {
    /// Settings whose values can be judged by themselves.
    #[must_use]
    pub fn settings(self, names: &[&str]) -> Self {
        names.iter().fold(self, |found, name| {
            found.looked(match config::text(name) {
                Ok(text) => setting::check(name, &text),
                Err(error) => Err(error.to_string()),
            })
        })
    }

    /// Whether a credential of the service is set.
    #[must_use]
    pub fn credentials(mut self, names: &[&str]) -> Self {
        let is_set = |name: &&str| config::text(name).is_ok_and(|text| !text.is_empty());
        self.0.has_credentials = names.iter().any(is_set);
        self
    }

    /// A secret that must not be empty.
    #[must_use]
    pub fn secret(self, name: &str) -> Self {
        self.looked(config::secret(name).map(drop))
    }

    /// A setting that must be there, if only empty.
    #[must_use]
    pub fn text(self, name: &str) -> Self {
        self.looked(config::text(name).map(drop))
    }

    /// Another look.
    #[must_use]
    pub fn looked<E: Display>(mut self, result: Result<(), E>) -> Self {
        self.0.settings += 1;
        if let Err(problem) = result {
            self.0.problems.push(problem.to_string());
        }
        self
    }

    /// The engine of the component.
    #[must_use]
    pub fn engine(mut self, engine: impl Display) -> Self {
        self.0.engine = Some(engine.to_string());
        self
    }

    /// The upstream of the component, and why it does not answer.
    #[must_use]
    pub fn upstream(mut self, origin: impl Display, problem: Option<String>) -> Self {
        self.0.upstream = Some(UpstreamHealth {
            origin: origin.to_string(),
            problem,
        });
        self
    }

    /// What was found.
    #[must_use]
    pub fn done(self) -> ComponentHealth {
        self.0
    }
}
