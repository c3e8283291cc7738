//! What is due of a schedule.

use tasker_domain::{CatchUp, QUEUED_MAX, Skipped, WhySkipped};

use crate::Cron;

/// A moment that is looked at later than this was missed: the app was down, or nobody swept. Where
/// an outside scheduler sweeps, it does so every minute.
pub const LATE_MS: i64 = 2 * 60_000;

/// Most moments that are caught up with: the newest ones. All of them have room to wait.
pub const CATCH_UP_MAX: usize = QUEUED_MAX;

/// Most moments that are counted when they are skipped at once.
pub const SKIPPED_MAX: usize = 1_000;

/// What is due of a schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// The moments that make a run, in order.
    pub moments: Vec<i64>,
    /// Those that make none, by the catch-up policy. Beyond [`SKIPPED_MAX`] they are not counted.
    pub skipped: Option<Skipped>,
    /// The last moment that has passed.
    pub last_at: i64,
    /// When the schedule fires next; `None`: never again.
    pub next_at: Option<i64>,
}

/// What is due at `now` of a schedule whose next moment was `next_at`; `None` if nothing is.
#[must_use]
pub fn due(cron: &Cron, next_at: i64, catch_up: CatchUp, now: i64) -> Option<Due> {
    if next_at > now {
        return None;
    }
    // The newest first. The schedule may have been set anew: then nothing before its own next
    // moment counts.
    let mut passed = std::iter::successors(cron.last_until(now), |last| cron.last_until(*last - 1))
        .take_while(|moment| *moment >= next_at)
        .peekable();
    let last_at = passed.peek().copied().unwrap_or(next_at);
    let (most, why) = match catch_up {
        CatchUp::None if now - last_at > LATE_MS => (0, WhySkipped::Late),
        CatchUp::None | CatchUp::Last => (1, WhySkipped::Superseded),
        CatchUp::All => (CATCH_UP_MAX, WhySkipped::TooMany),
    };
    let mut moments: Vec<i64> = passed.by_ref().take(most).collect();
    moments.reverse();
    let skipped = passed.peek().copied().map(|last_at| Skipped {
        moments: passed.take(SKIPPED_MAX).count() as u64,
        last_at,
        why,
    });
    Some(Due {
        moments,
        skipped,
        last_at,
        next_at: cron.next_after(now),
    })
}
