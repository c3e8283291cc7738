//! How a component is: whether its settings can be used.

use std::fmt::Display;

use tasker_domain::diagnosis::{ComponentHealth, UpstreamHealth};
use tasker_settings::{Component, Setting};

use crate::{config, internal};

/// Looks at a component's settings one by one. What it says never has the value of a secret in it.
#[derive(Debug)]
pub struct Examination(ComponentHealth);

impl Examination {
    /// Looks at all settings that the component reads, and whether it can speak with others.
    #[must_use]
    pub fn of(component: Component) -> Self {
        let examination = Self(ComponentHealth::default());
        let examination = config::examine(component).fold(examination, Self::looked);
        match examination.0.problems.is_empty() {
            true => examination.looked(internal::check()),
            false => examination,
        }
    }

    /// Whether a credential of the service is set.
    #[must_use]
    pub fn credentials(mut self, settings: &[&Setting<String>]) -> Self {
        let is_set =
            |setting: &&Setting<String>| config::read(setting).is_ok_and(|text| !text.is_empty());
        self.0.has_credentials = settings.iter().any(is_set);
        self
    }

    /// Another look.
    #[must_use]
    pub fn looked<T, E: Display>(mut self, result: Result<T, E>) -> Self {
        self.0.settings += 1;
        if let Err(problem) = result {
            let problem = problem.to_string();
            // A part that cannot be used may repeat what was said of a setting.
            if !self.0.problems.contains(&problem) {
                self.0.problems.push(problem);
            }
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
