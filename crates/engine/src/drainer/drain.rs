//! A drainer: claims what is due and works on it in lanes until the queue is empty or its time is
//! up, then hands over to a fresh one.

use std::cell::Cell;
use std::time::Duration;

use futures::FutureExt;
use futures::future::{Either, LocalBoxFuture, select};
use futures::stream::{FuturesUnordered, StreamExt};
use tasker_domain::Claimed;
use tasker_domain::figures::Metric;
use tasker_store::prelude::*;
use tasker_store::{AtWork, DRAINER};
use tasker_world::{World, error, ms, poke};

use super::Error;
use super::lane::{self, Drain};
use super::line;
use super::place::{Lane, Places};
use super::settings::Settings;

/// Frames that compute for one drainer side by side. More than a machine has cores gains nothing.
const FRAME_LANES: usize = 4;

/// Frames beyond these, once they have computed for a while, each of a task of which none is being worked on: a task that
/// computes for long keeps no other waiting.
const FRAMES_OF_OTHERS: usize = 4;
const FULL_FOR: Duration = Duration::from_millis(50);

/// Queued calls that one drainer begins side by side, besides those that take long.
const CALL_LANES: usize = 32;

/// With so much to wait for a drainer has enough, and a fresh one goes on: each thing that a request waits for
/// makes its next step a little dearer.
const FULL: usize = 128;

/// How many expired rows are ended in one batch.
const EXPIRE_BATCH: u32 = 200;

/// While lanes are at work the queue is looked at this often for what others have put there; less often where many machines
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
    };
    let drainer = Drainer {
        world,
        store,
        settings: &settings,
        slot,
        token,
        drain: &drain,
    };
    let mut lanes = Lanes::new();
    let result = drainer.drain(&mut lanes).await;
    if let Err(failure) = &result {
        world.log(error(format!("drainer {slot}: {failure}")));
        // The work that is left must not wait for this slot to expire.
        let _ = store.give_back_lease(DRAINER, &drainer.token);
    }
    drainer.trail(lanes).await;
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

/// Lanes at work, and the calls they no longer wait for.
type Lanes<'a> = FuturesUnordered<LocalBoxFuture<'a, tasker_store::Result<()>>>;

impl<'a, W: World> Drainer<'a, W> {
    /// Works until nothing is left but calls that take long, which stay in `lanes`.
    async fn drain(&self, lanes: &mut Lanes<'a>) -> Result<(), Error> {
        let world = self.world;
        let mut renewed = world.now();
        let mut next_count = world.now();
        let mut full_since = None;
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
            self.wait_beside(lanes);
            let places = &self.drain.places;
            let (frames, calls) = (places.count(Lane::Frames), places.count(Lane::Calls));
            full_since = (frames >= FRAME_LANES).then(|| full_since.unwrap_or(world.now()));
            if !self.is_over() && self.is_due()? {
                let left = self
                    .settings
                    .requests_left(world)
                    .saturating_sub(lanes.len());
                let (more_frames, more_calls) = (
                    FRAME_LANES.saturating_sub(frames),
                    CALL_LANES.saturating_sub(calls),
                );
                let more_frames = more_frames.min(left.div_ceil(2));
                let more_calls = more_calls.min(left - more_frames);
                let more_calls = more_calls.min(self.drain.room() as usize);
                let mut claimed = self.claim(more_frames, more_calls)?;
                let has_waited = full_since.is_some_and(|since| world.since(since) >= FULL_FOR);
                let has_room = frames < FRAME_LANES + FRAMES_OF_OTHERS && left > claimed.len() + 1;
                if has_waited && has_room {
                    claimed.extend(self.claim_other()?);
                }
                for claimed in claimed {
                    let lane = Lane::of(&claimed);
                    self.count(lane);
                    let place = places.take(lane);
                    lanes.push(Box::pin(lane::work(self.drain, claimed, place)));
                }
            } else if self.is_over() && frames + calls == 0 && !lanes.is_empty() {
                // Nothing but calls that take long: a fresh drainer need not wait for them.
                return self.hand_over().await;
            }
            if lanes.is_empty() {
                if self.leave().await? {
                    return Ok(());
                }
                continue;
            }
            let changed = self.drain.places.changed();
            futures::pin_mut!(changed);
            match world
                .timeout(self.look_again(), select(lanes.next(), changed))
                .await
            {
                Some(Either::Left((Some(result), _))) => result?,
                Some(Either::Left((None, _)) | Either::Right(_)) | None => {}
            }
        }
    }

    /// Waits for what is left in the lanes, without a slot; each time a call settles, pokes a drainer that has one.
    async fn trail(&self, mut lanes: Lanes<'a>) {
        self.drain.closed.set(true);
        self.wait_beside(&lanes);
        while let Some(result) = lanes.next().await {
            let mut settled = vec![result];
            if !lanes.is_empty() {
                let others = lanes.by_ref().take_until(self.world.sleep(TELL_WITHIN));
                settled.extend(others.collect::<Vec<_>>().await);
            }
            self.wait_beside(&lanes);
            for failure in settled.into_iter().filter_map(Result::err) {
                self.world
                    .log(error(format!("drainer {}: {failure}", self.slot)));
            }
            if self.settings.requests_left(self.world) > 0 {
                poke(self.world, "stack-processor", "/drain").await;
            }
        }
    }

    fn wait_beside(&self, lanes: &Lanes<'a>) {
        for rest in self.drain.places.left() {
            lanes.push(Box::pin(rest.map(Ok)));
        }
    }

    fn count_out(&self) -> Result<(), Error> {
        self.drain.out.set(self.store.at_work()?);
        Ok(())
    }

    /// Counts what was claimed since.
    fn count(&self, lane: Lane) {
        self.drain.out.update(|out| match lane {
            Lane::Calls => AtWork {
                calls: out.calls + 1,
                ..out
            },
            _ => AtWork {
                frames: out.frames + 1,
                ..out
            },
        });
    }

    fn is_due(&self) -> Result<bool, Error> {
        let due = self.store.next_due()?;
        Ok(due.is_some_and(|due| due <= self.world.now_ms()))
    }

    fn is_over(&self) -> bool {
        self.world.now() >= self.drain.deadline
            || self.settings.requests_left(self.world) == 0
            || self.drain.places.count(Lane::Waits) >= FULL
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

    fn claim(&self, frames: usize, calls: usize) -> Result<Vec<Claimed>, Error> {
        if frames == 0 && calls == 0 {
            return Ok(Vec::new());
        }
        let bound = |lanes| u32::try_from(lanes).unwrap_or(u32::MAX);
        Ok(self.store.claim(
            bound(frames),
            bound(calls),
            &lane::terms(self.world, self.settings),
            self.world.now_ms(),
        )?)
    }

    fn claim_other(&self) -> Result<Option<Claimed>, Error> {
        let terms = lane::terms(self.world, self.settings);
        Ok(self.store.claim_other(&terms, self.world.now_ms())?)
    }

    /// Ends the drainer if it may end; `false` means that it continues. When its time is up and work is
    /// left or due soon, a fresh drainer is poked to take over.
    async fn leave(&self) -> Result<bool, Error> {
        let wait = self.store.next_due()?.map(|due| due - self.world.now_ms());
        match wait {
            Some(wait) if wait <= LINGER_MS && self.is_over() => {
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
