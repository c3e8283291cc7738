//! What a slice lets its task see: what the journal has, and what settles now.

use tasker_domain::{Call, ErrorCode, ErrorValue, JournalEntry, Outcome};
use tasker_store::NewEntry;
use tasker_store::prelude::*;
use tasker_world::World;

use super::Slice;
use crate::executor::calls::SettledCall;
use crate::executor::{Machine, Result};

/// Entries in one page of a replay of the journal.
const REPLAY_PAGE: u32 = 1_000;

/// Whether the task saw what the journal says.
pub(super) enum Seen {
    Yes,
    /// It had cleared the timer, or the wait had lost a race.
    No,
}

impl<W: World, M: Machine> Slice<'_, W, M> {
    /// The next entry of the journal that the frame has not seen.
    pub(super) fn next_entry(&mut self) -> Result<JournalEntry> {
        if self.tail.is_empty() {
            let page =
                self.store
                    .tail(self.frame.run, &self.frame.path, self.position, REPLAY_PAGE)?;
            self.tail.extend(page);
        }
        self.tail.pop_front().ok_or_else(|| {
            tasker_store::Error::Unexpected(format!(
                "the journal of frame {} of run {} ends before position {}",
                self.frame.path, self.frame.run, self.frame.last_position
            ))
            .into()
        })
    }

    /// Delivers what the journal says, after checking that the task made the same call again.
    pub(super) fn replay(&mut self, entry: &JournalEntry) -> std::result::Result<Seen, ErrorValue> {
        let number = entry.call.number;
        let made = self.unsettled.remove(&number);
        if let Some(made) = &made
            && !made.is_same(&entry.call)
        {
            return Err(mismatch(&entry.call, Some(made)));
        }
        let at = seen_at(&entry.call, &entry.outcome, entry.finished_at);
        let delivered = self.vm.deliver(number, &entry.outcome, at);
        // A timer may have settled just before the task cleared it, and a wait just before it lost a race: the task must not see it.
        let may_be_withdrawn =
            entry.call.timer().is_some() || entry.call.is_event(self.frame.run, &self.frame.path);
        if delivered.is_err() && !may_be_withdrawn {
            return Err(mismatch(&entry.call, None));
        }
        self.outstanding.row_settled(number);
        self.position = entry.position.unwrap_or(self.position + 1);
        self.since_snapshot += 1;
        Ok(if delivered.is_ok() {
            Seen::Yes
        } else {
            Seen::No
        })
    }

    /// Journals a settled call, then lets the task see it.
    pub(super) fn deliver(&mut self, settled: SettledCall) -> Result<()> {
        let entry = NewEntry {
            call: settled.call,
            position: self.position + 1,
            outcome: settled.outcome,
            started_at: settled.started_at,
            finished_at: settled.finished_at,
        };
        let logs = self.take_logs();
        self.store
            .append(self.lease, &entry, &logs, self.world.now_ms())?;
        let at = seen_at(&entry.call, &entry.outcome, entry.finished_at);
        self.vm.deliver(entry.call.number, &entry.outcome, at)?;
        self.position = entry.position;
        self.frame.last_position = entry.position;
        self.since_snapshot += 1;
        Ok(())
    }
}

/// What the task's clock shows, at least, when it sees a call settle.
fn seen_at(call: &Call, outcome: &Outcome, finished_at: i64) -> i64 {
    match outcome {
        Ok(_) => call.settles_at(finished_at),
        Err(_) => finished_at,
    }
}

/// The engine promises that a replay makes the same calls. If it ever does not, both are shown.
fn mismatch(journaled: &Call, made: Option<&Call>) -> ErrorValue {
    let show = |call: &Call| {
        format!(
            "call {} `{}` with {}",
            call.number,
            call.label(),
            cut(&call.shown_args())
        )
    };
    let made = made.map_or_else(|| format!("no call {}", journaled.number), show);
    ErrorValue::new(
        ErrorCode::JournalMismatch,
        format!(
            "the journal has {}, but the task made {made} in its place",
            show(journaled)
        ),
    )
}

/// Enough of the arguments to tell two calls apart.
fn cut(args: &str) -> String {
    const SHOWN: usize = 400;
    if args.len() <= SHOWN {
        return args.to_owned();
    }
    let end = (0..=SHOWN)
        .rev()
        .find(|&index| args.is_char_boundary(index))
        .unwrap_or(0);
    format!("{}… ({} bytes)", &args[..end], args.len())
}
