//! What is due of a schedule.

use tasker_domain::CatchUp;

use crate::Cron;

/// A moment that is looked at later than this was missed: the app was down, or nobody swept. Where
/// an outside scheduler sweeps, it does so every minute.
pub const LATE_MS: i64 = 2 * 60_000;

/// Most moments that are caught up with: the newest ones.
pub const CATCH_UP_MAX: usize = 100;

/// What is due of a schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// The moments that make a run, in order.
    pub moments: Vec<i64>,
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
    let mut moments: Vec<i64> = match catch_up {
        CatchUp::None => passed
            .take(1)
            .filter(|moment| now - moment <= LATE_MS)
            .collect(),
        CatchUp::Last => passed.take(1).collect(),
        CatchUp::All => passed.take(CATCH_UP_MAX).collect(),
    };
    moments.reverse();
    Some(Due {
        moments,
        last_at,
        next_at: cron.next_after(now),
    })
}
