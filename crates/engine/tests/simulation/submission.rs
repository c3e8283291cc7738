//! Runs that are made up, and what clients do to them.

use std::time::Duration;

use tasker_domain::RunId;
use tasker_domain::retry::Policy;

use crate::program::Step;

/// A run, and what clients do to it.
#[derive(Clone)]
pub(crate) struct Submission {
    pub(crate) step: Step,
    /// Whether it is one of those of which only some may go on at once.
    pub(crate) is_limited: bool,
    /// After which time it is cancelled, and whether by force.
    pub(crate) cancel: Option<(Duration, bool)>,
    /// After which time it is paused, and for how long.
    pub(crate) pause: Option<(Duration, Duration)>,
    /// How long after its submission it begins.
    pub(crate) delay: Option<i64>,
    /// How long it may take from then on.
    pub(crate) limit: Option<i64>,
    /// How it is begun again if it fails.
    pub(crate) retry: Option<Policy>,
    /// The key under which it is submitted, twice.
    pub(crate) key: Option<String>,
    /// The run that it repeats, and whether with the versions of that one.
    pub(crate) repeats: Option<(RunId, bool)>,
    /// Whether a client has it run again once it has ended, and whether with the same versions.
    pub(crate) again: Option<bool>,
    pub(crate) begins: Duration,
    pub(crate) node: usize,
}

impl Submission {
    /// How long after its submission its time is up.
    pub(crate) fn deadline(&self) -> Option<i64> {
        Some(self.delay.unwrap_or(0) + self.limit?)
    }

    /// The same program as another run, once the run that this one made has ended; `same`: with the same versions.
    pub(crate) fn again(&self, made: RunId, same: bool) -> Self {
        Self {
            key: self.key.as_ref().map(|key| format!("{key} again")),
            repeats: Some((made, same)),
            again: None,
            cancel: None,
            delay: None,
            ..self.clone()
        }
    }
}

/// Makes up some runs.
pub(crate) fn make_up(random: &mut fastrand::Rng, nodes: usize) -> Vec<Submission> {
    let mut next = 0;
    let many = random.u8(1..=4);
    let span = |random: &mut fastrand::Rng, most| Duration::from_millis(random.u64(0..most));
    let one_in = |random: &mut fastrand::Rng, of| random.u8(0..of) == 0;
    (0..many)
        .map(|number| {
            let mut left = random.u32(1..12);
            let step = Step::made_up(random, &mut left, &mut next);
            let is_broken = one_in(random, 10);
            Submission {
                step: match is_broken {
                    true => Step::Broken(Box::new(step)),
                    false => step,
                },
                is_limited: one_in(random, 3),
                cancel: one_in(random, 6).then(|| (span(random, 8_000), one_in(random, 4))),
                pause: one_in(random, 6).then(|| (span(random, 5_000), span(random, 9_000))),
                delay: one_in(random, 8).then(|| random.i64(0..50_000)),
                limit: one_in(random, 6).then(|| random.i64(1..40_000)),
                retry: is_broken.then(|| Policy {
                    attempts: random.u32(1..4),
                    initial_ms: random.i64(0..3_000),
                    ..Policy::default()
                }),
                key: random.bool().then(|| format!("key {number}")),
                repeats: None,
                again: one_in(random, 6).then(|| random.bool()),
                begins: span(random, 6_000),
                node: random.usize(0..nodes),
            }
        })
        .collect()
}
