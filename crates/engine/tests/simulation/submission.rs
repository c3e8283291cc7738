//! Runs that are made up, and what clients do to them.

use std::time::Duration;

use tasker_domain::RunId;
use tasker_store::Slot;

use crate::program::Step;
use crate::world::BEGIN_MS;

/// A run, and what clients do to it.
#[derive(Clone)]
pub(crate) struct Submission {
    number: u8,
    pub(crate) id: RunId,
    pub(crate) step: Step,
    pub(crate) slot: Option<Slot>,
    /// After which time it is cancelled, and whether by force.
    pub(crate) cancel: Option<(Duration, bool)>,
    /// After which time it is paused, and for how long.
    pub(crate) pause: Option<(Duration, Duration)>,
    /// How long after its submission it begins.
    pub(crate) delay: Option<i64>,
    /// How long it may take.
    pub(crate) limit: Option<i64>,
    /// The pauses before it is begun again if it fails.
    pub(crate) retry: Vec<i64>,
    /// Whether it is submitted under a key, twice.
    pub(crate) has_key: bool,
    /// The run that it repeats, and whether with the versions of that one.
    pub(crate) repeats: Option<(RunId, bool)>,
    /// Whether a client has it run again once it has ended, and whether with the same versions.
    pub(crate) again: Option<bool>,
    pub(crate) begins: Duration,
    pub(crate) node: usize,
}

impl Submission {
    /// The same program as another run, once this one has ended; `same`: with the same versions.
    pub(crate) fn again(&self, same: bool) -> Self {
        Self {
            id: RunId::new(BEGIN_MS, [100 + self.number; 10]),
            repeats: Some((self.id, same)),
            again: None,
            cancel: None,
            ..self.clone()
        }
    }
}

/// Makes up some runs.
pub(crate) fn make_up(random: &mut fastrand::Rng, nodes: usize) -> Vec<Submission> {
    let mut next = 0;
    let many = random.u8(1..=4);
    let at_once = random.u32(1..=2);
    let span = |random: &mut fastrand::Rng, most| Duration::from_millis(random.u64(0..most));
    let one_in = |random: &mut fastrand::Rng, of| random.u8(0..of) == 0;
    (0..many)
        .map(|number| {
            let mut left = random.u32(1..12);
            let step = Step::made_up(random, &mut left, &mut next);
            let is_broken = one_in(random, 10);
            Submission {
                number,
                id: RunId::new(BEGIN_MS, [number + 1; 10]),
                step: match is_broken {
                    true => Step::Broken(Box::new(step)),
                    false => step,
                },
                slot: one_in(random, 3).then(|| Slot {
                    scope: "limited".to_owned(),
                    at_once,
                }),
                cancel: one_in(random, 6).then(|| (span(random, 8_000), one_in(random, 4))),
                pause: one_in(random, 6).then(|| (span(random, 5_000), span(random, 9_000))),
                delay: one_in(random, 8).then(|| random.i64(0..50_000)),
                limit: one_in(random, 6).then(|| random.i64(1..40_000)),
                retry: match is_broken {
                    true => (0..random.u8(0..3)).map(|_| random.i64(0..5_000)).collect(),
                    false => Vec::new(),
                },
                has_key: random.bool(),
                repeats: None,
                again: one_in(random, 6).then(|| random.bool()),
                begins: span(random, 6_000),
                node: random.usize(0..nodes),
            }
        })
        .collect()
}
