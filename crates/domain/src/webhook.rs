//! Completion webhooks: telling somebody that a run has ended.

use serde::{Deserialize, Serialize};

use crate::words::words;

/// Attempts are made at most so often.
pub const ATTEMPTS: u32 = 10;

/// The pauses after each failed attempt, in milliseconds: a day and a half in all.
const PAUSES_MS: [i64; 9] = [
    5_000, 30_000, 120_000, 600_000, 1_800_000, 7_200_000, 18_000_000, 36_000_000, 72_000_000,
];

/// The pause after `failed` failed attempts; `None`: it is given up. `random` spreads it by a fifth.
#[must_use]
pub fn pause_ms(failed: u32, random: u8) -> Option<i64> {
    let pause = PAUSES_MS.get(usize::try_from(failed).ok()?.checked_sub(1)?)?;
    Some(pause + pause / 5 * i64::from(random) / 255)
}

words! {
    /// Where a webhook is.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(rename_all = "lowercase")]
    pub enum WebhookState {
        /// The run goes on.
        Waiting = "waiting",
        /// The run has ended, and it is to be told.
        Pending = "pending",
        /// It was told.
        Delivered = "delivered",
        /// It was given up.
        Failed = "failed",
    }
}

/// The webhook of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    /// Where to.
    pub url: String,
    /// Where it is.
    pub state: WebhookState,
    /// How often it was tried.
    pub attempts: u32,
    /// When it is tried next.
    pub next_at: Option<i64>,
    /// When it was told.
    pub delivered_at: Option<i64>,
    /// Why the last attempt failed.
    pub error: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_end() {
        let pauses: Vec<_> = (1..ATTEMPTS)
            .map_while(|failed| pause_ms(failed, 0))
            .collect();
        assert_eq!(pauses.len() as u32, ATTEMPTS - 1);
        assert!(pauses.is_sorted() && pauses.iter().sum::<i64>() > 24 * 3_600_000);
        assert_eq!((pause_ms(0, 0), pause_ms(ATTEMPTS, 0)), (None, None));
        assert_eq!(pause_ms(1, 255), Some(6_000));
    }
}
