//! A drainer: claims what is due and has workers do it until the queue is empty or its time is
//! up, then hands over to a fresh one.

use std::cell::Cell;
use std::time::Duration;

use futures::FutureExt;
use futures::future::{Either, LocalBoxFuture, select};
use futures::stream::{FuturesUnordered, StreamExt};
use tasker_domain::figures::Metric;
use tasker_store::DRAINER;
use tasker_store::prelude::*;
use tasker_world::{World, error, ms, poke};

use super::Error;
use super::line;
use super::place::{Activity, Places};
use super::settings::Settings;
use super::shared::{Drain, Waiter};
use super::take::Taking;
use super::worker;

/// How many expired rows are ended in one batch.
const EXPIRE_BATCH: u32 = 200;

/// While workers are at work the queue is looked at this often for what others have put there; less often where many machines
/// look at one database.
const LOOK_AGAIN: Duration = Duration::from_millis(20);
const LOOK_AGAIN_WITH_OTHERS: Duration = Duration::from_millis(50);

/// How often expired rows are looked for, and how many are out at all.
const COUNT_AGAIN: Duration = Duration::from_millis(100);

/// What settles within so much time after a drainer has given up its slot is told to another in one poke.
const TELL_WITHIN: Duration = Duration::from_millis(5);

/// A drainer stays for work that is due within this time, such as the next attempt of a call; what
/// is due later is left to the sweep.
const LINGER_MS: i64 = 30_000;

/// A drainer that has not renewed its slot for this long is dead; another may take its place.
pub(crate) const SLOT_MS: i64 = 3_000;

/// The slot is renewed this often.
const RENEW: Duration = Duration::from_millis(1_000);

/// Has the webhooks delivered that are due.
pub(crate) async fn tell<W: World>(world: &W, store: &W::Store) {
    match store.webhooks_due(world.now_ms()) {
        Ok(true) => poke(world, "webhooks", "/deliver").await,
        Ok(false) => {}
        Err(failure) => world.log(error(format!("webhooks: {failure}"))),
    }
}

/// What to do if all slots are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WhenSlotsTaken {
    /// Leave the queue to the drainers at work.
    Leave,
    /// Stand in line for as long as a drainer works, and take over when one hands over.
    StandInLine,
}

/// Drains the queue, if fewer than the allowed number of drainers are at it.
pub(crate) async fn run<W: World>(
    world: &W,
    store: &W::Store,
    when_taken: WhenSlotsTaken,
    waiter: Option<Waiter>,
) -> Result<(), Error> {
    let settings = Settings::read(world)?;
    let token = u64::from_le_bytes(world.random()).to_string();
    let begun = world.now();
    let patience = match when_taken {
        WhenSlotsTaken::Leave => Duration::ZERO,
        WhenSlotsTaken::StandInLine => settings.drain(),
    };
    let Some(slot) = line::slot(world, store, settings.drainers, &token, patience).await? else {
        return Ok(());
    };
    let drain = Drain {
        world,
        store,
        settings: &settings,
        // The time spent waiting counts, so that enough is left for the last slices.
        deadline: (world.now() + settings.drain()).min(begun + settings.drain() * 3 / 2),
        end: settings.request.end(begun),
        out: Cell::default(),
        places: Places::default(),
        closed: Cell::new(false),
        waiter: Cell::new(waiter),
    };
    let drainer = Drainer {
        world,
        store,
        settings: &settings,
        slot,
        token,
        drain: &drain,
    };
    let mut workers = Workers::new();
    let result = drainer.drain(&mut workers).await;
    if let Err(failure) = &result {
        world.log(error(format!("drainer {slot}: {failure}")));
        // The work that is left must not wait for this slot to expire.
        let _ = store.give_back_lease(DRAINER, &drainer.token);
    }
    drop(drain.waiter.take());
    drainer.trail(workers).await;
    world.count(Metric::Drain, "", 1);
    world.store_figures(store);
    tell(world, store).await;
    result
}

struct Drainer<'a, W: World> {
    world: &'a W,
    store: &'a W::Store,
    settings: &'a Settings,
    slot: u32,
    token: String,
    drain: &'a Drain<'a, W>,
}

/// Workers at work, and the calls they no longer wait for.
type Workers<'a> = FuturesUnordered<LocalBoxFuture<'a, tasker_store::Result<()>>>;

impl<'a, W: World> Drainer<'a, W> {
    /// Works until nothing is left but what a fresh drainer need not wait for, which stays among the `workers`.
    async fn drain(&self, workers: &mut Workers<'a>) -> Result<(), Error> {
        let world = self.world;
        let mut renewed = world.now();
        let mut next_count = world.now();
        let mut taking = Taking::new(self.drain);
        loop {
            if world.since(renewed) >= RENEW {
                renewed = world.now();
                world.store_figures(self.store);
                self.store
                    .renew_lease(DRAINER, &self.token, world.now_ms() + SLOT_MS)?;
                tell(world, self.store).await;
            }
            if world.now() >= next_count {
                next_count = world.now() + COUNT_AGAIN;
                self.store
                    .expire(EXPIRE_BATCH, self.settings.grace_ms, world.now_ms())?;
                self.count_out()?;
            }
            self.wait_beside(workers);
            for (claimed, place) in taking.take(workers.len())? {
                workers.push(Box::pin(worker::work(self.drain, claimed, place)));
            }
            if self.is_ready_to_hand_over() && !workers.is_empty() {
                return self.hand_over().await;
            }
            if workers.is_empty() {
                if self.leave().await? {
                    return Ok(());
                }
                continue;
            }
            let changed = self.drain.places.changed();
            futures::pin_mut!(changed);
            match world
                .timeout(self.look_again(), select(workers.next(), changed))
                .await
            {
                Some(Either::Left((Some(result), _))) => result?,
                Some(Either::Left((None, _)) | Either::Right(_)) | None => {}
            }
        }
    }

    /// Waits for the workers that are left, without a slot; each time a call settles, pokes a drainer that has one.
    async fn trail(&self, mut workers: Workers<'a>) {
        self.drain.closed.set(true);
        self.wait_beside(&workers);
        while let Some(result) = workers.next().await {
            let mut settled = vec![result];
            if !workers.is_empty() {
                let others = workers.by_ref().take_until(self.world.sleep(TELL_WITHIN));
                settled.extend(others.collect::<Vec<_>>().await);
            }
            self.wait_beside(&workers);
            for failure in settled.into_iter().filter_map(Result::err) {
                self.world
                    .log(error(format!("drainer {}: {failure}", self.slot)));
            }
            if self.settings.requests_left(self.world) > 0 {
                poke(self.world, "stack-processor", "/drain").await;
            }
        }
    }

    fn wait_beside(&self, workers: &Workers<'a>) {
        for rest in self.drain.places.left() {
            workers.push(Box::pin(rest.map(Ok)));
        }
    }

    fn count_out(&self) -> Result<(), Error> {
        self.drain.out.set(self.store.at_work()?);
        Ok(())
    }

    /// Nothing is at work but what a fresh drainer need not wait for.
    fn is_ready_to_hand_over(&self) -> bool {
        let at_work = |activity| self.drain.places.count(activity) > 0;
        self.drain.is_over() && !at_work(Activity::Frames) && !at_work(Activity::Calls)
    }

    fn look_again(&self) -> Duration {
        match self.world.shares_store() {
            true => LOOK_AGAIN_WITH_OTHERS,
            false => LOOK_AGAIN,
        }
    }

    /// Gives up the slot for a fresh drainer.
    async fn hand_over(&self) -> Result<(), Error> {
        self.drain.closed.set(true);
        self.store.give_back_lease(DRAINER, &self.token)?;
        line::make_way(self.world, self.store, &self.token).await?;
        // In any case: the one who stood in line may be gone.
        poke(self.world, "stack-processor", "/drain").await;
        Ok(())
    }

    /// Ends the drainer if it may end; `false` means that it continues. When its time is up and work is
    /// left or due soon, a fresh drainer is poked to take over.
    async fn leave(&self) -> Result<bool, Error> {
        let wait = self.store.next_due()?.map(|due| due - self.world.now_ms());
        match wait {
            Some(wait) if wait <= LINGER_MS && self.drain.is_over() => {
                self.hand_over().await?;
                Ok(true)
            }
            Some(wait) if wait <= LINGER_MS => {
                // What has just expired may have to wait for the next look.
                let wait = ms(wait.max(1));
                self.world.sleep(wait.min(self.look_again())).await;
                Ok(false)
            }
            // Only if nothing has become due in between: whoever queued it found all slots taken
            // and relies on this drainer.
            _ => Ok(self
                .store
                .give_back_if_idle(DRAINER, &self.token, self.world.now_ms())?),
        }
    }
}
