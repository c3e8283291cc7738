//! Runs applications made of the fixture component, and asks them over HTTP what they see.

mod clients;
mod http;
mod lifecycle;
mod outbound;
mod postgres;
mod settings;
mod sqlite;
mod support;
