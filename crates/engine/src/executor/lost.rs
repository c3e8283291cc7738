//! Events that came to a wait which had lost its race.

use serde::Deserialize;
use serde_json::value::RawValue;
use tasker_domain::event::URL_ID_PREFIX;
use tasker_domain::{JournalEntry, Path, RunId};
use tasker_store::NewEvent;
use tasker_store::prelude::*;
use tasker_world::World;

use super::error::Result;

/// An event of this age is not given back any more: the journal is replayed for as long as the run is kept, and only while
/// events are kept is it known that it was given back before.
const FRESH_MS: i64 = 3_600_000;

/// How long it is kept then, for the run's next wait.
const KEPT_MS: i64 = 86_400_000;

/// What a task gets of an event.
#[derive(Deserialize)]
struct Event {
    name: String,
    data: Box<RawValue>,
}

/// Sends the event of a call that settled unseen to its run again, for the next wait. The new event is the same however
/// often it is given back, so a replay changes nothing.
pub(crate) fn give_back<W: World>(
    world: &W,
    store: &W::Store,
    run: RunId,
    frame: &Path,
    entry: &JournalEntry,
) -> Result<()> {
    let now = world.now_ms();
    let (Some(_), Ok(json)) = (entry.call.event_wait(), &entry.outcome) else {
        return Ok(());
    };
    let Ok(event) = serde_json::from_str::<Event>(json) else {
        return Ok(());
    };
    if entry.finished_at < now - FRESH_MS {
        return Ok(());
    }
    let again = NewEvent {
        // Nobody else may give ids that begin so.
        id: format!("{URL_ID_PREFIX}again:{run}:{frame}:{}", entry.call.number),
        name: event.name,
        run: Some(run),
        data: event.data.get().to_owned(),
        expires_at: entry.finished_at + KEPT_MS,
    };
    store.send_event(&again, now)?;
    Ok(())
}
