//! The dashboard: the files that `scripts/ui` makes of `ui/`, in the component itself.
//!
//! It holds no secret and asks for nothing: what the page shows it gets from the API, which decides who may see it.

mod answer;
mod files;

#[cfg(target_arch = "wasm32")]
mod component;

pub use answer::{Answer, Asked};
