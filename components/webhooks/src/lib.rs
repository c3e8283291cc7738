//! Completion webhooks: tells receivers that a run has ended, signed as Standard Webhooks are,
//! until the message is accepted or given up.

mod message;
#[cfg(target_arch = "wasm32")]
mod settings;
mod sign;

#[cfg(target_arch = "wasm32")]
mod component;
#[cfg(target_arch = "wasm32")]
mod deliver;

pub use message::Message;
pub use sign::Secret;
