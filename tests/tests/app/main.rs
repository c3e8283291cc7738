//! Scenarios over HTTP against the running app.

mod access;
mod apps;
mod audit;
mod bounds;
mod bulk;
mod corpus;
mod crossing;
mod hostile;
mod inputs;
mod life;
mod metrics;
mod nesting;
mod progress;
mod reach;
mod refusals;
mod requests;
mod retry;
mod room;
mod started;
mod stop;
mod tags;
mod timers;
mod tokens;
mod waiting;
