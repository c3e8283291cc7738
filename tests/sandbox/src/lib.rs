//! A sandbox of the outside world: one local server that behaves like Google, OpenAI, Supabase, search
//! engines and a few web pages, well enough for their official clients to work against it unchanged.
//!
//! It is made for tests and demonstrations. Nothing in it is real: its data is invented and the same
//! after every start, it forgets everything when it ends, and each answer says `x-sandbox: true`.
//! What an upstream does besides answering, such as failing in some way, is [ordered](faults).

pub mod faults;
mod form;
mod google;
mod openai;
mod pages;
pub mod record;
mod reply;
mod request;
mod search;
mod server;
mod supabase;
mod variables;
mod web;
mod world;

pub use form::Part;
pub use server::{Sandbox, Settings};
pub use variables::{ACCESS_TOKEN, OPENAI_KEY, SUPABASE_KEY, upstreams};
