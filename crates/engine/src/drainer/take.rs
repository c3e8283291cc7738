//! What a drainer takes from the queue: what it has places for, and frames of other tasks beside those that compute for long.

use std::time::{Duration, Instant};

use tasker_domain::{Claimed, Work};
use tasker_store::AtWork;
use tasker_store::prelude::*;
use tasker_world::World;

use super::Error;
use super::place::{Activity, Place};
use super::shared::{self, Drain};

/// Frames that compute for one drainer side by side. More than a machine has cores gains nothing.
const FRAME_LANES: usize = 4;

/// Frames beyond these, once they have computed for a while, each of a task of which none is being worked on: a task that
/// computes for long keeps no other waiting.
const FRAMES_OF_OTHERS: usize = 4;
const FULL_FOR: Duration = Duration::from_millis(50);

/// Frames that still compute so long after the drainer should have handed over compute for long.
const OVER_FOR: Duration = Duration::from_secs(1);

/// Queued calls that one drainer begins side by side, besides those that take long.
const CALL_LANES: usize = 32;

/// Takes from the queue for a drainer.
pub(crate) struct Taking<'a, W: World> {
    drain: &'a Drain<'a, W>,
    full: Since,
    over: Since,
}

/// How many workers are free.
struct Free {
    frames: usize,
    /// For frames of tasks of which none is being worked on.
    others: usize,
    calls: usize,
}

impl<'a, W: World> Taking<'a, W> {
    pub(crate) fn new(drain: &'a Drain<'a, W>) -> Self {
        Self {
            drain,
            full: Since::default(),
            over: Since::default(),
        }
    }

    /// Claims what is due and has a place, with so many workers at work.
    pub(crate) fn take(&mut self, workers: usize) -> Result<Vec<(Claimed, Place)>, Error> {
        let Drain {
            world,
            store,
            settings,
            ..
        } = *self.drain;
        let is_over = self.drain.is_over();
        let Some(free) = self.free(is_over) else {
            return Ok(Vec::new());
        };
        if !self.is_due()? {
            return Ok(Vec::new());
        }
        let left = settings.requests_left(world).saturating_sub(workers);
        let frames = free.frames.min(left.div_ceil(2));
        let calls = free.calls.min(left - frames);
        let calls = calls.min(self.drain.room() as usize);
        let (terms, now) = (shared::terms(world, settings), world.now_ms());
        let mut claimed = match (frames, calls) {
            (0, 0) => Vec::new(),
            _ => store.claim(bound(frames), bound(calls), &terms, now)?,
        };
        if free.others > 0 && left > claimed.len() + 1 {
            claimed.extend(store.claim_other(&terms, world.now_ms())?);
        }
        let placed = claimed.into_iter().map(|claimed| {
            self.count(&claimed.work);
            let activity = match Activity::of(&claimed) {
                Activity::Frames if is_over => Activity::Others,
                activity => activity,
            };
            (claimed, self.drain.places.take(activity))
        });
        Ok(placed.collect())
    }

    /// How many workers are free. A drainer that is over takes nothing more, but for the time that frames compute on: it can
    /// hand over only when these have ended, and no other task and no call is to wait for that.
    fn free(&mut self, is_over: bool) -> Option<Free> {
        let (world, places) = (self.drain.world, &self.drain.places);
        let (frames, calls) = (
            places.count(Activity::Frames),
            places.count(Activity::Calls),
        );
        let is_full = self.full.lasts(world, frames >= FRAME_LANES) >= FULL_FOR;
        let computes_on = self.over.lasts(world, is_over && frames > 0) >= OVER_FOR;
        let own = FRAME_LANES.saturating_sub(frames);
        let computing = frames + places.count(Activity::Others);
        let others = (FRAME_LANES + FRAMES_OF_OTHERS).saturating_sub(computing);
        let calls = CALL_LANES.saturating_sub(calls);
        match is_over {
            false => Some(Free {
                frames: own,
                others: if is_full { others } else { 0 },
                calls,
            }),
            // Where the host ends requests, none is begun that would have too little time.
            true => (computes_on && self.drain.end.is_none()).then_some(Free {
                frames: 0,
                others,
                calls,
            }),
        }
    }

    fn is_due(&self) -> Result<bool, Error> {
        let due = self.drain.store.next_due()?;
        Ok(due.is_some_and(|due| due <= self.drain.world.now_ms()))
    }

    /// Counts what was claimed since all that is out was counted.
    fn count(&self, work: &Work) {
        self.drain.out.update(|out| match work {
            Work::Call(_) => AtWork {
                calls: out.calls + 1,
                ..out
            },
            Work::Frame => AtWork {
                frames: out.frames + 1,
                ..out
            },
        });
    }
}

fn bound(workers: usize) -> u32 {
    u32::try_from(workers).unwrap_or(u32::MAX)
}

/// Since when something has held at each look.
#[derive(Default)]
struct Since(Option<Instant>);

impl Since {
    /// For how long it has held, with this look.
    fn lasts(&mut self, world: &impl World, holds: bool) -> Duration {
        self.0 = holds.then(|| self.0.unwrap_or(world.now()));
        self.0.map_or(Duration::ZERO, |since| world.since(since))
    }
}
