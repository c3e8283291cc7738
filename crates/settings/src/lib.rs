//! The settings of the app: each is one row of a table, and everything else is made of it.
//!
//! A row gives name, type, range, default, the components that read it, and the text for people. Components read a
//! setting by its constant, so that a name which does not exist does not compile. The doctor and readiness look at
//! every row of a component. The variables in `spin.toml` and `spin-cron.toml`, and the page `docs/settings.md`, are
//! written from the table by `UPDATE=1 cargo test --release -p tasker-tests --test manifests`.
//!
//! A new setting is a row in the file of its subject under `table/`.

mod component;
mod form;
mod policy;
mod read;
mod setting;
mod table;
mod together;

pub use component::Component;
pub use form::Form;
pub use policy::Policy;
pub use setting::{About, Invalid, Setting};
pub use table::*;
pub use together::{Contradiction, check_together};
