//! Identifiers. Each is a newtype, so that one can never stand where another is meant.

use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::hash::Fnv1a;

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// A new id of the given moment (milliseconds since the Unix epoch): UUID version 7,
            /// so ids sort by creation. `random` fills the other bits.
            #[must_use]
            pub fn new(now_ms: i64, random: [u8; 10]) -> Self {
                let millis = u64::try_from(now_ms).unwrap_or(0);
                Self(uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self)
            }
        }
    };
}

uuid_id! {
    /// A task run: what a client submitted and asks about.
    RunId
}
uuid_id! {
    /// A stack run: a frame or a queued call that is alive.
    StackRunId
}

impl RunId {
    /// The ids that begin with a text, as ids are written; `None`: none can begin so.
    #[must_use]
    pub fn beginning(text: &str) -> Option<RangeInclusive<Self>> {
        const LOWEST: &str = "00000000-0000-0000-0000-000000000000";
        const HIGHEST: &str = "ffffffff-ffff-ffff-ffff-ffffffffffff";
        let filled = |rest: &str| format!("{text}{}", rest.get(text.len()..)?).parse().ok();
        Some(filled(LOWEST)?..=filled(HIGHEST)?)
    }

    /// The id right after this one; none after the last.
    #[must_use]
    pub fn successor(self) -> Option<Self> {
        self.0
            .as_u128()
            .checked_add(1)
            .map(|next| Self(Uuid::from_u128(next)))
    }

    /// The seed of a frame's `Math.random`: the same in each of its slices, unlike that of any
    /// other frame.
    #[must_use]
    pub fn seed(&self, frame: &Path) -> u64 {
        let hash = Fnv1a::new()
            .with(self.0.as_bytes())
            .with(frame.as_str().as_bytes());
        hash.value()
    }
}

/// Where a frame or call stands in its run: the call numbers from the root down, as in `0.3.12`.
/// The root frame is `0`; call 3 of the root is `0.3`; call 12 of the nested task that it started
/// is `0.3.12`. Stable across replays, so it is what makes an idempotency key stable.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Path(String);

impl Path {
    /// The root frame of a run's first attempt.
    #[must_use]
    pub fn root() -> Self {
        Self("0".to_owned())
    }

    /// The root frame of a run's attempt, which count from 1.
    #[must_use]
    pub fn of_attempt(attempt: u32) -> Self {
        Self(attempt.saturating_sub(1).to_string())
    }

    /// The path of call `number` made by the frame at this path.
    #[must_use]
    pub fn call(&self, number: u32) -> Self {
        Self(format!("{}.{number}", self.0))
    }

    /// Nesting depth: 0 for the root.
    #[must_use]
    pub fn depth(&self) -> usize {
        self.0.matches('.').count()
    }

    /// The frame that made this call; `None` for the root.
    #[must_use]
    pub fn parent(&self) -> Option<Self> {
        self.0
            .rsplit_once('.')
            .map(|(parent, _)| Self(parent.to_owned()))
    }

    /// The text form.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<String> for Path {
    /// Trusts the text: it comes from the database or from another component.
    fn from(text: String) -> Self {
        Self(text)
    }
}

/// A fencing token: it grows by one with each claim of a row, and a write that names an older one
/// has no effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LeaseToken(pub i64);

/// The right to work on one stack run until the lease expires.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Lease {
    /// The row that is leased.
    pub id: StackRunId,
    /// Names this claim among all claims of the row.
    pub token: LeaseToken,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_name_calls_from_the_root_down() {
        let call = Path::root().call(3).call(12);
        assert_eq!(call.as_str(), "0.3.12");
        assert_eq!((Path::root().depth(), call.depth()), (0, 2));
        assert_eq!(call.parent(), Some(Path::root().call(3)));
        assert_eq!(Path::root().parent(), None);
        assert_eq!(Path::of_attempt(1), Path::root());
        assert_eq!(Path::of_attempt(3).call(1).as_str(), "2.1");
    }

    #[test]
    fn ids_sort_by_time_and_round_trip() {
        let early = RunId::new(1_000, [0xff; 10]);
        let late = RunId::new(1_001, [0; 10]);
        assert!(early < late);
        assert_eq!(early.to_string().parse::<RunId>().unwrap(), early);
        assert_ne!(early.seed(&Path::root()), late.seed(&Path::root()));
        assert_ne!(early.seed(&Path::root()), early.seed(&Path::root().call(1)));
        assert!("not-an-id".parse::<RunId>().is_err());
    }
}
