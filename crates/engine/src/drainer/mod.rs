//! The owner of the queue: claims what is due, has frames executed, makes queued calls, sweeps, fires schedules.

mod drain;
mod event_url;
mod fire;
mod keep;
mod line;
mod place;
mod purge;
mod runs;
mod settings;
mod shared;
mod sweep;
mod take;
mod worker;

use tasker_world::{World, error};

use drain::WhenSlotsTaken;
use keep::WhenInLine;
pub use keep::keep;
pub use shared::Waiter;
pub use sweep::{after_sweep, sweep};

/// Why the queue could not be worked on.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] tasker_store::Error),
    /// A setting cannot be used.
    #[error(transparent)]
    Config(#[from] tasker_world::config::Error),
}

/// What a poke asks for: drains the queue, unless enough drainers are at it.
pub async fn drain<W: World>(world: &W) {
    drain_for(world, None).await;
}

/// The same for somebody who waits for a run: they are told when this drainer has done what it can for that one now, or is over.
pub async fn drain_for<W: World>(world: &W, waiter: Option<Waiter>) {
    match world.open_store() {
        Ok(store) => {
            work(world, &store, WhenSlotsTaken::Leave, waiter).await;
            keep::ensure(world, &store, WhenInLine::Leave).await;
        }
        Err(failure) => world.log(error(format!("drain: {failure}"))),
    }
}

async fn work<W: World>(
    world: &W,
    store: &W::Store,
    when_taken: WhenSlotsTaken,
    waiter: Option<Waiter>,
) {
    if let Err(failure) = drain::run(world, store, when_taken, waiter).await {
        world.log(error(format!("drain: {failure}")));
    }
}
