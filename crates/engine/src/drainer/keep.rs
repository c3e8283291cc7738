//! The keeper: has the app awake for what is due later, where no timer calls it.
//!
//! A drainer leaves when nothing is due soon, and then nothing of the app runs until somebody calls it. So while anything is
//! due later, one request waits for it, asks for a sweep when it has come, and hands over to the next one after a
//! few seconds: no host has to let a request last. There is one keeper for the whole app: it holds a lease. If it dies, that
//! lease expires. Until then a drain or a sweep that ends stays, to take over; as those that stay may die with it, one of each
//! second does. A sweep comes back for that: where it is all that comes after a crash, nobody else would.

use std::time::Duration;

use tasker_domain::NEVER;
use tasker_settings::{TIMER, Timer};
use tasker_store::prelude::*;
use tasker_store::{LeaseOutcome, NewLease};
use tasker_world::{World, config, error, in_ms, ms, poke_with};

use super::Error;
use crate::request::RequestTime;

/// The one who keeps.
const KEEPER: &str = "keeper";

/// The last one who began to wait to see whether the keeper is still there.
const IN_LINE: &str = "next keeper";

/// Of those that come within this time, one stands in line.
const TURN: Duration = Duration::from_secs(1);

/// How long a keeper waits at most before it hands over.
const LOOK: Duration = Duration::from_secs(5);

/// The same where a host ends requests: such a host counts them too.
const LOOK_ON_LIMITED_HOST: Duration = Duration::from_secs(20);

/// What a keeper has for a sweep, and for handing over.
const MARGIN: Duration = Duration::from_secs(5);

/// The answer to a sweep is not waited for any longer; it continues by itself.
const SWEEP: Duration = Duration::from_secs(2);

/// Pause after a sweep: what is due is being worked on.
const AFTER_SWEEP: Duration = Duration::from_secs(1);

/// What to do when somebody else came to wait within the same second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WhenInLine {
    /// Leave: whoever stands in line sees to it.
    Leave,
    /// Come back when that second is over, as that one may have been lost.
    Return,
}

/// Begins a keeper if anything is due later and nobody else sees to it.
pub(crate) async fn ensure<W: World>(world: &W, store: &W::Store, when_in_line: WhenInLine) {
    if let Err(failure) = begin(world, store, when_in_line).await {
        world.log(error(format!("keeper: {failure}")));
    }
}

/// Waits for what is due, as the keeper under this token, and hands over.
pub async fn keep<W: World>(world: &W, token: &str) {
    if let Err(failure) = wait_and_hand_over(world, token).await {
        world.log(error(format!("keeper: {failure}")));
    }
}

async fn wait_and_hand_over<W: World>(world: &W, token: &str) -> Result<(), Error> {
    let store = world.open_store()?;
    let waited = wait(world, &store).await;
    store.give_back_lease(KEEPER, token)?;
    waited?;
    begin(world, &store, WhenInLine::Leave).await
}

async fn begin<W: World>(
    world: &W,
    store: &W::Store,
    when_in_line: WhenInLine,
) -> Result<(), Error> {
    if config::read(world, &TIMER)? == Timer::External || next(store)?.is_none() {
        return Ok(());
    }
    let token = u128::from_le_bytes(world.random()).to_string();
    let Some(until) = take(world, store, &token).await? else {
        return Ok(());
    };
    let mut taken = stand_in_line(world, store, &token)?;
    if let (LeaseOutcome::HeldUntil(turn), WhenInLine::Return) = (taken, when_in_line) {
        world.sleep(ms(turn - world.now_ms()).min(TURN)).await;
        taken = stand_in_line(world, store, &token)?;
    }
    if let LeaseOutcome::Taken(_) = taken {
        // By then the keeper has handed over, or is dead.
        world.sleep(ms(until - world.now_ms())).await;
        if next(store)?.is_some() {
            take(world, store, &token).await?;
        }
    }
    Ok(())
}

/// Asks to be the one of this second who waits to see whether the keeper is still there.
fn stand_in_line<W: World>(
    world: &W,
    store: &W::Store,
    token: &str,
) -> Result<LeaseOutcome, Error> {
    let now = world.now_ms();
    let turn = only(IN_LINE, token, now.saturating_add(in_ms(TURN)));
    Ok(store.take_lease(&turn, now)?)
}

/// Becomes the keeper, and begins to keep; else answers until when another is.
async fn take<W: World>(world: &W, store: &W::Store, token: &str) -> Result<Option<i64>, Error> {
    let now = world.now_ms();
    let held_until = now.saturating_add(in_ms(look(world)? + MARGIN));
    match store.take_lease(&only(KEEPER, token, held_until), now)? {
        LeaseOutcome::HeldUntil(until) => Ok(Some(until)),
        LeaseOutcome::Taken(_) => {
            poke_with(world, "stack-processor", "/keep", &token).await;
            Ok(None)
        }
    }
}

/// A lease that one holds alone.
fn only<'a>(name: &'a str, token: &'a str, expires_at: i64) -> NewLease<'a> {
    NewLease {
        name,
        at_once: 1,
        token,
        expires_at,
    }
}

/// Waits until something is due, for a time at most, and has it seen to.
async fn wait<W: World>(world: &W, store: &W::Store) -> Result<(), Error> {
    let Some(due) = next(store)? else {
        return Ok(());
    };
    let left = ms(due.saturating_sub(world.now_ms()));
    world.sleep(left.min(look(world)?)).await;
    if due <= world.now_ms() {
        // By the public route, as a timer does.
        let sweep = poke_with(world, "tasks", "/sweep", &());
        world.timeout(SWEEP, sweep).await;
        world.sleep(AFTER_SWEEP).await;
    }
    Ok(())
}

fn look(world: &impl World) -> Result<Duration, Error> {
    Ok(match RequestTime::read(world)?.usable() {
        None => LOOK,
        Some(usable) => LOOK_ON_LIMITED_HOST.min(usable / 2),
    })
}

/// When there is something to do next: in the queue, for a schedule or a webhook. What waits for others alone, such as an event
/// that may never come, is no such thing.
fn next<S: tasker_world::EngineStore>(store: &S) -> Result<Option<i64>, Error> {
    let all = [
        store.next_due()?,
        store.next_schedule()?,
        store.next_webhook()?,
    ];
    Ok(all.into_iter().flatten().min().filter(|due| *due < NEVER))
}
